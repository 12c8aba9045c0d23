// Hosts and guests of the tunnel.
#include "prefix.hpp"
#include "wire/openings.hpp"

namespace netplay_relay::wire {

namespace {

// The whole message, if it begins so: `all` decides what it is.
template <class Decide>
std::optional<Decoded<Greeting>> look_for_message(std::span<const std::uint8_t> first,
                                                  std::string_view magic, const Decide& decide)
{
    if (match_prefix(first, magic) == Prefix::other) return std::nullopt;
    if (first.size() < tunnel_message_size) return NeedMore{};
    const std::optional<Greeting> greeting = decide(first);
    if (!greeting) return std::nullopt;
    return Taken<Greeting>{*greeting, tunnel_message_size};
}

template <class Id>
Id id_of(std::span<const std::uint8_t> message)
{
    Id id;
    std::ranges::copy(message.subspan(magic_size, id_size), id.bytes.begin());
    return id;
}

} // namespace

std::optional<Decoded<Greeting>> look_for_host(std::span<const std::uint8_t> first)
{
    return look_for_message(first, "RATS", [](std::span<const std::uint8_t> message) {
        return id_of<SessionId>(message).is_zero() ? std::optional<Greeting>(NewSession{})
                                                   : std::nullopt;
    });
}

std::optional<Decoded<Greeting>> look_for_guest(std::span<const std::uint8_t> first)
{
    return look_for_message(first, "RATS", [](std::span<const std::uint8_t> message) {
        const auto id = id_of<SessionId>(message);
        return id.is_zero() ? std::nullopt : std::optional<Greeting>(JoinSession{id});
    });
}

std::optional<Decoded<Greeting>> look_for_host_side(std::span<const std::uint8_t> first)
{
    return look_for_message(first, "RATL", [](std::span<const std::uint8_t> message) {
        return std::optional<Greeting>(AcceptTicket{id_of<TicketId>(message)});
    });
}

} // namespace netplay_relay::wire
