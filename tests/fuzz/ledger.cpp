#include "ledger.hpp"

#include <algorithm>
#include <string_view>

namespace netplay_relay::fuzz {

using lobby::ConnectionId;

namespace {

bool is_tagged(std::span<const std::uint8_t> bytes, std::string_view magic)
{
    return bytes.size() >= magic.size() &&
           std::ranges::equal(bytes.first(magic.size()), magic, [](std::uint8_t byte, char letter) {
               return byte == static_cast<std::uint8_t>(letter);
           });
}

template <class Id>
Id id_in(std::span<const std::uint8_t> bytes)
{
    ensure(bytes.size() >= wire::tunnel_message_size, "a message without its id");
    Id id;
    std::ranges::copy(bytes.subspan(wire::magic_size, wire::id_size), id.bytes.begin());
    return id;
}

} // namespace

void Ledger::handled(const lobby::Event& event, const lobby::Output& output)
{
    accepted_.reset();
    asked_for_.reset();
    std::visit([this](const auto& one) { hear(one); }, event);
    for (const lobby::LogEvent& told : output.events)
        std::visit([this](const auto& one) { learn(one); }, told);
    for (const lobby::Command& command : output.commands)
        std::visit([this](const auto& one) { obey(one); }, command);
    if (accepted_ && announced_.contains(*accepted_)) announced_.at(*accepted_).is_used = true;
    if (asked_for_) ensure(known_.at(asking_).place != Place::host, "a query was not answered");
    if (const auto* refused = std::get_if<lobby::Refused>(&event))
        ensure(known_.at(refused->connection).place == Place::over, "one refused goes on");
    if (const auto* lost = std::get_if<lobby::SpokeLikeGuest>(&event))
        ensure(known_.at(lost->connection).place == Place::over, "a lost guest goes on");
}

void Ledger::hear(const lobby::Arrived& event)
{
    ++totals_.connections;
    Known& known = known_[event.connection];
    known.peer = event.peer;
    known.profile = event.profile;
    known.comes_by_proxy = policy_.proxy_protocol && is_proxy(event.peer.address);
    known.decided_by = network_.time + policy_.limits.greeting;
}

void Ledger::hear(const lobby::Greeted& event)
{
    Known& known = known_.at(event.connection);
    if (known.place == Place::over) return; // it was read before it was closed
    ensure(known.place == Place::greeting, "greeted twice");
    known.place = Place::waiting;
    known.decided_by = network_.time + policy_.limits.join_wait;
    if (std::holds_alternative<wire::NewSession>(event.greeting)) {
        known.place = Place::asking;
        // And the time in which those before it are asked whether they are there.
        known.decided_by = network_.time + lobby::lost_guest_watch + lobby::doubt_wait_max;
    } else if (const auto* join = std::get_if<wire::JoinSession>(&event.greeting)) {
        known.names_session = true;
        known.session = join->session;
        known.has_spoken = event.more;
    } else if (const auto* accept = std::get_if<wire::AcceptTicket>(&event.greeting)) {
        accepting_ = event.connection;
        accepted_ = accept->ticket;
        known.decided_by = network_.time; // the answer comes at once
    } else if (std::holds_alternative<wire::LegacyPortRequest>(event.greeting)) {
        known.place = Place::greeting; // until the port is open, which it is at once
        known.decided_by = network_.time;
    } else {
        known.has_spoken = true;
    }
}

void Ledger::hear(const lobby::Said& event)
{
    Known& host = known_.at(event.connection);
    if (host.place != Place::host) return;
    if (std::holds_alternative<wire::Pong>(event.message)) host.is_pinged = false;
    if (const auto* query = std::get_if<wire::AddressQuery>(&event.message)) {
        asked_for_ = query->ticket;
        asking_ = event.connection;
    }
}

void Ledger::hear(const lobby::Spoke& event)
{
    Known& guest = known_.at(event.guest);
    guest.has_spoken = true;
    if (guest.place == Place::linked) guest.decided_by = lobby::Instant::max();
}

void Ledger::hear(const lobby::HalfClosed& event)
{
    Known& known = known_.at(event.connection);
    if (known.place != Place::linked) return;
    known.decided_by = known_.at(known.partner).decided_by = lobby::Instant::max();
}

void Ledger::hear(const lobby::StoodStill& event)
{
    for (auto& [id, known] : known_)
        if (known.decided_by != lobby::Instant::max()) known.decided_by += event.gap;
}

void Ledger::learn(const lobby::SessionOpened& event)
{
    Known& host = known_.at(event.host);
    ensure(!is_draining_, "a session was opened while the relay drained");
    ensure(host.place == Place::asking, "a session for one that did not ask");
    ensure(!event.id.is_zero(), "a session id of zero");
    ensure(open_.emplace(event.session, event.id).second, "a session's key was used before");
    const auto& reserved = policy_.reserved;
    const bool is_promised =
        std::ranges::find(reserved, event.id, &lobby::ReservedSession::id) != reserved.end();
    ensure((is_promised || host.profile.reserved == event.id) == event.reserved,
           "a reserved id for the wrong host");
    host.session = event.id;
}

void Ledger::learn(const lobby::SessionClosed& event)
{
    const auto found = open_.find(event.session);
    ensure(found != open_.end() && found->second == event.id, "closed a session that was not open");
    found->second = {}; // its key is never used again
    // What its links still say is bounded by another limit now.
    for (auto& [id, known] : known_)
        if (known.place == Place::linked) known.decided_by = lobby::Instant::max();
}

void Ledger::report(const lobby::LogEvent& event, const worker::EventFacts&)
{
    if (const auto* opened = std::get_if<lobby::SessionOpened>(&event); opened != nullptr) {
        ++totals_.sessions;
    } else if (const auto* closed = std::get_if<lobby::SessionClosed>(&event)) {
        count(closed->reason, 1);
    } else if (const auto* cut = std::get_if<lobby::LinkClosed>(&event)) {
        count(cut->reason, 2);
        ensure(known_.at(cut->guest).peer == cut->guest_peer, "the end of another guest's link");
    } else if (const auto* away = std::get_if<lobby::TurnedAway>(&event)) {
        count(away->reason, 1);
    } else if (const auto* gone = std::get_if<lobby::MemberGone>(&event)) {
        count(gone->reason, 1);
    } else if (const auto* room = std::get_if<lobby::RoomEvent>(&event)) {
        totals_.rooms += room->event.kind == room::RoomEventKind::room_opened ? 1 : 0;
        totals_.members += room->event.kind == room::RoomEventKind::member_joined ? 1 : 0;
    } else if (const auto* left = std::get_if<lobby::PeerGone>(&event)) {
        count(left->reason, 1);
    } else if (const auto* party = std::get_if<lobby::PartyEvent>(&event)) {
        count(party->event);
    } else if (const auto* linked = std::get_if<lobby::LinkOpened>(&event)) {
        ++totals_.links;
        const Known& guest = known_.at(linked->guest);
        ensure(guest.peer == linked->guest_peer, "a link of another guest");
        ensure(!guest.names_session || guest.session == linked->session, "of another session");
    } else if (const auto* reloaded = std::get_if<lobby::Reloaded>(&event)) {
        for (const lobby::Reloaded::Kept& kept : reloaded->kept)
            ensure(!kept.key.empty(), "something is kept, and nobody knows what");
    }
}

void Ledger::count(wire::CloseReason reason, unsigned connections)
{
    ended_ += connections;
    ++totals_.close_reasons.at(static_cast<std::size_t>(reason));
    ensure(is_draining_ ||
               (reason != wire::CloseReason::draining && reason != wire::CloseReason::no_new_rooms),
           "turned away by a relay that does not drain");
    ensure(reason != wire::CloseReason::shutdown || is_shutting_down_, "an early shutdown");
}

void Ledger::obey(const lobby::Send& command)
{
    Known& known = known_.at(command.connection);
    const auto bytes = command.bytes.view();
    if (is_tagged(bytes, "RATS")) {
        ensure(known.place == Place::asking, "a session id for one that did not ask");
        ensure(id_in<wire::SessionId>(bytes) == known.session, "another id than was told");
        known.place = Place::host;
        known.decided_by = lobby::Instant::max();
        return;
    }
    if (is_tagged(bytes, {"\0\0FJ", 4})) {
        ensure(known.place == Place::greeting, "a port for one that did not ask");
        return;
    }
    ensure(known.place == Place::host, "a message for one that is no host");
    if (is_tagged(bytes, "RATL")) {
        announce(command.connection, id_in<wire::TicketId>(bytes));
    } else if (is_tagged(bytes, "RATA")) {
        ensure(bytes.size() == wire::address_reply_size, "RATA of another size");
        ensure(asked_for_ && asking_ == command.connection, "an answer without a query");
        ensure(id_in<wire::TicketId>(bytes) == *asked_for_, "an answer to another query");
        asked_for_.reset();
    } else {
        ensure(is_tagged(bytes, "RATP") && bytes.size() == wire::magic_size, "no message of ours");
        known.is_pinged = true;
    }
}

void Ledger::announce(ConnectionId host, const wire::TicketId& ticket)
{
    ensure(!ticket.is_zero(), "a ticket of zero");
    ensure(announced_.emplace(ticket, Announced{host, network_.time, false}).second,
           "announced twice");
    // Those of the last minute cannot have been forgotten: each takes one of the host's slots.
    ensure(slots_taken(host, network_.time - lobby::departed_ticket_memory) <=
               lobby::host_pending_slots,
           "more announced than a host keeps in mind");
}

// Tickets announced to a host after that moment to which it has not reacted.
std::size_t Ledger::slots_taken(ConnectionId host, lobby::Instant since) const
{
    return static_cast<std::size_t>(std::ranges::count_if(announced_, [&](const auto& entry) {
        const Announced& known = entry.second;
        return known.host == host && !known.is_used && entry.first != accepted_ &&
               known.when > since;
    }));
}

void Ledger::obey(const lobby::Join& command)
{
    Known& guest = known_.at(command.guest);
    Known& host_side = known_.at(command.host_side);
    ensure(accepted_ && accepting_ == command.host_side, "a link that nobody accepted");
    ensure(guest.place == Place::waiting, "joined one that does not wait");
    ensure(host_side.place == Place::waiting, "joined to one that does not ask");
    const auto ticket = announced_.find(*accepted_);
    ensure(ticket != announced_.end() && !ticket->second.is_used, "linked by no open ticket");
    ensure(!guest.names_session || guest.session == known_.at(ticket->second.host).session,
           "linked to another's guest");
    const lobby::Instant until = network_.time + policy_.limits.greeting;
    guest.decided_by = guest.has_spoken ? lobby::Instant::max() : until;
    host_side.decided_by = lobby::Instant::max(); // the guest's end keeps the deadline
    guest.place = host_side.place = Place::linked;
    guest.partner = command.host_side;
    host_side.partner = command.guest;
}

void Ledger::obey(const lobby::Close& command)
{
    const Known& known = known_.at(command.connection);
    if (command.reason == wire::CloseReason::unknown_ticket)
        accepted_.reset(); // of the other worker
    ensure(known.place != Place::over, "closed twice");
    ensure(known.place != Place::linked, "closed one end of a link alone");
    end(command.connection);
}

void Ledger::obey(const lobby::CloseLink& command)
{
    ensure(known_.at(command.guest).place == Place::linked, "closed a link that is none");
    end(command.guest);
}

void Ledger::obey(const lobby::Become& command)
{
    if (!lobby::is_heard(command.stage)) return;
    Known& known = known_.at(command.connection);
    ensure(known.place == Place::waiting && !known.names_session, "let in one that did not ask");
    known.place = command.stage == lobby::Stage::member ? Place::member : Place::peer;
    known.decided_by = lobby::Instant::max(); // their managers have deadlines of their own
}

void Ledger::obey(const lobby::Deliver& command)
{
    const Place place = known_.at(command.message.to).place;
    ensure(place == Place::member || place == Place::peer, "a message for no member");
    ensure(!command.message.bytes.empty() || command.message.shared != nullptr, "an empty message");
}

// Both ends of a link go together.
void Ledger::end(ConnectionId id)
{
    Known& known = known_.at(id);
    if (known.place == Place::linked) known_.at(known.partner).place = Place::over;
    known.place = Place::over;
}

void Ledger::check(std::span<tests::Relay> relays) const
{
    for (const auto& [id, known] : known_)
        ensure(known.place == Place::over || known.decided_by > network_.time,
               "somebody stayed beyond its deadline");
    check_use(relays);
    lobby::Totals totals;
    std::size_t connections = 0;
    std::size_t links = 0;
    for (tests::Relay& relay : relays) {
        const lobby::Lobby& lobby = relay.worker.lobby();
        totals.add(lobby.totals());
        connections += lobby.use().connections;
        for (const lobby::SessionKey key : lobby.session_keys()) {
            const auto session = lobby.look_at(key);
            check_session(*session);
            links += session->links.size();
        }
        links -= lobby.use().links;
        check_ports(relay);
    }
    ensure(links == 0, "the snapshots count other links");
    ensure(totals.close_reasons == totals_.close_reasons, "close reasons and events");
    ensure(totals.connections == totals_.connections && totals.sessions == totals_.sessions &&
               totals.links == totals_.links && totals.rooms == totals_.rooms &&
               totals.members == totals_.members && totals.parties == totals_.parties &&
               totals.peers == totals_.peers && totals.links <= totals.joins,
           "totals and news");
    ensure(totals_.connections == ended_ + connections, "a connection ended untold");
}

void Ledger::check_use(std::span<tests::Relay> relays) const
{
    lobby::Use expected;
    for (const auto& [id, known] : known_) {
        expected.connections += known.place != Place::over ? 1 : 0;
        expected.greeting += known.place == Place::greeting || known.place == Place::asking ? 1 : 0;
        expected.sessions += known.place == Place::host ? 1 : 0;
        expected.waiting_joins += known.place == Place::waiting ? 1 : 0;
        expected.links += known.place == Place::linked ? 1 : 0; // both ends
        expected.entering += known.place == Place::member ? 1 : 0;
        expected.entering_peers += known.place == Place::peer ? 1 : 0;
    }
    expected.links /= 2;
    lobby::Use use;
    for (const tests::Relay& relay : relays) {
        const lobby::Use one = relay.worker.lobby().use();
        use.connections += one.connections;
        use.greeting += one.greeting;
        use.sessions += one.sessions;
        use.waiting_joins += one.waiting_joins;
        use.links += one.links;
        use.entering += one.entering + one.members;
        use.entering_peers += one.entering_peers + one.peers;
    }
    ensure(use == expected, "the lobbies count otherwise");
}

void Ledger::check_session(const lobby::SessionSnapshot& session) const
{
    const Known& host = known_.at(session.host);
    const bool is_there = host.place == Place::host;
    ensure(is_there != session.host_gone, "host_gone is wrong");
    ensure(host.session == session.id, "another session's host");
    ensure(!is_there || session.unanswered.has_value() == host.is_pinged, "a ping is wrong");
    ensure(session.seats == session.links.size(), "seats and links");
    for (const lobby::LinkSnapshot& link : session.links) {
        const Known& guest = known_.at(link.guest);
        ensure(guest.place == Place::linked && guest.partner == link.host_side, "no such link");
    }
    // One of the same reserved id may be open in the other worker.
    const bool is_only = std::ranges::count_if(open_, [&](const auto& entry) {
                             return entry.second == session.id;
                         }) == 1;
    if (session.host_gone || !is_only) return;
    // Nobody who has spoken waits unannounced while the host has a slot free.
    const auto waiting =
        static_cast<std::size_t>(std::ranges::count_if(known_, [&](const auto& entry) {
            const Known& guest = entry.second;
            return guest.place == Place::waiting && guest.has_spoken && guest.names_session &&
                   guest.session == session.id;
        }));
    ensure(slots_taken(session.host, {}) >= std::min(waiting, lobby::host_pending_slots),
           "a guest waits for a slot that is free");
}

void Ledger::check_ports(tests::Relay& relay) const
{
    const lobby::Lobby& lobby = relay.worker.lobby();
    for (const auto& [port, profile] : relay.io.ports) {
        ensure((profile.session != 0) + (profile.room != 0) + (profile.room_port != 0) == 1,
               "a port that leads nowhere, or to two");
        ensure(profile.room_port == 0 || profile.room_port == port, "a listener of another port");
        if (profile.session != 0) {
            const auto session = lobby.look_at(lobby::SessionKey{profile.session});
            ensure(session && session->join_port == port, "a port leads to no session");
        } else if (profile.room != 0) {
            const auto rooms = lobby.look_at_rooms();
            ensure(std::ranges::any_of(rooms,
                                       [number = profile.room, at = port](const auto& room) {
                                           return room.room.number == number &&
                                                  room.join_port == at;
                                       }),
                   "a port leads to no room");
        }
    }
}

} // namespace netplay_relay::fuzz
