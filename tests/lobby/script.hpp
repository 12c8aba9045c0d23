// Talks to a lobby as a shell does, but in names and words: this event, these commands.
#pragma once

#include "lobby/lobby.hpp"
#include "support/netplay_member.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::lobby {

// Commands or events, one in each string:
//   "host <- RATS"                 the session's id, remembered as that of `host`
//   "host <- RATL guest"           also "host <- RATP"
//   "host <- RATA guest 192.0.2.1"
//   "join guest guest-side"
//   "close guest displaced"        also "close link guest idle" and "check guest"
//   "close host host_denied, without a reply"
//   "enter member"                 a member of a room from now on, "enter party peer" of a party
//   "close peer kicked, which hangs up first"
//   "open 5001 session of host"    also "open 5001 room 1", "open 5001 legacy", "close port 5001"
//   "asker <- NEW_PORT 5001"
// What members of rooms are told has no words: it is handed to the member, and what that one says
// to it is said at once.
using Words = std::vector<std::string>;

// Draws ids that a test can foretell: what is scripted first, then 1, 2, 3 ... in the last byte.
class ScriptedRandom final : public RandomSource
{
public:
    void fill(std::span<std::uint8_t> bytes) override;

    std::deque<std::vector<std::uint8_t>> script;
    std::uint64_t drawn = 0;
    std::size_t last_size = 0;
};

// Whether a guest's netplay header comes right behind its greeting, as from every RetroArch.
enum class Guest : std::uint8_t
{
    speaking,
    silent
};

// A default policy with what the test changes in its limits.
template <class Change>
[[nodiscard]] Policy policy_with(Change change)
{
    Policy policy;
    policy.limits.host_ping = Seconds{0};
    change(policy.limits);
    return policy;
}
[[nodiscard]] Policy quiet_policy(); // no pings between the lines
template <class Change>
[[nodiscard]] Policy quiet_policy_with(Change change)
{
    Policy policy = quiet_policy();
    change(policy);
    return policy;
}
[[nodiscard]] Policy promising(std::vector<ReservedSession> reserved); // and quiet

inline const wire::SessionId club{{9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 1}}; // an id to promise

// Every event is followed by a look at the lobby's consistency and at its next deadline. CheckIdle
// is answered at once, as by every shell, with the last time of bytes_move().
class Script
{
public:
    explicit Script(Policy policy = quiet_policy());

    // One event each, and what follows from it. Whoever greets has arrived; without an address
    // given everybody has one of its own.
    Words arrives(const std::string& name, std::string_view address = {});
    Words asks(const std::string& host, bool more = false);
    Words joins(const std::string& guest, const std::string& host, Guest kind = Guest::speaking);
    Words joins(const std::string& guest, const wire::SessionId& session, Guest kind);
    Words accepts(const std::string& host_side, const std::string& guest);
    Words accepts(const std::string& host_side, const wire::TicketId& ticket);
    // Speaks netplay and names no session; may be let into a room, and goes on by itself there.
    Words comes(const std::string& name, tests::MemberTraits traits = {});
    // The same with first bytes of the test's own, which is all that it ever says.
    Words comes_as(const std::string& name, wire::ManualCaller caller,
                   std::vector<std::uint8_t> first);
    void tries_passwords(); // wrong ones, until it is told on arrival that it has to wait
    // A WebSocket, or a web browser; what it says follows by says().
    Words requests_web(const std::string& name, std::string_view address = {});
    Words requests_port(const std::string& asker);
    Words says(const std::string& member, std::span<const std::uint8_t> bytes);
    Words is_refused(const std::string& name, wire::Refusal refusal);
    Words queries(const std::string& host, const std::string& guest);
    Words queries(const std::string& host, const wire::TicketId& ticket);
    Words pongs(const std::string& host);
    Words speaks(const std::string& guest);
    Words is_answered(const std::string& guest); // by its host, with a netplay header
    Words speaks_like_guest(const std::string& host);
    Words finishes(const std::string& name); // one end of a link is half-closed
    Words leaves(const std::string& name, CloseReason how = CloseReason::left);
    Words reloads(const Policy& policy);
    Words shuts_down();
    Words tells(const Event& event);

    // Time passes, with a Tick at each deadline as from the shell's timer.
    Words passes(Duration duration);

    // No event: the shell only remembers it.
    void bytes_move(const std::string& guest) { last_byte_[guest] = now; }

    // Whoever arrives next comes through this listener.
    ListenerProfile profile;
    std::set<std::uint16_t> busy_ports; // cannot be opened
    // Whose machine acknowledges nothing; everybody else's has acknowledged all.
    std::set<std::string> dead;
    // To whom something is always on its way, and when it acknowledged last.
    std::map<std::string, Duration> slow_lines;
    [[nodiscard]] const std::map<std::uint16_t, ListenerProfile>& ports() const { return ports_; }
    void forget_heard(const std::string& name) { heard_[name].clear(); }
    [[nodiscard]] tests::NetplayMember& member(const std::string& name)
    {
        return *members_.at(name);
    }
    [[nodiscard]] const std::vector<std::uint8_t>& heard_by(const std::string& name)
    {
        return heard_[name];
    }

    // Several events whose commands are of no interest: a host with an open session, a guest that
    // the host was told of, a link between `guest` and `guest`-side.
    void hosts(const std::string& host, std::string_view address = {});
    void waits(const std::string& guest, const std::string& host, Guest kind = Guest::speaking);
    void links(const std::string& guest, const std::string& host, Guest kind = Guest::speaking);
    // The host's end comes from that address.
    void links_from(std::string_view address, const std::string& guest, const std::string& host);

    [[nodiscard]] Words events(); // since asked last
    [[nodiscard]] std::uint64_t said(CloseReason reason) const;
    [[nodiscard]] bool is_here(const std::string& name) const { return here_.contains(name); }
    [[nodiscard]] ConnectionId id_of(const std::string& name) const { return ids_.at(name); }
    [[nodiscard]] wire::TicketId ticket_of(const std::string& guest) const;
    [[nodiscard]] wire::SessionId session_of(const std::string& host) const;
    [[nodiscard]] std::string address_of(const std::string& name) const;
    [[nodiscard]] SessionSnapshot look_at(const std::string& host) const;

    ScriptedRandom random;
    Lobby lobby;
    Instant now{std::chrono::hours{1}};
    Outcome outcome; // of what was told last

private:
    [[nodiscard]] Acknowledgement acknowledgement_of(ConnectionId id);
    [[nodiscard]] Words in_words(const Output& output);
    [[nodiscard]] std::string in_words(const Send& command);
    [[nodiscard]] std::string in_words(const Join& command);
    [[nodiscard]] std::string in_words(const Close& command);
    [[nodiscard]] std::string in_words(const CloseLink& command);
    [[nodiscard]] std::string in_words(const CheckIdle& command);
    [[nodiscard]] std::string in_words(const Become& command);
    [[nodiscard]] std::string in_words(const Deliver& command);
    [[nodiscard]] std::string in_words(const OpenPort& command);
    [[nodiscard]] std::string in_words(const ClosePort& command);
    [[nodiscard]] std::string in_words(const CheckAcknowledged& command);
    [[nodiscard]] std::string in_words(const SpeaksFor& command);
    [[nodiscard]] std::string in_words(const PassOn& command);
    [[nodiscard]] static std::string in_words(const TellWorker& command)
    {
        return "tell_worker " + std::to_string(command.worker);
    }
    [[nodiscard]] static std::string in_words(const TellWorkers&) { return "tell_workers"; }
    [[nodiscard]] std::string event_in_words(const LogEvent& event) const;
    [[nodiscard]] std::string room_event_in_words(const RoomEvent& told) const;
    [[nodiscard]] std::string party_event_in_words(const PartyEvent& told) const;
    [[nodiscard]] std::string name_of(ConnectionId connection) const;
    [[nodiscard]] std::string name_of(const wire::Endpoint& peer) const;
    void arrive_if_new(const std::string& name);
    void is_gone(const std::string& name);

    std::map<std::string, ConnectionId> ids_;
    std::map<std::string, wire::Endpoint> peers_;
    std::map<std::string, std::string> partners_;
    std::map<std::string, wire::TicketId> tickets_;
    std::map<std::string, wire::SessionId> sessions_;
    std::map<std::string, Instant> last_byte_;
    std::map<std::string, std::unique_ptr<tests::NetplayMember>> members_;
    std::map<std::string, std::vector<std::uint8_t>> first_words_; // said before it was let in
    std::map<std::string, std::vector<std::uint8_t>> heard_;       // by members
    std::map<std::uint16_t, ListenerProfile> ports_;               // open
    std::deque<std::pair<std::string, std::vector<std::uint8_t>>> replies_;
    std::deque<PortAnswer> answers_;
    bool replying_ = false;
    std::set<std::string> here_;
    Words events_;
    std::uint64_t last_id_ = 0;
};

} // namespace netplay_relay::lobby
