#include "peer/shell/memory_writer.hpp"

#include <algorithm>
#include <charconv>
#include <ostream>

namespace netplay_relay::peer {

namespace {

template <class Number>
bool read_number(std::string_view text, int base, Number& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc() && end == text.data() + text.size();
}

void write_hex(std::ostream& out, std::span<const std::uint8_t> bytes)
{
    static constexpr std::string_view digits = "0123456789abcdef";
    for (const std::uint8_t byte : bytes)
        out << digits[byte >> 4U] << digits[byte & 15U];
}

} // namespace

std::optional<std::pair<std::size_t, std::size_t>> parse_memory_range(const std::string& text)
{
    const std::string_view all = text;
    const std::size_t colon = all.find(':');
    std::size_t address = 0;
    std::size_t length = 0;
    if (colon == std::string_view::npos || !read_number(all.substr(0, colon), 16, address) ||
        !read_number(all.substr(colon + 1), 10, length) || length == 0)
        return std::nullopt;
    return std::pair(address, length);
}

MemoryWatch memory_writer(std::ostream& out, const RunSettings& settings)
{
    const auto [address, length] = parse_memory_range(settings.watch_memory)
                                       .value_or(std::pair<std::size_t, std::size_t>(0, 0));
    return [&out, first = address, size = length](wire::Frame frame,
                                                  std::span<const std::uint8_t> memory) {
        const std::size_t begin = std::min(first, memory.size());
        const std::size_t shown =
            size == 0 ? memory.size() - begin : std::min(size, memory.size() - begin);
        out << R"({"frame":)" << frame << R"(,"address":)" << begin << R"(,"hex":")";
        write_hex(out, memory.subspan(begin, shown));
        out << "\"}" << std::endl; // a reader may follow the file
    };
}

} // namespace netplay_relay::peer
