#include "netplay/handshake.hpp"

#include "base/byte_order.hpp"
#include "handshake_steps.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <string_view>

namespace netplay_relay::netplay {

namespace {

constexpr std::size_t nick_length_max = wire::nick_field_size - 1;

constexpr std::uint32_t first_handshake_id = 0x0020; // NICK, PASSWORD, INFO, SYNC
constexpr std::size_t handshake_ids = 4;

char to_lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

} // namespace

std::string unique_nick(const std::string& wished, const std::vector<std::string>& taken)
{
    std::string nick(text::cut(wished, nick_length_max));
    // Each further suffix makes another nick, so that one more than are taken is enough.
    for (std::size_t number = 2; std::ranges::find(taken, nick) != taken.end(); ++number) {
        const std::string suffix = " (" + std::to_string(number) + ")";
        nick = std::string(text::cut(wished, nick_length_max - suffix.size())) + suffix;
    }
    return nick;
}

NextStep next_step(const wire::CommandStream& stream, const wire::Dialect& dialect, Awaited awaited)
{
    const auto unread = stream.unread();
    if (unread.size() < 4) return wire::NeedMore{};
    const std::uint32_t place =
        load_big<std::uint32_t>(unread) - first_handshake_id; // wraps if it is below
    if (place >= handshake_ids || (static_cast<unsigned>(awaited) >> place & 1U) == 0)
        return CloseReason::unexpected_command;

    auto decoded = stream.next(dialect);
    if (auto* taken = std::get_if<wire::Taken<wire::Command>>(&decoded)) return std::move(*taken);
    if (std::holds_alternative<wire::CommandFault>(decoded)) return CloseReason::malformed;
    return wire::NeedMore{};
}

wire::InfoLayout other_layout(wire::InfoLayout layout)
{
    return layout == wire::InfoLayout::crc_first ? wire::InfoLayout::name_first
                                                 : wire::InfoLayout::crc_first;
}

bool is_core_name(std::string_view name)
{
    return !name.empty() && std::ranges::none_of(name, [](char letter) {
        return static_cast<unsigned char>(letter) < ' ' || letter == 0x7f;
    });
}

bool is_same_core(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

bool negotiate_info(const wire::Info& read, const wire::CommandStream& stream,
                    const wire::Info& own, wire::Dialect dialect, Negotiated& negotiated)
{
    negotiated.info = read;
    if (!is_same_core(read.core_name, own.core_name)) {
        if (dialect.protocol != 5) return false;
        dialect.info = other_layout(dialect.info);
        const auto decoded = stream.next(dialect);
        const auto* taken = std::get_if<wire::Taken<wire::Command>>(&decoded);
        const auto* other = taken ? std::get_if<wire::Info>(&taken->message) : nullptr;
        if (other == nullptr || !is_same_core(other->core_name, own.core_name)) return false;
        negotiated.info = *other;
        negotiated.info_layout = dialect.info;
    }
    negotiated.version_differs = negotiated.info.core_version != own.core_version;
    negotiated.content_differs = negotiated.info.content_crc != 0 && own.content_crc != 0 &&
                                 negotiated.info.content_crc != own.content_crc;
    return true;
}

std::uint32_t implementation_4() { return wire::implementation_magic("1.7.0", 4); }

} // namespace netplay_relay::netplay
