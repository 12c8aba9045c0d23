// Proxies that stand before us: each connection counts for whom it speaks for.
#include "lobby_state.hpp"

#include "base/ensure.hpp"

namespace netplay_relay::lobby {

void LobbyState::on(const Introduced& event)
{
    Connection* connection = find(event.connection);
    if (connection == nullptr) return;
    ensure(connection->stage == Stage::introducing, "introduced twice");
    if (event.client) {
        const auto refusal = refusal_of_client(event.client->address);
        if (refusal) return turn_away(event.connection, *refusal, *event.client);
        charge(event.connection, *connection, *event.client);
    }
    change_stage(event.connection, *connection, Stage::greeting);
}

// As on arrival. Whoever is refused leaves no record for ever.
std::optional<CloseReason> LobbyState::refusal_of_client(const wire::Address& client)
{
    if (is_trusted_proxy(client)) // one proxy behind the other
        return bans_.covers(client) ? std::optional(CloseReason::banned_address) : std::nullopt;
    const auto refusal = refusal_of_address(client);
    if (refusal) addresses_.cool(client, now_);
    return refusal;
}

void LobbyState::charge(ConnectionId id, Connection& connection, const wire::Endpoint& client)
{
    const wire::Address proxy = connection.peer.address;
    addresses_.remove(proxy, &NetworkUse::connections);
    addresses_.cool(proxy, now_);
    addresses_.add(client.address, &NetworkUse::connections);
    connection.peer = client;
    command(SpeaksFor{id, client});
}

} // namespace netplay_relay::lobby
