#include "admin/text_columns.hpp"

#include "text/text.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::admin {

namespace {

constexpr std::size_t gap = 1; // at least, between two columns

} // namespace

void TextColumns::add(std::vector<std::string> row, std::string below)
{
    for (std::size_t at = 0; at < row.size(); ++at)
        widths_[at] = std::max(widths_[at], text::columns_of(row[at]) + gap);
    rows_.push_back({std::move(row), std::move(below)});
}

std::string TextColumns::text() const
{
    std::string all;
    for (const Row& row : rows_) {
        std::string line = "  ";
        for (std::size_t at = 0; at < row.cells.size(); ++at) {
            const std::string blanks(widths_[at] - text::columns_of(row.cells[at]), ' ');
            line += at < left_ ? row.cells[at] + blanks : blanks + row.cells[at];
        }
        all += line + "\n" + row.below;
    }
    return all;
}

} // namespace netplay_relay::admin
