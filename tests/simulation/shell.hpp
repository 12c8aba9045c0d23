// What src/net/engine.cpp does, on simulated sockets: the lobby, the greetings, the splice and the
// outbox are the real ones, and only the poller, the timer and the sockets are not.
#pragma once

#include "network.hpp"
#include "witness.hpp"

#include "net/connection.hpp"
#include "net/splice.hpp"
#include "netplay_relay/lobby/lobby.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

namespace netplay_relay::simulation {

// A mistake that the simulation has to notice.
enum class Fault : std::uint8_t
{
    none,
    loses_early_bytes,
    sends_early_bytes_late, // behind what was said after the link was there
    keeps_no_rest,          // forgets what a slow reader did not take
    forgets_to_go_on,       // a source whose turn was over is not read again
    takes_one_end_for_both, // no half-closed links
    answers_query_twice,
    leaves_query_open,
    joins_the_wrong_guest,
    forgets_the_dead, // does not tell the lobby that a connection has ended
    sleeps_over,      // the timer fires far too late
    waits_for_ever,   // the timer never fires
};

inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::waits_for_ever) + 1;

class Shell final : public RelayEnd
{
public:
    Shell(Schedule& schedule, Dice dice, lobby::Policy policy, lobby::RandomSource& random,
          Witness& witness, Fault fault);

    void accept(Line line, const wire::Endpoint& peer, std::uint16_t port) override;
    void ready(Line line, Edge edge) override;
    void adopt(lobby::Policy policy)
    {
        tell(lobby::Reload{std::make_shared<const lobby::Policy>(std::move(policy))});
        graveyard_.clear();
    }
    void drain() { tell(lobby::Drain{}); }
    void shut_down() { tell(lobby::Shutdown{}); }

    [[nodiscard]] const lobby::Lobby& lobby() const { return lobby_; }
    [[nodiscard]] std::size_t connections() const { return connections_.size(); }
    [[nodiscard]] std::size_t open_ports() const { return ports_.size(); }
    // Of each link there is; nothing for one on which the inspector has given up.
    [[nodiscard]] std::vector<std::optional<inspect::GameFacts>> games() const;

private:
    using Connection = net::Connection;

    void ready_greeting(Connection& connection, Edge edge);
    void ready_control(Connection& connection, Edge edge);
    void ready_waiting(Connection& connection);
    void ready_linked(Connection& connection, Edge edge);
    void ready_lingering(Connection& connection, Edge edge);
    std::optional<std::span<const std::uint8_t>> read_some(Connection& connection,
                                                           std::size_t most);
    bool pump_link(Connection& source, bool until_empty);
    bool splice_goes_on(const net::SpliceResult& result, Connection& source, Connection& target);
    bool link_broke(Connection& broken, int error);
    void tell_first_word(Connection& source);
    void go_on_later(const Connection& connection);
    void run_unfinished();
    void tell(lobby::Event event);
    void arm_timer();

    void carry_out(const lobby::Send& order);
    void carry_out(const lobby::Join& order);
    void carry_out(const lobby::Close& order);
    void carry_out(const lobby::CloseLink& order);
    void carry_out(const lobby::CheckIdle& order);
    void carry_out(const lobby::CheckAcknowledged& order);
    // shell_rooms.cpp
    void ready_member(Connection& connection, Edge edge);
    void flush_member(Connection& connection);
    void carry_out(const lobby::EnterRoom& order);
    void carry_out(lobby::Deliver& order);
    void carry_out(const lobby::OpenPort& order);
    void carry_out(const lobby::ClosePort& order);

    void end_link(Connection& one, bool flush_one, Connection& other, bool flush_other);
    void say_goodbye(Connection& connection, std::span<const std::uint8_t> last_words);
    void stop_lingering(lobby::ConnectionId id);
    void destroy(Connection& connection);
    void check();
    void note_who_left(const lobby::Event& event);
    [[nodiscard]] Connection* find(lobby::ConnectionId id) const;

    Schedule& schedule_;
    Dice dice_;
    lobby::Lobby lobby_;
    Witness& witness_;
    Fault fault_;
    net::ScratchMemory scratch_;
    std::unordered_map<lobby::ConnectionId, std::unique_ptr<Connection>> connections_;
    std::vector<std::unique_ptr<Connection>> graveyard_;
    std::deque<lobby::Event> events_;
    std::vector<lobby::ConnectionId> unfinished_;
    std::set<lobby::ConnectionId> said_left_;
    std::map<std::uint16_t, lobby::Door> ports_; // open
    bool telling_ = false;
    lobby::Instant armed_ = lobby::Instant::max();
};

} // namespace netplay_relay::simulation
