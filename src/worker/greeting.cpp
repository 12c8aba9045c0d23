#include "worker/greeting.hpp"

#include "lobby/protocols.hpp"
#include "wire/proxy_header.hpp"

namespace netplay_relay::worker {

namespace {

// What was left over from before, and what is new, in one piece.
std::vector<std::uint8_t> joined(const Partial& partial, std::span<const std::uint8_t> bytes)
{
    std::vector<std::uint8_t> all(partial.view().begin(), partial.view().end());
    all.insert(all.end(), bytes.begin(), bytes.end());
    return all;
}

void keep(Connection& connection, std::span<const std::uint8_t> partial)
{
    connection.first.reset();
    if (!partial.empty()) connection.first.change().partial.assign(partial);
}

lobby::Event to_event(Connection& connection, const wire::Taken<wire::Greeting>& taken,
                      std::span<const std::uint8_t> all)
{
    const auto rest = all.subspan(taken.used);
    connection.first.reset();
    if (!rest.empty()) connection.first.change().early.assign(rest.begin(), rest.end());
    return lobby::Greeted{connection.id, taken.message, !rest.empty()};
}

} // namespace

std::optional<lobby::Event> read_greeting(Connection& connection,
                                          std::span<const std::uint8_t> bytes)
{
    std::vector<std::uint8_t> whole;
    if (connection.first->partial.size() > 0) {
        whole = joined(connection.first->partial, bytes);
        bytes = whole;
    }
    const wire::Decoded<wire::Greeting> opening = lobby::recognise(bytes).opening;
    if (const auto* refusal = std::get_if<wire::Refusal>(&opening))
        return lobby::Refused{connection.id, *refusal};
    if (const auto* taken = std::get_if<wire::Taken<wire::Greeting>>(&opening))
        return to_event(connection, *taken, bytes);
    keep(connection, bytes);
    return std::nullopt;
}

std::optional<lobby::Event> read_introduction(Connection& connection,
                                              std::span<const std::uint8_t> bytes)
{
    std::vector<std::uint8_t>& kept = connection.first.change().early;
    kept.insert(kept.end(), bytes.begin(), bytes.end());
    const auto header = wire::decode_proxy_header(kept);
    if (const auto* refusal = std::get_if<wire::Refusal>(&header))
        return lobby::Refused{connection.id, *refusal};
    const auto* taken = std::get_if<wire::Taken<wire::ProxyHeader>>(&header);
    if (taken == nullptr) return std::nullopt;
    kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(taken->used));
    if (kept.empty()) connection.first.reset();
    return lobby::Introduced{connection.id, taken->message.client};
}

void read_control(Connection& connection, std::span<const std::uint8_t> bytes,
                  std::vector<lobby::Event>& events)
{
    std::vector<std::uint8_t> whole;
    if (connection.first->partial.size() > 0) {
        whole = joined(connection.first->partial, bytes);
        bytes = whole;
    }
    // Whoever asks for a session and then sends a netplay header is a guest that lost its session
    // id.
    if (!connection.told_spoke && bytes.size() >= wire::magic_size &&
        wire::starts_like_netplay_header(bytes)) {
        events.push_back(lobby::SpokeLikeGuest{connection.id});
        return;
    }
    for (;;) {
        const auto decoded = wire::decode_control(bytes);
        if (const auto* taken = std::get_if<wire::Taken<wire::ControlMessage>>(&decoded)) {
            events.push_back(lobby::Said{connection.id, taken->message});
            connection.told_spoke = true;
            bytes = bytes.subspan(taken->used);
            continue;
        }
        if (const auto* refusal = std::get_if<wire::Refusal>(&decoded))
            events.push_back(lobby::Refused{connection.id, *refusal});
        else
            keep(connection, bytes);
        return;
    }
}

} // namespace netplay_relay::worker
