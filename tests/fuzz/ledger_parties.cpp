// What the ledger knows of games of Godot, and of proxies.
#include "ledger.hpp"

#include <algorithm>

namespace netplay_relay::fuzz {

void Ledger::count(const party::PartyEvent& event)
{
    using party::PartyEventKind;
    const PartyEventKind kind = event.kind;
    totals_.parties += kind == PartyEventKind::party_opened ? 1 : 0;
    totals_.peers +=
        kind == PartyEventKind::party_opened || kind == PartyEventKind::peer_joined ? 1 : 0;
    // A place without a connection.
    if (kind == PartyEventKind::peer_left && event.connection == lobby::ConnectionId{} &&
        event.reason == wire::CloseReason::peer_lost)
        count(event.reason, 0);
}

void Ledger::hear(const lobby::Left& event)
{
    const Known& known = known_.at(event.connection);
    // A proxy that has looked whether we are here, of whose end nothing is told.
    if (known.place == Place::greeting && event.is_mute && is_proxy(known.peer.address)) ++ended_;
    end(event.connection);
}

void Ledger::obey(const lobby::SpeaksFor& command)
{
    Known& known = known_.at(command.connection);
    // Whatever a reload has said since it came.
    const bool is_introduced = known.place == Place::greeting && known.comes_by_proxy;
    ensure(known.place == Place::peer || is_introduced, "speaks for others, and may not");
    ensure(is_introduced || is_proxy(known.peer.address), "no proxy of ours speaks for others");
    known.peer = command.peer;
}

bool Ledger::is_proxy(const wire::Address& address) const
{
    return std::ranges::any_of(policy_.trusted_proxies, [&](const wire::Network& network) {
        return network.contains(address);
    });
}

} // namespace netplay_relay::fuzz
