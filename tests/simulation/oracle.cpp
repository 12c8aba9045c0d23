// What the oracle has to say of the relay.
#include "oracle.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using wire::CloseReason;

constexpr std::chrono::seconds address_memory_max{11};
constexpr std::size_t complaints_max = 5;

// What is limited as one address.
wire::Address key_of(wire::Address address)
{
    if (!address.is_ipv4())
        std::fill(address.bytes.begin() + 8, address.bytes.end(), std::uint8_t{0});
    return address;
}

bool is_address_reply(const lobby::Command& command)
{
    const auto* send = std::get_if<lobby::Send>(&command);
    return send != nullptr && send->bytes.size() == wire::address_reply_size;
}

bool is_announcement(const lobby::Send& send)
{
    return send.bytes.size() == wire::tunnel_message_size &&
           std::ranges::equal(send.bytes.view().first(wire::magic_size), std::string_view("RATL"));
}

// Reasons that are always true enough, whatever was expected.
bool may_come_first(CloseReason reason)
{
    constexpr std::array reasons{CloseReason::connections_full,
                                 CloseReason::address_connections_full,
                                 CloseReason::arriving_too_fast,
                                 CloseReason::left_early,
                                 CloseReason::greeting_timeout,
                                 CloseReason::host_denied,
                                 CloseReason::join_denied,
                                 CloseReason::sessions_full,
                                 CloseReason::address_sessions_full,
                                 CloseReason::member_left,
                                 CloseReason::member_lost,
                                 CloseReason::entrance_timeout,
                                 CloseReason::ended_by_operator,
                                 CloseReason::sent_away,
                                 CloseReason::banned_address,
                                 CloseReason::closed_to_new,
                                 CloseReason::shutdown};
    return std::ranges::find(reasons, reason) != reasons.end();
}

} // namespace

void Books::add(const lobby::Lobby& lobby)
{
    ++lobbies;
    use.add(lobby.use());
    totals.add(lobby.totals());
    for (lobby::RoomSnapshot& room : lobby.look_at_rooms())
        rooms.push_back(std::move(room));
    for (lobby::PartySnapshot& party : lobby.look_at_parties())
        parties.push_back(std::move(party));
    sessions += lobby.session_keys().size();
    const auto next = lobby.next_deadline();
    if (next) next_deadline = std::min(*next, next_deadline.value_or(*next));
}

void Books::add(const Books& others)
{
    lobbies += others.lobbies;
    use.add(others.use);
    totals.add(others.totals);
    rooms.insert(rooms.end(), others.rooms.begin(), others.rooms.end());
    parties.insert(parties.end(), others.parties.begin(), others.parties.end());
    sessions += others.sessions;
    on_the_way += others.on_the_way;
    died += others.died;
    if (!others.next_deadline) return;
    next_deadline = std::min(*others.next_deadline, next_deadline.value_or(*others.next_deadline));
}

void Oracle::complains(const std::string& complaint)
{
    if (complaints_.size() < complaints_max) complaints_.push_back(complaint);
}

void Oracle::adopts(const lobby::Limits& limits)
{
    limits_ = limits;
    // A guest that has not spoken yet has the time of a greeting.
    idle_max_ = std::max<lobby::Duration>({idle_max_, limits.link_idle, limits.greeting});
}

void Oracle::expects(const wire::Endpoint& peer, CloseReason reason)
{
    expected_.emplace(peer, reason);
}

void Oracle::arrives(lobby::ConnectionId id, lobby::Instant now, lobby::Duration later)
{
    excused_until_ = now;
    if (const auto due = due_.find(id); due != due_.end())
        due->second = std::max(due->second + later, now);
}

void Oracle::loses(const std::vector<lobby::ConnectionId>& connections,
                   const std::vector<wire::SessionId>& sessions, lobby::Instant now)
{
    for (const lobby::ConnectionId id : connections) {
        hosts_.erase(id);
        is_cut(id);
    }
    for (const wire::SessionId& id : sessions)
        open_sessions_.erase(id);
    session_ended_ = now;
}

void Oracle::is_cut(lobby::ConnectionId id)
{
    if (mourner_) mourner_(id);
    if (const auto found = streams_.find(id); found != streams_.end()) found->second.cut = true;
}

void Oracle::sees(const lobby::Event& event, const lobby::Output& output, lobby::Instant now)
{
    if (next_deadline_ && now > *next_deadline_ + timer_lateness_max)
        complains("nobody looked when a deadline was due");
    if (std::holds_alternative<lobby::Reload>(event)) excused_until_ = now;
    trace_event(event, output, now);
    check_queries(event, output);
    sees_event(event, now);
    for (const lobby::Command& command : output.commands)
        if (const auto* join = std::get_if<lobby::Join>(&command);
            join && manual_.contains(join->guest))
            hears_netplay_.insert(join->host_side);
    for (const lobby::LogEvent& told : output.events) {
        sees_log_event(told, now);
        check_orders(told, now);
    }
    if (witness_) witness_(event, output, now);
}

void Oracle::trace_event(const lobby::Event& event, const lobby::Output& output, lobby::Instant now)
{
    add_to_trace(static_cast<std::uint64_t>(now.time_since_epoch().count()));
    add_to_trace(event.index());
    for (const lobby::Command& command : output.commands) {
        add_to_trace(command.index());
        if (const auto* send = std::get_if<lobby::Send>(&command))
            for (const std::uint8_t byte : send->bytes.view())
                add_to_trace(byte);
        if (const auto* close = std::get_if<lobby::Close>(&command)) {
            add_to_trace(close->connection.value);
            add_to_trace(static_cast<std::uint64_t>(close->reason));
        }
        if (const auto* join = std::get_if<lobby::Join>(&command)) add_to_trace(join->guest.value);
        if (const auto* deliver = std::get_if<lobby::Deliver>(&command))
            add_to_trace(deliver->message.to.value << 32 | deliver->message.bytes.size());
        if (const auto* open = std::get_if<lobby::OpenPort>(&command)) add_to_trace(open->port);
    }
}

// Exactly one answer to each query, with its ticket, and none without; but who asks more often than
// it has guests may lose its session instead.
void Oracle::check_queries(const lobby::Event& event, const lobby::Output& output)
{
    for (const lobby::Command& command : output.commands) {
        const auto* send = std::get_if<lobby::Send>(&command);
        if (send == nullptr || !is_announcement(*send)) continue;
        if (const auto host = hosts_.find(send->connection); host != hosts_.end())
            ++host->second.guests;
    }
    const auto answers = std::ranges::count_if(output.commands, is_address_reply);
    const auto* said = std::get_if<lobby::Said>(&event);
    const auto* query = said == nullptr ? nullptr : std::get_if<wire::AddressQuery>(&said->message);
    if (query == nullptr || !hosts_.contains(said->connection)) {
        if (answers != 0) complains("an answer to no query");
        return;
    }
    Asked& asked = hosts_.at(said->connection);
    const bool is_flood = ++asked.queries > asked.guests + 1;
    const bool has_ended = std::ranges::any_of(output.commands, [&](const lobby::Command& command) {
        const auto* close = std::get_if<lobby::Close>(&command);
        return close != nullptr && close->connection == said->connection &&
               close->reason == CloseReason::query_flood;
    });
    if (is_flood && has_ended && answers == 0) return;
    if (answers != 1) return complains("a query has " + std::to_string(answers) + " answers");
    const auto& send =
        std::get<lobby::Send>(*std::ranges::find_if(output.commands, is_address_reply));
    const auto ticket = send.bytes.view().subspan(wire::magic_size, wire::id_size);
    if (!std::ranges::equal(ticket, query->ticket.bytes) || send.connection != said->connection)
        complains("an answer to another query");
}

void Oracle::sees_event(const lobby::Event& event, lobby::Instant now)
{
    if (const auto* arrived = std::get_if<lobby::Arrived>(&event)) {
        due_[arrived->connection] = now + limits_.greeting;
        peers_[arrived->connection] = arrived->peer;
        last_seen_[key_of(arrived->peer.address)] = now;
    } else if (const auto* greeted = std::get_if<lobby::Greeted>(&event)) {
        if (std::holds_alternative<wire::NewSession>(greeted->greeting))
            due_[greeted->connection] = now + lobby::lost_guest_watch + lobby::doubt_wait_max;
        if (std::holds_alternative<wire::JoinSession>(greeted->greeting) ||
            std::holds_alternative<wire::ManualJoin>(greeted->greeting))
            due_[greeted->connection] = now + limits_.join_wait;
        if (std::holds_alternative<wire::ManualJoin>(greeted->greeting))
            manual_.insert(greeted->connection);
    } else if (const auto* half_closed = std::get_if<lobby::HalfClosed>(&event)) {
        half_closed_[half_closed->connection] = now;
    }
}

void Oracle::sees_log_event(const lobby::LogEvent& event, lobby::Instant now)
{
    if (const auto* opened = std::get_if<lobby::SessionOpened>(&event)) {
        hosts_.try_emplace(opened->host);
        if (draining_) complains("a session was opened while the relay drained");
        const auto& bytes = opened->id.bytes;
        if (opened->id.is_zero() || (!is_fleet_ && !opened->reserved &&
                                     (bytes[0] != node_.value_or(0) || bytes[1] >= workers_)))
            complains("a session id out of order");
        if (node_ && wire::node_of(opened->id) != *node_) complains("an id of another node");
        if (!open_sessions_.insert(opened->id).second) complains("two sessions of one id");
    } else if (const auto* closed = std::get_if<lobby::SessionClosed>(&event)) {
        session_ended_ = now;
        open_sessions_.erase(closed->id);
        std::erase_if(hosts_,
                      [&](const auto& host) { return peers_.at(host.first) == closed->host_peer; });
    } else if (const auto* in_room = std::get_if<lobby::RoomEvent>(&event)) {
        if (draining_ && in_room->event.kind == room::RoomEventKind::room_opened)
            complains("a room was opened while the relay drained");
    } else if (const auto* in_party = std::get_if<lobby::PartyEvent>(&event)) {
        if (draining_ && in_party->event.kind == party::PartyEventKind::party_opened)
            complains("a party was opened while the relay drained");
        const bool is_lost = in_party->event.kind == party::PartyEventKind::peer_left &&
                             in_party->event.reason == CloseReason::peer_lost;
        if (is_lost) ++places_lost_;
    } else if (const auto* away = std::get_if<lobby::TurnedAway>(&event)) {
        check_fate(away->peer, away->reason);
    } else if (const auto* gone = std::get_if<lobby::MemberGone>(&event)) {
        check_fate(gone->peer, gone->reason);
    } else if (const auto* left = std::get_if<lobby::PeerGone>(&event)) {
        check_fate(left->peer, left->reason);
    }
}

void Oracle::check_fate(const wire::Endpoint& peer, CloseReason reason)
{
    const auto expected = expected_.find(peer);
    if (expected == expected_.end()) return;
    // Of a session that is at another node it is not known here whether there is such a one.
    const bool is_away =
        reason == CloseReason::node_down && (expected->second == CloseReason::unknown_session ||
                                             expected->second == CloseReason::expired_session);
    if (expected->second != reason && !is_away && !may_come_first(reason))
        complains("turned away as " + std::string(word(reason)) + " instead of " +
                  std::string(word(expected->second)));
}

void Oracle::counts(const Census& census, const Books& books, lobby::Instant now)
{
    check_use(census, books, now);
    const bool is_due = books.next_deadline && *books.next_deadline <= now;
    if (!is_due) check_bans(census, now); // of many some go in each turn
    check_totals(books);
    check_deadlines(census, books, now);
    // What is due may be so since some time: whoever is late with one frame is so from then on.
    if (std::exchange(told_deadline_, books.next_deadline) != books.next_deadline)
        next_deadline_ = is_due ? now : books.next_deadline;
    // With other settings something may be due that was not, in each lobby: from then on it is.
    if (next_deadline_) next_deadline_ = std::max(*next_deadline_, excused_until_);
}

void Oracle::check_use(const Census& census, const Books& books, lobby::Instant now)
{
    lobby::Use use;
    std::size_t link_ends = 0;
    std::vector<wire::Address> here;
    for (const Seen& seen : census) {
        const bool is_host = hosts_.contains(seen.id);
        here.push_back(key_of(seen.peer.address));
        last_seen_[here.back()] = now;
        ++use.connections;
        if (lobby::is_early(seen.stage)) ++use.greeting;
        if (lobby::is_control(seen.stage)) ++(is_host ? use.sessions : use.greeting);
        if (seen.stage == lobby::Stage::waiting) ++use.waiting_joins;
        if (lobby::is_linked(seen.stage)) ++link_ends;
        if (seen.stage == lobby::Stage::member) ++use.entering;
        if (seen.stage == lobby::Stage::party_peer) ++use.entering_peers;
    }
    for (const lobby::RoomSnapshot& room : books.rooms) {
        ++use.rooms;
        use.members += room.members.size();
        if (room.members.empty()) complains("a room of nobody");
    }
    use.entering -= std::min(use.entering, use.members);
    for (const lobby::PartySnapshot& party : books.parties) {
        ++use.parties;
        if (party.peers.empty()) complains("a party of nobody");
        for (const lobby::PeerSnapshot& peer : party.peers) {
            ++(peer.peer.absent ? use.absent_peers : use.peers);
            if (peer.peer.absent == peer.endpoint.has_value())
                complains("a peer is absent with a connection, or not without one");
        }
    }
    use.entering_peers -= std::min(use.entering_peers, use.peers);
    use.links = link_ends / 2;
    std::ranges::sort(here);
    here.erase(std::unique(here.begin(), here.end()), here.end());
    for (const wire::Address& address : here_before_)
        last_seen_[address] = now;
    here_before_ = here;
    std::erase_if(last_seen_,
                  [&](const auto& entry) { return entry.second + address_memory_max < now; });
    lobby::Use told = books.use;
    if (told.addresses > last_seen_.size() * books.lobbies)
        complains("addresses are remembered for too long");
    if (told.addresses < here.size()) complains("an address is not known");
    told.addresses = 0;
    told.kept_packet_bytes = 0; // those who look at parties look at them
    if (told == use) return;
    const auto text = [](const lobby::Use& of) {
        return std::to_string(of.connections) + "/" + std::to_string(of.greeting) + "/" +
               std::to_string(of.sessions) + "/" + std::to_string(of.waiting_joins) + "/" +
               std::to_string(of.links) + "/" + std::to_string(of.rooms) + "/" +
               std::to_string(of.members) + "/" + std::to_string(of.entering) + "/" +
               std::to_string(of.parties) + "/" + std::to_string(of.peers) + "/" +
               std::to_string(of.absent_peers) + "/" + std::to_string(of.entering_peers);
    };
    complains("use is " + text(told) + " and should be " + text(use));
}

// Every connection ends for one reason; the two of a link share one. The place of a peer that does
// not come back ends for another, beside that of its connection.
void Oracle::check_totals(const Books& books)
{
    const lobby::Totals& totals = books.totals;
    std::uint64_t close_reasons = 0;
    for (const std::uint64_t count : totals.close_reasons)
        close_reasons += count;
    const std::uint64_t ended_links = totals.links - books.use.links;
    close_reasons -= places_lost_;
    if (totals.connections !=
        books.use.connections + books.on_the_way + books.died + close_reasons + ended_links)
        complains("connections and close reasons do not add up");
}

// When whoever waits must have been dealt with. The end of a stream, or of the session, is as good
// as a byte.
lobby::Instant Oracle::due(const Seen& seen) const
{
    if (!lobby::is_linked(seen.stage)) return due_.at(seen.id);
    auto last_sign = std::max(seen.last_byte, session_ended_);
    for (const lobby::ConnectionId end : {seen.id, seen.partner})
        if (const auto found = half_closed_.find(end); found != half_closed_.end())
            last_sign = std::max(last_sign, found->second);
    return last_sign + idle_max_;
}

void Oracle::check_deadlines(const Census& census, const Books& books, lobby::Instant now)
{
    auto soonest = lobby::Instant::max();
    for (const Seen& seen : census) {
        // Rooms and parties look after their own themselves.
        if (lobby::is_heard(seen.stage) || hosts_.contains(seen.id)) continue;
        soonest = std::min(soonest, due(seen));
    }
    if (soonest == lobby::Instant::max()) return;
    const auto deadline = books.next_deadline;
    if (!deadline || *deadline > soonest) complains("somebody waits without a deadline");
    if (now > soonest + timer_lateness_max) complains("a deadline has passed");
}

void Oracle::link_was_cut(lobby::ConnectionId one, lobby::ConnectionId other)
{
    for (const lobby::ConnectionId id : {one, other})
        if (const auto found = streams_.find(id); found != streams_.end()) found->second.cut = true;
}

} // namespace netplay_relay::simulation
