// Carries out what the lobby decides: owns every player's connection, turns what happens to it into
// events, and the lobby's orders into system calls. One engine is one event loop.
#pragma once

#include "net/connection.hpp"
#include "net/journal.hpp"
#include "net/memory_pressure.hpp"
#include "net/poller.hpp"
#include "net/quiet_time.hpp"
#include "net/splice.hpp"
#include "netplay_relay/lobby/lobby.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace netplay_relay::net {

// Connections that were said goodbye to and have not hung up. For one more the oldest is closed: a
// flood of refused connections must not cost us files.
inline constexpr std::size_t lingering_max = 256;

// How players reach the relay, where it cannot know that by itself.
struct PublicName
{
    std::string name;       // empty: the address each host has reached
    std::uint16_t port = 0; // 0: the port each host has reached
};

// One leg of a link as the status shows it.
struct LegFacts
{
    std::uint64_t received = 0; // bytes from this end
    std::uint64_t sent = 0;     // bytes to it: of members of rooms only
    std::uint64_t kept = 0;     // bytes that it is too slow to take
    std::optional<TcpFacts> tcp;
};

struct LinkFacts
{
    LegFacts guest;
    LegFacts host;
    lobby::Instant last_byte{};
    std::optional<inspect::GameFacts> game; // none if nobody reads along
};

class Listener;

// The addresses without those that 0.0.0.0 or :: among them covers: on the same port the kernel
// refuses both. No address twice.
[[nodiscard]] std::vector<wire::Address>
without_covered(const std::vector<wire::Address>& addresses);

class Engine final : private PollerClient
{
public:
    // `io` and `random` must outlive the engine.
    Engine(boost::asio::io_context& io, lobby::Policy policy, PublicName public_name,
           lobby::RandomSource& random);
    ~Engine() override;
    Engine(Engine&&) = delete;

    // Takes in an accepted connection.
    void take(UniqueFd socket, const wire::Endpoint& peer, const lobby::Door& door = {});

    // Where ports for single sessions and rooms are opened: on each of these that no other one of
    // them covers.
    void listen_for_ports_at(const std::vector<wire::Address>& addresses);

    // Whoever the new lists deny has to go; everything else holds for what comes next.
    void adopt(lobby::Policy policy, PublicName public_name);

    // Whether somebody reads along on links that are joined from now on.
    void inspect_new_links(bool on) { inspects_ = on; }

    // What those who do not read may have of the memory, of the kernel's as well. Beyond it those
    // who hold most have to go.
    void limit_slow_memory(std::size_t bytes);

    // Takes in no new sessions and rooms from now on, and calls `done` when the last one has ended.
    void begin_draining(std::function<void()> done);

    // Ends everything and calls `done` once the last byte is out, or after `grace`.
    void shut_down(std::chrono::seconds grace, std::function<void()> done);

    [[nodiscard]] const lobby::Lobby& lobby() const { return lobby_; }
    [[nodiscard]] lobby::Instant now() const;
    // Nothing once the link or the host is gone.
    [[nodiscard]] std::optional<LinkFacts> facts(const lobby::LinkSnapshot& link) const;
    [[nodiscard]] std::optional<LegFacts> facts_of(lobby::ConnectionId member) const;
    [[nodiscard]] std::optional<TcpFacts> tcp_facts_of(lobby::ConnectionId connection) const;
    [[nodiscard]] std::string join_text(const lobby::SessionSnapshot& session) const;
    [[nodiscard]] const SlowMemory& slow_memory() const { return slow_memory_; }
    [[nodiscard]] std::uint64_t bytes_moved() const { return bytes_moved_; }

private:
    // engine.cpp: from the sockets to the lobby
    void batch_begins() override;
    void ready(Connection& connection, Readiness readiness) override;
    void batch_ends() override;
    void ready_greeting(Connection& connection, Readiness readiness);
    void ready_control(Connection& connection, Readiness readiness);
    void ready_waiting(Connection& connection);
    void ready_linked(Connection& connection, Readiness readiness);
    void ready_lingering(Connection& connection, Readiness readiness);
    [[nodiscard]] std::optional<std::span<const std::uint8_t>> read_some(Connection& connection,
                                                                         std::size_t most);
    [[nodiscard]] bool pump_link(Connection& source, bool until_empty);
    void tell_first_word(Connection& source);
    void go_on_later(Connection& connection);
    void warn_of_watching(const Connection& connection, int error);
    void run_unfinished();
    [[nodiscard]] bool link_broke(Connection& broken, int error);
    [[nodiscard]] bool splice_goes_on(const SpliceResult& result, Connection& source,
                                      Connection& target);
    void tell(lobby::Event event);

    // engine_orders.cpp: from the lobby to the sockets
    void carry_out(const lobby::Send& order);
    void carry_out(const lobby::Join& order);
    void carry_out(const lobby::Close& order);
    void carry_out(const lobby::CloseLink& order);
    void carry_out(const lobby::CheckIdle& order);
    void carry_out(const lobby::CheckAcknowledged& order);
    void report(const lobby::SessionOpened& news);
    void report(const lobby::SessionClosed& news);
    void report(const lobby::LinkOpened& news);
    void report(const lobby::LinkClosed& news);
    void report(const lobby::TurnedAway& news);
    // engine_rooms.cpp: members of rooms
    void ready_member(Connection& connection, Readiness readiness);
    void tell_said(Connection& connection, std::span<const std::uint8_t> bytes);
    void flush_member(Connection& connection);
    [[nodiscard]] bool takes_state_too_slowly(const Connection& connection) const;
    [[nodiscard]] bool blocks_state_memory(Connection& connection);
    [[nodiscard]] std::vector<std::uint8_t> last_words_of(Connection& connection);
    void carry_out(const lobby::EnterRoom& order);
    void carry_out(lobby::Deliver& order);
    void report(const lobby::RoomEvent& news);
    void report(const lobby::MemberGone& news);
    void report(const lobby::Reloaded& news);
    // engine_ports.cpp: ports that lead to one session or room
    void carry_out(const lobby::OpenPort& order);
    void carry_out(const lobby::ClosePort& order);
    void report(const lobby::WithoutPort& news);
    void warn_of_port(const wire::Endpoint& endpoint, int error);

    // engine_timer.cpp
    void arm_timer();
    void timer_fired();
    void beat();
    void notice_standstill();
    // engine_memory.cpp
    void look_at_memory();
    void watch_memory();
    [[nodiscard]] Holder holder_of(const Connection& connection) const;
    void give_up(Connection& connection);

    void end_link(Connection& one, bool flush_one, Connection& other, bool flush_other);
    void say_goodbye(Connection& connection, std::span<const std::uint8_t> last_words);
    void stop_lingering();
    void stop_one_lingering();
    void watch_slow(Connection& connection);
    void look_at_slow();
    static void leave_nothing(const Connection& connection);
    void destroy(Connection& connection);
    [[nodiscard]] Connection* find(lobby::ConnectionId id) const;
    [[nodiscard]] std::string join_text(const wire::SessionId& id, lobby::ConnectionId host) const;

    boost::asio::io_context& io_;
    lobby::Lobby lobby_;
    PublicName public_name_;
    Journal journal_;
    ScratchMemory scratch_;
    std::unordered_map<lobby::ConnectionId, std::unique_ptr<Connection>> connections_;
    std::vector<std::unique_ptr<Connection>> graveyard_; // closed within the running batch
    struct Later
    {
        lobby::Instant until;
        lobby::ConnectionId connection;
    };
    std::deque<Later> slow_;      // in order of `until`
    std::deque<Later> lingering_; // in order of `until`; some have hung up meanwhile
    std::size_t lingering_count_ = 0;
    SlowMemory slow_memory_;
    lobby::Instant memory_look_ = lobby::Instant::max(); // the next; none while it cannot be short
    QuietTime<lobby::Instant> memory_quiet_;
    std::deque<lobby::Event> events_; // told while another is being dealt with
    std::vector<lobby::Event> control_events_;
    std::deque<lobby::ConnectionId> unfinished_; // to be read again without being reported
    lobby::Actions actions_;
    std::vector<wire::Address> port_addresses_;
    std::map<std::uint16_t, std::vector<std::unique_ptr<Listener>>> ports_;
    QuietTime<lobby::Instant> ports_quiet_; // of ports that cannot be opened
    QuietTime<lobby::Instant> watch_quiet_; // of connections that cannot be watched
    std::uint64_t last_connection_id_ = 0;
    std::uint64_t bytes_moved_ = 0; // of links that have ended
    lobby::Instant batch_now_{};
    bool in_batch_ = false;
    bool telling_ = false;
    bool tick_posted_ = false;
    bool inspects_ = false;
    lobby::Instant armed_ = lobby::Instant::max();
    boost::asio::steady_timer timer_;
    // Tells how long the loop did not turn. It beats while there are connections.
    boost::asio::steady_timer beat_timer_;
    lobby::Instant beaten_at_{};
    bool beats_ = false;
    boost::asio::steady_timer grace_timer_;
    std::function<void()> when_empty_;
    std::function<void()> when_drained_;
    Poller poller_;
};

} // namespace netplay_relay::net
