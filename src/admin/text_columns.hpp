// Rows of text in columns that never run together, whatever is in them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace netplay_relay::admin {

class TextColumns
{
public:
    // One width for each column: what it takes at least, so that tables look alike while nothing in
    // them is long. The first `left` columns are written from the left, the others from the right.
    TextColumns(std::vector<std::size_t> widths, std::size_t left)
        : widths_(std::move(widths)), left_(left)
    {
    }

    // One text for each column. `below` is a line of its own under it, and may be empty.
    void add(std::vector<std::string> row, std::string below = {});

    // Every row with two blanks before it and a line feed behind it.
    [[nodiscard]] std::string text() const;

private:
    struct Row
    {
        std::vector<std::string> cells;
        std::string below;
    };

    std::vector<std::size_t> widths_;
    std::size_t left_;
    std::vector<Row> rows_;
};

} // namespace netplay_relay::admin
