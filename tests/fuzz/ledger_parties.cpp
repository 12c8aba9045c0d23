// What the ledger knows of games of Godot.
#include "ledger.hpp"

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

void Ledger::obey(const lobby::SpeaksFor& command)
{
    Known& known = known_.at(command.connection);
    ensure(known.place == Place::peer, "speaks for others, and is no WebSocket");
    known.peer = command.peer;
}

} // namespace netplay_relay::fuzz
