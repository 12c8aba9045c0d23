// A shell without sockets around a real lobby: it keeps what the engine promises to the lobby, and
// checks what the lobby promises to the engine. Any sequence of its verbs can happen in production.
#pragma once

#include "netplay_relay/lobby/lobby.hpp"
#include "support/netplay_member.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace netplay_relay::fuzz {

enum class Phase : std::uint8_t
{
    greeting, // has said nothing whole
    control,  // asked for a session
    waiting,  // a guest that named one
    linked,   // one end of a link
    member,   // in a room, or on its way into one
    over,     // closed by the lobby, or gone by itself
};

struct Peer
{
    wire::Endpoint endpoint;
    Phase phase = Phase::greeting;
    bool is_departing = false; // gone, but the lobby has not been told yet
    bool has_spoken = false;   // guest: the lobby knows that it has said more than its greeting
    bool has_finished = false; // linked: the end of its stream was read
    bool is_host = false;      // control: has its session id
    bool is_pinged = false;    // control: a ping waits for its answer
    lobby::ConnectionId partner;
    lobby::Instant last_byte{}; // linked
    // Until then it must have become something else, or be gone.
    lobby::Instant settled_by = lobby::Instant::max();
    wire::SessionId session; // control: its own; waiting: the one it named
    lobby::Door door;
    bool names_no_session = false;
    bool asks_for_port = false;
    std::uint16_t given_port = 0;
    // Who speaks netplay: what it has said before it was let in, and the client that goes on.
    std::vector<std::uint8_t> early;
    std::shared_ptr<tests::NetplayMember> member;
};

// Never says the same twice, and is the same in every run.
class CountingRandom final : public lobby::RandomSource
{
public:
    void fill(std::span<std::uint8_t> bytes) override;

private:
    std::uint64_t state_ = 1;
};

class HonestShell
{
public:
    explicit HonestShell(lobby::Policy policy);
    HonestShell(HonestShell&&) = delete;

    // What the world does. Each names a connection that is in the right phase for it.
    // Through the port, if it is open and not 0.
    lobby::ConnectionId arrive(const wire::Endpoint& endpoint, std::uint16_t port = 0);
    // A netplay client that names no session and says this first. With `member` it goes on by
    // itself in a room.
    void come(lobby::ConnectionId id, wire::ManualCaller caller, std::vector<std::uint8_t> first,
              std::shared_ptr<tests::NetplayMember> member);
    void request_port(lobby::ConnectionId id);
    void member_says(lobby::ConnectionId member, const std::vector<std::uint8_t>& bytes);
    void greet(lobby::ConnectionId id, const wire::Greeting& greeting, bool more);
    void refuse(lobby::ConnectionId id, wire::Refusal refusal);
    void say(lobby::ConnectionId id, const wire::ControlMessage& message);
    void speak_like_guest(lobby::ConnectionId id);
    void speak(lobby::ConnectionId guest);      // waiting or linked
    void move_byte(lobby::ConnectionId linked); // traffic, of which the lobby is not told
    void finish(lobby::ConnectionId linked);    // the end of its stream
    void leave(lobby::ConnectionId id, lobby::Departure how);
    void tell_late(const lobby::Event& event); // read before its connection was closed
    void tick();
    void pass(lobby::Duration time) { now_ += time; }
    void adopt(lobby::Policy policy);
    // The next message to a host finds its outbox full; the next link breaks while it is made.
    void fail_next_send() { next_send_fails_ = true; }
    void fail_next_join() { next_join_fails_ = true; }
    void fail_next_port() { next_port_fails_ = true; }

    // From now on nothing new is taken in.
    void drain();

    // The two ends of every run.
    void shut_down();
    void fall_silent();

    [[nodiscard]] bool is_shutting_down() const { return is_shutting_down_; }
    [[nodiscard]] const Peer& peer(lobby::ConnectionId id) const { return peers_.at(id); }
    [[nodiscard]] std::vector<lobby::ConnectionId> all_in(Phase phase) const;
    [[nodiscard]] const std::vector<wire::SessionId>& sessions() const { return sessions_; }
    [[nodiscard]] const std::vector<wire::TicketId>& tickets() const { return tickets_; }
    [[nodiscard]] std::optional<lobby::Instant> next_deadline() const;
    [[nodiscard]] lobby::Instant now() const { return now_; }
    [[nodiscard]] const std::map<std::uint16_t, lobby::Door>& ports() const { return ports_; }

private:
    struct Announced
    {
        lobby::ConnectionId host;
        lobby::Instant when;
        bool is_used = false; // the host has reacted: its slot is free
    };

    void tell(lobby::Event event);
    void handle(const lobby::Event& event);
    void carry_out(const lobby::Send& order);
    void carry_out(const lobby::Join& order);
    void carry_out(const lobby::Close& order);
    void carry_out(const lobby::CloseLink& order);
    void carry_out(const lobby::CheckIdle& order);
    void carry_out(const lobby::CheckAcknowledged& order);
    // honest_shell_rooms.cpp
    void carry_out(const lobby::EnterRoom& order);
    void carry_out(const lobby::Deliver& order);
    void carry_out(const lobby::OpenPort& order);
    void carry_out(const lobby::ClosePort& order);
    void note(const lobby::RoomEvent& news);
    void note(const lobby::MemberGone& news);
    void note(const lobby::WithoutPort& news);
    void note(const lobby::Reloaded& news) const;
    void asker_is_told(Peer& asker, std::span<const std::uint8_t> bytes);
    void check_rooms() const;
    void members_reply();
    void leave_rooms();

    void host_is_told(lobby::ConnectionId id, Peer& host, std::span<const std::uint8_t> bytes);
    void end(lobby::ConnectionId id);

    // honest_shell_checks.cpp
    void note(const lobby::SessionOpened& news);
    void note(const lobby::SessionClosed& news);
    void note(const lobby::LinkOpened& news);
    void note(const lobby::LinkClosed& news);
    void note(const lobby::TurnedAway& news);
    void note_goodbye(lobby::Goodbye goodbye);
    void check_all() const;
    void check_use() const;
    void check_sessions() const;
    void check_totals() const;
    void check_slots(const lobby::SessionSnapshot& session) const;
    [[nodiscard]] std::size_t slots_taken(lobby::ConnectionId host, lobby::Instant since) const;
    void check_announcement(lobby::ConnectionId host, const wire::TicketId& ticket);

    lobby::Instant now_{std::chrono::seconds{1000}};
    CountingRandom random_;
    lobby::Lobby lobby_;
    std::map<lobby::ConnectionId, Peer> peers_;
    std::vector<wire::SessionId> sessions_; // every one ever opened
    std::set<wire::SessionId> open_;        // of them: those not closed yet
    std::vector<wire::TicketId> tickets_;   // every one ever announced
    std::map<wire::TicketId, Announced> announced_;
    std::deque<lobby::Event> events_;
    bool is_telling_ = false;
    bool is_draining_ = false;
    bool is_shutting_down_ = false;
    bool next_send_fails_ = false;
    bool next_join_fails_ = false;
    bool next_port_fails_ = false;
    std::map<std::uint16_t, lobby::Door> ports_; // open
    std::deque<std::pair<lobby::ConnectionId, std::vector<std::uint8_t>>> replies_;
    std::uint64_t rooms_ = 0;   // ever opened
    std::uint64_t members_ = 0; // that ever came into one

    // About the event that is being handled.
    lobby::ConnectionId accepting_;           // asked for a link
    std::optional<wire::TicketId> accepted_;  // with this ticket
    std::optional<wire::TicketId> asked_for_; // a query that must be answered
    lobby::ConnectionId asking_;              // by this host

    std::uint64_t handled_ = 0; // events
    std::uint64_t arrivals_ = 0;
    std::uint64_t ended_ = 0; // connections whose end was in the news
    lobby::GoodbyeCounts goodbyes_{};
    lobby::Limits largest_; // of every policy so far
};

} // namespace netplay_relay::fuzz
