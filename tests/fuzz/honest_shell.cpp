#include "honest_shell.hpp"

#include "netplay_relay/ensure.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace netplay_relay::fuzz {

using lobby::ConnectionId;

namespace {

constexpr std::size_t magic_size = wire::magic_size;
constexpr std::uint64_t events_unchecked = 4; // the lobby looks at itself so often

bool is_tagged(std::span<const std::uint8_t> bytes, std::string_view magic)
{
    return bytes.size() >= magic_size && std::equal(magic.begin(), magic.end(), bytes.begin(),
                                                    [](char letter, std::uint8_t byte) {
                                                        return letter == static_cast<char>(byte);
                                                    });
}

template <class Id>
Id id_in(std::span<const std::uint8_t> bytes)
{
    ensure(bytes.size() >= wire::tunnel_message_size, "a message without its id");
    Id id;
    std::ranges::copy(bytes.subspan(magic_size, wire::id_size), id.bytes.begin());
    return id;
}

} // namespace

void CountingRandom::fill(std::span<std::uint8_t> bytes)
{
    std::uint64_t mixed = state_++;
    for (std::uint8_t& byte : bytes) {
        mixed = (mixed ^ (mixed >> 29)) * 0xbf58476d1ce4e5b9ULL;
        byte = static_cast<std::uint8_t>(mixed >> 56);
    }
}

HonestShell::HonestShell(lobby::Policy policy) : lobby_(policy, random_), largest_(policy.limits) {}

std::vector<ConnectionId> HonestShell::all_in(Phase phase) const
{
    std::vector<ConnectionId> all;
    for (const auto& [id, peer] : peers_)
        if (peer.phase == phase) all.push_back(id);
    return all;
}

std::optional<lobby::Instant> HonestShell::next_deadline() const { return lobby_.next_deadline(); }

ConnectionId HonestShell::arrive(const wire::Endpoint& endpoint, std::uint16_t port)
{
    const ConnectionId id{++arrivals_};
    Peer& peer = peers_[id];
    peer.endpoint = endpoint;
    peer.settled_by = now_ + lobby_.policy().limits.greeting;
    if (port != 0) peer.door = ports_.at(port);
    if (port == 0 && id.value % 5 == 4)
        peer.door.reserved = wire::parse_session_id("FRIDAYNIGHTSNES1");
    tell(lobby::Arrived{id, endpoint, peer.door});
    return id;
}

void HonestShell::greet(ConnectionId id, const wire::Greeting& greeting, bool more)
{
    Peer& peer = peers_.at(id);
    ensure(peer.phase == Phase::greeting, "the fuzzer's fault: greeted twice");
    const auto* join = std::get_if<wire::JoinSession>(&greeting);
    const auto* accept = std::get_if<wire::AcceptTicket>(&greeting);
    peer.phase = join != nullptr || accept != nullptr ? Phase::waiting : Phase::control;
    peer.has_spoken = join != nullptr && more;
    if (join != nullptr) {
        peer.session = join->session;
        peer.settled_by = now_ + lobby_.policy().limits.join_wait;
    } else if (accept != nullptr) {
        accepting_ = id;
        accepted_ = accept->ticket;
        peer.has_spoken = true; // only guests can be silent
        peer.settled_by = now_; // the answer comes at once
    } else {
        // And the time in which those before it are asked whether they are there.
        peer.settled_by = now_ + lobby::lost_guest_watch + lobby::doubt_wait_max;
    }
    tell(lobby::Greeted{id, greeting, more});
    if (accepted_ && announced_.contains(*accepted_)) announced_.at(*accepted_).is_used = true;
    accepted_.reset();
}

void HonestShell::refuse(ConnectionId id, wire::Refusal refusal)
{
    tell(lobby::Refused{id, refusal});
    ensure(peers_.at(id).phase == Phase::over, "a refused connection goes on");
}

void HonestShell::say(ConnectionId id, const wire::ControlMessage& message)
{
    Peer& host = peers_.at(id);
    ensure(host.phase == Phase::control, "the fuzzer's fault: only hosts say such things");
    if (std::holds_alternative<wire::Pong>(message)) host.is_pinged = false;
    if (const auto* query = std::get_if<wire::AddressQuery>(&message); query && host.is_host) {
        asked_for_ = query->ticket;
        asking_ = id;
    }
    tell(lobby::Said{id, message});
}

void HonestShell::speak_like_guest(ConnectionId id)
{
    tell(lobby::SpokeLikeGuest{id});
    ensure(peers_.at(id).phase == Phase::over, "a lost guest goes on as a host");
}

void HonestShell::speak(ConnectionId guest)
{
    Peer& peer = peers_.at(guest);
    if (peer.has_spoken) return;
    peer.has_spoken = true;
    if (peer.phase == Phase::linked) peer.settled_by = lobby::Instant::max();
    if (peer.phase == Phase::linked) peer.last_byte = now_;
    tell(lobby::Spoke{guest});
}

void HonestShell::move_byte(ConnectionId linked)
{
    Peer& peer = peers_.at(linked);
    peer.last_byte = now_;
    speak(linked);
}

void HonestShell::finish(ConnectionId linked)
{
    Peer& peer = peers_.at(linked);
    if (peer.has_finished) return;
    peer.has_finished = true;
    Peer& partner = peers_.at(peer.partner);
    if (partner.has_finished) return; // the link is over as soon as all is written: see leave()
    for (Peer* end : {&peer, &partner})
        end->settled_by = lobby::Instant::max();
    tell(lobby::HalfClosed{linked});
}

void HonestShell::leave(ConnectionId id, lobby::Departure how)
{
    end(id);
    tell(lobby::Left{id, how});
}

void HonestShell::tell_late(const lobby::Event& event) { tell(event); }

void HonestShell::tick() { tell(lobby::Tick{}); }

void HonestShell::adopt(lobby::Policy policy)
{
    const lobby::Limits& more = policy.limits;
    largest_.connections = std::max(largest_.connections, more.connections);
    largest_.sessions = std::max(largest_.sessions, more.sessions);
    largest_.links_per_session = std::max(largest_.links_per_session, more.links_per_session);
    largest_.waiting_joins_per_session =
        std::max(largest_.waiting_joins_per_session, more.waiting_joins_per_session);
    tell(lobby::Reload{std::make_shared<const lobby::Policy>(std::move(policy))});
}

void HonestShell::drain()
{
    is_draining_ = true;
    tell(lobby::Drain{});
}

void HonestShell::shut_down()
{
    is_shutting_down_ = true;
    tell(lobby::Shutdown{});
    for (const auto& [id, peer] : peers_)
        ensure(peer.phase == Phase::over, "somebody is left after the shutdown");
    const ConnectionId late = arrive({});
    ensure(peers_.at(late).phase == Phase::over, "somebody came in after the shutdown");
    ensure(lobby_.session_keys().empty(), "a session is left after the shutdown");
    ensure(ports_.empty(), "a port is left after the shutdown");
}

// Nobody does anything any more: everything but hosts and those in rooms must end by itself. Those
// in rooms leave first, or their clocks would go on; the hosts leave last.
void HonestShell::fall_silent()
{
    leave_rooms();
    for (const Phase phase : {Phase::greeting, Phase::waiting, Phase::member, Phase::linked}) {
        for (int steps = 0; !all_in(phase).empty(); ++steps) {
            ensure(steps < 100000, "somebody stays for ever");
            const auto next = next_deadline();
            ensure(next.has_value(), "somebody stays, and nothing is due");
            now_ = std::max(now_, *next);
            tick();
        }
    }
    for (const ConnectionId id : all_in(Phase::control))
        leave(id, lobby::Departure::left);
    while (const auto next = next_deadline()) {
        now_ = std::max(now_, *next);
        tick();
    }
    ensure(ports_.empty(), "a port is left when all have left");
    lobby_.check_consistency();
    ensure(lobby_.use() == lobby::Use{}, "something is left when all have left");
}

// As the engine does it: what orders bring about is told after the event that brought the orders.
void HonestShell::tell(lobby::Event event)
{
    events_.push_back(std::move(event));
    if (is_telling_) return;
    is_telling_ = true;
    while (!events_.empty()) {
        const lobby::Event next = std::move(events_.front());
        events_.pop_front();
        handle(next);
    }
    is_telling_ = false;
    check_all();
    members_reply();
}

void HonestShell::handle(const lobby::Event& event)
{
    if (const auto* left = std::get_if<lobby::Left>(&event)) {
        Peer& peer = peers_.at(left->connection);
        peer.is_departing = false;
        if (const auto partner = peers_.find(peer.partner); partner != peers_.end())
            partner->second.is_departing = false;
    }
    lobby::Actions actions;
    lobby_.handle(event, now_, actions);
    for (const lobby::News& news : actions.news)
        std::visit([this](const auto& known) { note(known); }, news);
    for (const lobby::Action& order : actions.orders)
        std::visit([this](const auto& known) { carry_out(known); }, order);
    const bool must_answer = asked_for_ && peers_.at(asking_).phase == Phase::control;
    ensure(!must_answer, "a query was not answered");
    asked_for_.reset();
    if (++handled_ % events_unchecked == 0) lobby_.check_consistency();
}

void HonestShell::carry_out(const lobby::Send& order)
{
    const auto found = peers_.find(order.connection);
    ensure(found != peers_.end(), "a message for nobody");
    Peer& host = found->second;
    if (host.is_departing) return;
    if (host.asks_for_port) return asker_is_told(host, order.bytes.view());
    ensure(host.phase == Phase::control, "a message for one that is no host");
    host_is_told(order.connection, host, order.bytes.view());
    if (!std::exchange(next_send_fails_, false)) return;
    end(order.connection);
    host.is_departing = true;
    tell(lobby::Left{order.connection, lobby::Departure::too_slow});
}

void HonestShell::host_is_told(ConnectionId id, Peer& host, std::span<const std::uint8_t> bytes)
{
    if (is_tagged(bytes, "RATS")) {
        ensure(bytes.size() == wire::tunnel_message_size, "RATS of another size");
        ensure(!host.is_host, "a host got two session ids");
        ensure(id_in<wire::SessionId>(bytes) == host.session, "another id than in the news");
        host.is_host = true;
        host.settled_by = lobby::Instant::max();
        return;
    }
    ensure(host.is_host, "a message before the session id");
    if (is_tagged(bytes, "RATL")) {
        ensure(bytes.size() == wire::tunnel_message_size, "RATL of another size");
        check_announcement(id, id_in<wire::TicketId>(bytes));
    } else if (is_tagged(bytes, "RATA")) {
        ensure(bytes.size() == wire::address_reply_size, "RATA of another size");
        ensure(asked_for_ && asking_ == id, "an answer without a query");
        ensure(id_in<wire::TicketId>(bytes) == *asked_for_, "an answer to another query");
        asked_for_.reset();
    } else {
        ensure(is_tagged(bytes, "RATP") && bytes.size() == magic_size, "no message for a host");
        host.is_pinged = true;
    }
}

void HonestShell::carry_out(const lobby::Join& order)
{
    Peer& guest = peers_.at(order.guest);
    Peer& host_leg = peers_.at(order.host_leg);
    ensure(accepted_ && accepting_ == order.host_leg, "a link that nobody accepted");
    ensure(order.guest != order.host_leg, "a link with itself");
    ensure(guest.phase == Phase::waiting && !guest.is_departing, "joined one that does not wait");
    ensure(host_leg.phase == Phase::waiting && !host_leg.is_departing, "joined a stale host leg");
    const auto ticket = announced_.find(*accepted_);
    ensure(ticket != announced_.end() && !ticket->second.is_used, "linked by no open ticket");
    ensure(guest.session == peers_.at(ticket->second.host).session, "linked to another's guest");
    guest.settled_by = now_ + lobby_.policy().limits.greeting;
    if (guest.has_spoken) guest.settled_by = lobby::Instant::max();
    host_leg.settled_by = lobby::Instant::max(); // the guest's end keeps the deadline
    for (Peer* one : {&guest, &host_leg}) {
        one->phase = Phase::linked;
        one->last_byte = now_;
    }
    guest.partner = order.host_leg;
    host_leg.partner = order.guest;
    if (!std::exchange(next_join_fails_, false)) return;
    const ConnectionId broken = (arrivals_ & 1) != 0 ? order.guest : order.host_leg;
    end(broken);
    guest.is_departing = host_leg.is_departing = true;
    tell(lobby::Left{broken, lobby::Departure::left});
}

void HonestShell::carry_out(const lobby::Close& order)
{
    const auto found = peers_.find(order.connection);
    ensure(found != peers_.end(), "closed nobody");
    if (found->second.is_departing) return;
    ensure(found->second.phase != Phase::over, "closed twice");
    ensure(found->second.phase != Phase::linked, "closed one end of a link alone");
    end(order.connection);
}

void HonestShell::carry_out(const lobby::CloseLink& order)
{
    const Peer& guest = peers_.at(order.guest);
    if (guest.is_departing) return;
    ensure(guest.phase == Phase::linked, "closed a link that is none");
    end(order.guest);
}

void HonestShell::carry_out(const lobby::CheckIdle& order)
{
    const Peer& guest = peers_.at(order.guest);
    if (guest.is_departing) return;
    ensure(guest.phase == Phase::linked, "asked for a link that is none");
    const Peer& host_leg = peers_.at(guest.partner);
    tell(lobby::Progressed{order.guest, std::max(guest.last_byte, host_leg.last_byte)});
}

// One in three is dead, whatever it is.
void HonestShell::carry_out(const lobby::CheckAcknowledged& order)
{
    const Peer& peer = peers_.at(order.connection);
    if (peer.is_departing || peer.phase == Phase::over) return;
    ensure(peer.phase == Phase::control || peer.phase == Phase::member, "who else is doubted?");
    const auto state = order.connection.value % 3 == 0            ? lobby::Acknowledging::silent
                       : now_.time_since_epoch().count() % 2 == 0 ? lobby::Acknowledging::waits
                                                                  : lobby::Acknowledging::all;
    tell(lobby::Acknowledgement{order.connection, state});
}

// Both ends of a link go together.
void HonestShell::end(ConnectionId id)
{
    Peer& peer = peers_.at(id);
    if (peer.phase == Phase::linked) peers_.at(peer.partner).phase = Phase::over;
    peer.phase = Phase::over;
}

} // namespace netplay_relay::fuzz
