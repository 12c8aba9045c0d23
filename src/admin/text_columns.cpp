#include "admin/text_columns.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace netplay_relay::admin {

namespace {

struct Block
{
    std::uint32_t first;
    std::uint32_t last;
};
constexpr std::array combining{Block{0x300, 0x36F}, Block{0x200B, 0x200F}, Block{0x20D0, 0x20FF},
                               Block{0xFE00, 0xFE0F}, Block{0xFE20, 0xFE2F}};
constexpr std::array wide{Block{0x1100, 0x115F},   Block{0x2E80, 0x303E},  Block{0x3041, 0xA4CF},
                          Block{0xAC00, 0xD7A3},   Block{0xF900, 0xFAFF},  Block{0xFE30, 0xFE6F},
                          Block{0xFF01, 0xFF60},   Block{0xFFE0, 0xFFE6},  Block{0x1F300, 0x1F64F},
                          Block{0x1F900, 0x1F9FF}, Block{0x20000, 0x3FFFD}};

template <class Blocks>
bool is_in(const Blocks& blocks, std::uint32_t code)
{
    return std::ranges::any_of(
        blocks, [&](const Block& block) { return code >= block.first && code <= block.last; });
}

constexpr std::size_t gap = 1; // at least, between two columns

} // namespace

std::size_t columns_of(std::string_view text)
{
    std::size_t columns = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<std::uint8_t>(text[at]);
        const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        std::uint32_t code = size == 1 ? lead : lead & (0x7FU >> size);
        for (std::size_t next = at + 1; next < std::min(at + size, text.size()); ++next)
            code = code << 6 | (static_cast<std::uint8_t>(text[next]) & 0x3FU);
        columns += is_in(combining, code) ? 0U : is_in(wide, code) ? 2U : 1U;
        at += size;
    }
    return columns;
}

void TextColumns::add(std::vector<std::string> row, std::string below)
{
    for (std::size_t at = 0; at < row.size(); ++at)
        widths_[at] = std::max(widths_[at], columns_of(row[at]) + gap);
    rows_.push_back({std::move(row), std::move(below)});
}

std::string TextColumns::text() const
{
    std::string all;
    for (const Row& row : rows_) {
        std::string line = "  ";
        for (std::size_t at = 0; at < row.cells.size(); ++at) {
            const std::string blanks(widths_[at] - columns_of(row.cells[at]), ' ');
            line += at < left_ ? row.cells[at] + blanks : blanks + row.cells[at];
        }
        all += line + "\n" + row.below;
    }
    return all;
}

} // namespace netplay_relay::admin
