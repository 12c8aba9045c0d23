#include "inspect/plain_text.hpp"

#include "text/text.hpp"

#include <algorithm>

namespace netplay_relay::inspect {

std::string plain_text(std::span<const std::uint8_t> field)
{
    if (field.empty()) return {};
    const auto sent = field.first(field.size() - 1);
    return text::plain(std::string(sent.begin(), std::ranges::find(sent, 0)));
}

} // namespace netplay_relay::inspect
