// Carries out what the lobby decides: owns every player's connection, decides who is read when and
// who has to go, and touches the world through an Io. One worker is one thread and one event loop.
#pragma once

#include "lobby/lobby.hpp"
#include "worker/connection.hpp"
#include "worker/io.hpp"
#include "worker/memory_pressure.hpp"
#include "worker/observer.hpp"
#include "worker/splice.hpp"
#include "worker/traffic.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace netplay_relay::worker {

// Connections that are being closed and have not hung up. For one more the oldest is closed: a
// flood of refused connections must not cost us files.
inline constexpr std::size_t lingering_max = 256;
// So long each may take to read that and hang up.
inline constexpr std::chrono::seconds linger_time{2};

// If nobody is served for so much longer than a beat of the loop, it is nobody's fault.
inline constexpr std::chrono::milliseconds standstill_least{500};

// One endpoint of a link as the status shows it.
struct EndpointFacts
{
    std::uint64_t received = 0; // bytes from this end
    std::uint64_t sent = 0;     // bytes to it: of members and peers only
    std::uint64_t kept = 0;     // bytes that it is too slow to take
    std::optional<TcpFacts> tcp;
};

struct LinkFacts
{
    EndpointFacts guest;
    EndpointFacts host;
    lobby::Instant last_byte{};
    std::optional<inspect::GameFacts> game; // none if nobody reads along
};

class Worker
{
public:
    // `io`, `observer` and `random` must outlive the worker. No two workers between which anything
    // moves have one number.
    Worker(Io& io, Observer& observer, lobby::Policy policy, lobby::RandomSource& random,
           AmongWorkers among = {});
    ~Worker();
    Worker(Worker&&) = delete;

    // Takes in an accepted connection. `id` was never given to another.
    void take(lobby::ConnectionId id, Handle handle, const wire::Endpoint& peer,
              const lobby::ListenerProfile& profile = {});

    // Whoever the new lists deny has to go; everything else holds for what comes next.
    void adopt(lobby::Policy policy);

    // Whether somebody reads along on links that are joined from now on.
    void inspect_new_links(bool on) { inspects_ = on; }

    // What those who do not read may have of the memory, of the kernel's as well. Beyond it those
    // who hold most have to go.
    void limit_slow_memory(std::size_t bytes);

    // So many connections of the process before this one are closed, as nothing is known of them.
    void miss(std::uint64_t connections) { tell(lobby::HandoverFailed{connections}); }

    // What the process before this one has counted.
    void go_on_from(std::uint64_t bytes_moved, const Traffic& traffic)
    {
        bytes_moved_ = bytes_moved;
        traffic_ = traffic;
    }

    // Takes in no new sessions and rooms from now on.
    void begin_draining() { tell(lobby::Drain{}); }

    // What the operator wants: Undrain and what follows it in lobby/event.hpp. It is done when this
    // returns.
    lobby::Outcome order(lobby::Event event);

    // Ends everything. Observer::emptied() tells that the last byte is out.
    void shut_down()
    {
        is_ending_ = true;
        tell(lobby::Shutdown{});
    }

    // worker_moves.cpp: all that goes on in a successor, one part after the other: sessions, rooms,
    // parties, and the connections that belong to none. Nothing changes here, and the handles stay
    // ours.
    void write_all(const std::function<void(const Moving&)>& take);
    [[nodiscard]] std::vector<std::uint8_t> write_memory();
    // The successor has them: no handle is ours any more.
    void abandon();

    // What goes on in another worker. Its handles stay open, and are not ours any
    // more. Nothing if there is no such session, or the connection is part of something.
    [[nodiscard]] std::optional<Moving> release(lobby::SessionKey session);
    [[nodiscard]] std::optional<Moving> release_room(std::uint64_t room);
    [[nodiscard]] std::optional<Moving> release_party(std::uint64_t party); // may have no handles
    [[nodiscard]] std::optional<Moving> release(lobby::ConnectionId connection);
    // Any of them, if newcomers find it wherever it is and it comes to `most` bytes at most: what
    // is large stands still for long. Nothing, and nothing has changed, if that is not so.
    [[nodiscard]] std::optional<Moving> give(lobby::Game game, std::size_t most);
    // Goes on with what another worker has released: not a byte is lost or doubled, and no deadline
    // begins anew. `later`: so much later it is by our clock than by the other's. On a fault
    // nothing has changed, and the handles are still the caller's.
    [[nodiscard]] std::optional<record::Fault> adopt(const Moving& moving,
                                                     lobby::Duration later = {});

    [[nodiscard]] bool has(lobby::ConnectionId connection) const
    {
        return find(connection) != nullptr;
    }
    // Its handle leads somewhere else than before, and the Io does not report it yet.
    void watch_again(lobby::ConnectionId connection);
    // As if the Io had said so.
    void broke(lobby::ConnectionId connection);

    // See lobby::Lobby.
    void note(const lobby::LastNumbers& given) { lobby_.note(given); }
    // What is remembered of those who are gone: see lobby::Lobby.
    [[nodiscard]] std::vector<std::uint8_t> release_memory();
    [[nodiscard]] std::optional<record::Fault> adopt_memory(std::span<const std::uint8_t> memory,
                                                            lobby::Duration later = {});

    // From the Io. Between begin_batch() and end_batch() no connection that was reported is
    // destroyed.
    void begin_batch();
    void ready(Connection& connection, Readiness readiness);
    void end_batch();
    void woken();
    void go_on();

    [[nodiscard]] const lobby::Lobby& lobby() const { return lobby_; }
    // Before take(); see lobby::Lobby. The others are told that this worker is short.
    [[nodiscard]] bool waits_for_share(const wire::Address& address, bool asks);
    [[nodiscard]] lobby::ShareUses heavy_addresses() { return lobby_.heavy_addresses(io_.now()); }
    [[nodiscard]] std::size_t size() const { return connections_.size(); }
    // Nothing once it is gone; of a link, once one of its ends is.
    [[nodiscard]] std::optional<Handle> handle_of(lobby::ConnectionId connection) const;
    [[nodiscard]] std::optional<LinkFacts> facts(const lobby::LinkSnapshot& link) const;
    // The same without asking the kernel: what is played there.
    [[nodiscard]] std::optional<inspect::GameFacts> game_of(const lobby::LinkSnapshot& link) const;
    [[nodiscard]] bool inspects() const { return inspects_; }
    // Of a member of a room, or a peer of a party.
    [[nodiscard]] std::optional<EndpointFacts> facts_of(lobby::ConnectionId heard) const;
    [[nodiscard]] const SlowMemory& slow_memory() const { return slow_memory_; }
    [[nodiscard]] std::uint64_t bytes_moved() const { return bytes_moved_; } // by links that ended
    [[nodiscard]] const Traffic& traffic() const { return traffic_; }
    // When the running batch began, or the last one.
    [[nodiscard]] lobby::Instant batch_began() const { return batch_now_; }

    [[nodiscard]] const Connection* look_at(lobby::ConnectionId id) const { return find(id); }
    // Every connection that is not closed, in no order.
    template <class Visitor>
    void each_connection(const Visitor& visit) const
    {
        for (const Connection& connection : connections_)
            visit(connection);
    }
    // Some of them, for who wants to see all without keeping the others waiting: from 0 on, and
    // then from what was returned until that is 0. Who comes or goes meanwhile may be missed.
    template <class Visitor>
    [[nodiscard]] std::size_t visit_some(std::size_t from, std::size_t most,
                                         const Visitor& visit) const
    {
        constexpr std::size_t buckets_per_one = 8; // they may be empty
        const std::size_t buckets = connections_.bucket_count();
        const std::size_t to = std::min(buckets, from + most * buckets_per_one);
        std::size_t seen = 0;
        for (; from < to && seen < most; ++from)
            for (auto one = connections_.begin(from); one != connections_.end(from); ++one, ++seen)
                visit(*one);
        return from < buckets ? from : 0;
    }

private:
    // worker.cpp: from the connections to the lobby
    void ready_control(Connection& connection, Readiness readiness);
    void ready_waiting(Connection& connection);
    void ready_linked(Connection& connection, Readiness readiness);
    void ready_lingering(Connection& connection, Readiness readiness);
    [[nodiscard]] std::optional<std::span<const std::uint8_t>> read_some(Connection& connection,
                                                                         std::size_t most);
    [[nodiscard]] bool pump_link(Connection& source, bool until_empty);
    void tell_first_word(Connection& source);
    void count_moved(const Connection& source, std::uint64_t bytes)
    {
        (source.is_guest() ? traffic_.to_host : traffic_.to_guest).add(bytes);
    }
    void go_on_later(Connection& connection);
    void tell_others();
    void run_unfinished();
    [[nodiscard]] bool link_broke(Connection& broken, int error);
    [[nodiscard]] bool splice_goes_on(const SpliceResult& result, Connection& source,
                                      Connection& target);
    void tell(lobby::Event event);
    void report(const lobby::LogEvent& event);
    void watch(lobby::ConnectionId id);
    // What is told within a batch is told at its begin: it was ready then.
    [[nodiscard]] lobby::Instant now() const { return in_batch_ ? batch_now_ : io_.now(); }
    void deal_with(const lobby::Event& event);
    void deal_with_queued();
    void deal_with_events();
    void carry_out_output();

    // worker_greeting.cpp
    void ready_introducing(Connection& connection, Readiness readiness);
    void ready_early(Connection& connection, Readiness readiness);
    void ready_greeting(Connection& connection, Readiness readiness);
    [[nodiscard]] bool take_greeting(Connection& connection, std::span<const std::uint8_t> bytes);

    // worker_moves.cpp
    struct MovingConnection;
    void pass_on_leaving();
    void greet_again(lobby::ConnectionId id);
    void catch_up();
    void carry_out_moved();
    [[nodiscard]] Moving write(record::Kind kind, const std::vector<lobby::Mover>& movers,
                               std::span<const std::uint8_t> of_lobby) const;
    [[nodiscard]] Moving finish_release(record::Kind kind, const std::vector<lobby::Mover>& movers,
                                        std::span<const std::uint8_t> of_lobby);
    [[nodiscard]] std::optional<record::Fault> adopt_in_lobby(record::Kind kind,
                                                              record::Reader& from,
                                                              std::span<const lobby::Mover> movers,
                                                              lobby::Duration later);
    [[nodiscard]] std::optional<record::Fault> fault_of(const std::vector<MovingConnection>& coming,
                                                        record::Kind kind,
                                                        const Moving& moving) const;
    void take_in(std::vector<MovingConnection>& coming, const Moving& moving);
    void count_states(const std::vector<lobby::ConnectionId>& ids);

    // worker_commands.cpp: from the lobby to the connections
    void carry_out(const lobby::Send& command);
    void carry_out(const lobby::Join& command);
    void carry_out(const lobby::Close& command);
    void carry_out(const lobby::CloseLink& command);
    void carry_out(const lobby::CheckIdle& command);
    void carry_out(const lobby::CheckAcknowledged& command);
    void carry_out(const lobby::SpeaksFor& command);
    void carry_out(const lobby::PassOn& command);
    void carry_out(const lobby::TellWorker& command)
    {
        io_.tell_worker(command.worker, command.news);
    }
    void carry_out(const lobby::TellWorkers& command) { io_.tell_workers(command.news); }
    void carry_out(const lobby::OpenPort& command);
    void carry_out(const lobby::ClosePort& command) { io_.close_port(command.port); }
    void end_link(Connection& one, bool flush_one, Connection& other, bool flush_other);
    void close_gracefully(Connection& connection, std::span<const std::uint8_t> reply,
                          bool peer_hangs_up = false);
    void stop_lingering();
    void watch_slow(Connection& connection);
    void look_at_slow();
    void lose(lobby::ConnectionId id, wire::CloseReason how);
    void destroy(Connection& connection);
    [[nodiscard]] Connection* find(lobby::ConnectionId id) const;

    // worker_rooms.cpp: members of rooms, and peers of parties
    void ready_heard(Connection& connection, Readiness readiness);
    void tell_said(Connection& connection, std::span<const std::uint8_t> bytes);
    [[nodiscard]] bool write_at_once(Connection& connection, OutboundMessage& message);
    [[nodiscard]] static bool is_backlog_too_long(const Connection& connection);
    void flush_queue(Connection& connection);
    void flush_gathered();
    [[nodiscard]] bool takes_state_too_slowly(const Connection& connection) const;
    [[nodiscard]] bool blocks_state_memory(Connection& connection);
    [[nodiscard]] std::vector<std::uint8_t> pending_output_of(Connection& connection);
    void carry_out(const lobby::Become& command);
    void carry_out(lobby::Deliver& command);

    // worker_timer.cpp
    void arm_timer();
    void wake_soon();
    void beat();
    void notice_standstill();

    // worker_memory.cpp
    void look_at_memory();
    void watch_memory();
    [[nodiscard]] bool may_be_short() const;
    [[nodiscard]] Holder holder_of(const Connection& connection) const;
    void give_up(Connection& connection);

    Io& io_;
    Observer& observer_;
    AmongWorkers among_;
    lobby::Lobby lobby_;
    ScratchMemory scratch_;
    Connections connections_;
    std::vector<Connections::node_type> graveyard_; // closed within the running batch
    Deadlines<lobby::ConnectionId> slow_;
    Deadlines<lobby::ConnectionId> lingering_;
    SlowMemory slow_memory_;
    lobby::Instant memory_look_ = lobby::Instant::max(); // the next; none while it cannot be short
    std::deque<lobby::Event> events_;                    // told while another is being dealt with
    std::vector<lobby::Event> control_events_;
    std::deque<lobby::ConnectionId> unfinished_; // to be read again without being reported
    // To be passed on to other workers or nodes, when nothing is half done.
    std::vector<lobby::PassOn> leaving_;
    lobby::OpenGames told_others_;
    lobby::Output output_;
    bool gathers_ = false; // what is for one peer is written together, when all is carried out
    std::vector<lobby::ConnectionId> gathered_; // for whom there is some
    lobby::Outcome outcome_;                    // of the order that is carried out
    std::uint64_t bytes_moved_ = 0;
    Traffic traffic_;
    lobby::Instant batch_now_{};
    bool in_batch_ = false;
    bool telling_ = false;
    bool inspects_ = false;
    bool is_ending_ = false; // nobody comes any more: all may linger
    bool is_due_ = false;    // woken() is to be called with the next go_on()
    bool wakes_soon_ = false;
    lobby::Instant armed_ = lobby::Instant::max();
    // The loop beats while there are connections: a beat that comes late tells that it stood still.
    lobby::Instant next_beat_ = lobby::Instant::max();
    lobby::Instant beaten_at_{};
};

} // namespace netplay_relay::worker
