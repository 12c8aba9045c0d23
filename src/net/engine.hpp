// The relay on real sockets: a worker, the epoll set, timer and listeners that it runs on, and its
// log. One engine is one event loop, and decides nothing.
#pragma once

#include "base/number_source.hpp"
#include "net/event_listener.hpp"
#include "net/event_log.hpp"
#include "net/handover.hpp"
#include "net/hops.hpp"
#include "net/poller.hpp"
#include "net/quiet_time.hpp"
#include "net/socket_io.hpp"
#include "net/tally.hpp"
#include "net/tcp.hpp"
#include "worker/worker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::net {

// How players reach the relay, where it cannot know that by itself.
struct PublicName
{
    std::string name;       // empty: the address each host has reached
    std::uint16_t port = 0; // 0: the port each host has reached
};

class Listener;

// The other workers of the process, for one of them.
class Neighbours
{
public:
    virtual ~Neighbours() = default;

    // This goes on in that one, with its sockets.
    virtual void pass_on(std::uint16_t worker, worker::Moving moving) = 0;
    // What is open at `worker`, which tells so.
    virtual void tell_others(std::uint16_t worker, const lobby::OpenGames& games) = 0;
};

// Connections of the process before this one.
struct TakenOver
{
    std::uint32_t connections = 0;
    std::uint32_t lost = 0;
    bool has_memory = false; // whole: bans, promises and what else is not of one connection
};

// The addresses without those that 0.0.0.0 or :: among them covers: on the same port the kernel
// refuses both. No address twice.
[[nodiscard]] std::vector<wire::Address>
without_covered(const std::vector<wire::Address>& addresses);

class Engine final : private SocketIo, private worker::Observer
{
public:
    // `io` and `random` must outlive the engine.
    Engine(boost::asio::io_context& io, lobby::Policy policy, PublicName public_name,
           lobby::RandomSource& random, AmongWorkers among = {});
    ~Engine() override;
    Engine(Engine&&) = delete;

    // Before the first newcomer, if there are others; they must outlive the engine's run.
    void set_neighbours(Neighbours& neighbours) { neighbours_ = &neighbours; }
    // Somebody whom another worker has passed on: closed, and counted, if that cannot be.
    void take_passed(const worker::Moving& moving);
    void tell_of_others(const lobby::OpenGames& games)
    {
        (void)worker_.order(lobby::OpenElsewhere{games});
    }

    void set_share(const lobby::Amounts& share) { (void)worker_.order(lobby::SetShare{share}); }

    // engine_fleet.cpp: a node of a fleet, from before the first newcomer on
    void join_fleet(const FleetMember& member);
    void see_fleet(const std::shared_ptr<const fleet::View>& view, const NodeEndpoints& endpoints);
    // A player from another node, and the record that came with it. The link has a TLS stream, on
    // which the other node is answered.
    void take_hopped(UniqueFd link, const fleet::Head& head, std::vector<std::uint8_t> record);
    // Of players whose games are at other nodes.
    [[nodiscard]] std::size_t hops() const { return hops_.count(); }

    // Told beside the log. It must outlive the engine's run.
    void also_tell(EventListener& listener) { listener_ = &listener; }

    // Takes in an accepted connection.
    void take(UniqueFd socket, const wire::Endpoint& peer,
              const lobby::ListenerProfile& profile = {});

    // Where ports for single sessions and rooms are opened: on each of these that no other one of
    // them covers.
    void listen_for_ports_at(const std::vector<wire::Address>& addresses);

    // Whoever the new lists deny has to go; everything else holds for what comes next.
    void adopt(lobby::Policy policy, PublicName public_name);

    // Whether somebody reads along on links that are joined from now on.
    void inspect_new_links(bool on) { worker_.inspect_new_links(on); }

    // What those who do not read may have of the memory, of the kernel's as well. Beyond it those
    // who hold most have to go.
    void limit_slow_memory(std::size_t bytes) { worker_.limit_slow_memory(bytes); }

    // engine_handover.cpp: all that a successor needs; nothing changes here.
    void hand_over(OutgoingHandover& into);
    // From now on this process goes on with it, instead of the one that wrote it. What could not be
    // taken over is closed, counted and logged. Before anybody else is taken in, once.
    // A long pause is nobody's fault.
    TakenOver take_over(IncomingHandover& from);
    void miss(std::uint64_t connections) { worker_.miss(connections); }
    // The restart with live games that has brought this process here.
    void count_handover(const HandoverCounts& counts);
    [[nodiscard]] std::uint64_t last_connection_id() const { return connection_ids_.last(); }

    // Takes in no new sessions and rooms from now on, and calls `done` when the last one has ended.
    void begin_draining(std::function<void()> done);

    // engine_control.cpp: what the operator wants, done when it returns. True if there was such a
    // session, room, link, connection, ban or reservation. From the loop, and not out of what a
    // listener hears.
    bool end_session(const wire::SessionId& session);
    bool end_room(std::uint64_t number);
    bool end_party(std::uint64_t number);
    bool end_link(lobby::ConnectionId guest);
    // A member of a room, a peer of a party, a guest, one that waits, or a host, whose session ends
    // with it.
    bool send_away(lobby::ConnectionId who);
    bool send_away(std::uint64_t party, std::int32_t peer); // it may be absent
    // How many rooms were told.
    lobby::Outcome say(std::optional<std::uint64_t> room, const std::string& text);
    // How many had to go. Nothing is banned where there is no more room, or that ends in the past.
    std::size_t ban(const lobby::Ban& ban);
    void adopt_bans(std::vector<lobby::Ban> bans);
    // They end when these say, which may be over.
    void replace_bans(std::vector<lobby::Ban> bans);
    [[nodiscard]] bool can_ban(const wire::Network& network) const; // see lobby::bans_max
    bool lift_ban(const wire::Network& network);
    [[nodiscard]] std::vector<lobby::Ban> bans() const { return lobby().bans(); }
    // Called behind every ban that is given or lifted, but not for those that end by themselves.
    void when_bans_change(std::function<void()> act) { when_bans_change_ = std::move(act); }
    // Likewise behind every reservation, and behind take_new().
    void when_promises_change(std::function<void()> act) { when_promises_change_ = std::move(act); }
    void take_new(bool allowed); // sessions, rooms and legacy ports
    [[nodiscard]] bool takes_new() const { return lobby().takes_new(); }
    void stop_draining();
    // Its id; nothing if it is for no network, too many networks, or the past, or one too many.
    std::optional<wire::SessionId> reserve(lobby::Reservation reservation);
    bool lift_reservation(const wire::SessionId& id);
    // Instead of what is known of these ids; those whose time is over are gone then.
    void adopt_reservations(const std::vector<lobby::Reservation>& reservations);
    [[nodiscard]] std::vector<lobby::Reservation> reservations() const
    {
        return lobby().reservations();
    }
    // Whose connection this is, to ban its address; nothing once it is gone.
    [[nodiscard]] std::optional<wire::Endpoint> peer_of(lobby::ConnectionId connection) const;

    // Ends everything and calls `done` once the last byte is out, or after `grace`.
    void shut_down(std::chrono::seconds grace, std::function<void()> done);

    // The event loop, for players and for all that the io_context has to do, until that is stopped;
    // or one turn of it, which waits for so long at most.
    void run() { poller_.run(); }
    void turn(std::chrono::milliseconds longest) { poller_.turn(longest); }

    using SocketIo::now;
    [[nodiscard]] const lobby::Lobby& lobby() const { return worker_.lobby(); }
    // Nothing once the link or the host is gone.
    [[nodiscard]] std::optional<worker::LinkFacts> facts(const lobby::LinkSnapshot& link) const
    {
        return worker_.facts(link);
    }
    // Costs no system call.
    [[nodiscard]] std::optional<inspect::GameFacts> game_of(const lobby::LinkSnapshot& link) const
    {
        return worker_.game_of(link);
    }
    [[nodiscard]] bool inspects() const { return worker_.inspects(); }
    [[nodiscard]] std::optional<worker::EndpointFacts> facts_of(lobby::ConnectionId heard) const
    {
        return worker_.facts_of(heard);
    }
    [[nodiscard]] std::optional<TcpFacts> tcp_facts_of(lobby::ConnectionId connection) const;
    [[nodiscard]] std::string join_text(const lobby::SessionSnapshot& session) const;
    [[nodiscard]] const worker::SlowMemory& slow_memory() const { return worker_.slow_memory(); }
    [[nodiscard]] std::uint64_t bytes_moved() const { return worker_.bytes_moved(); }
    [[nodiscard]] const worker::Traffic& traffic() const { return worker_.traffic(); }
    [[nodiscard]] const Tally& tally() const { return tally_; }
    [[nodiscard]] lobby::Duration longest_turn() const { return poller_.longest_turn(); }

private:
    // What the worker wants of the world.
    void close(worker::Handle socket, bool reset) override;
    [[nodiscard]] int watch(worker::Handle socket, worker::Connection& connection) override;
    void forget(worker::Handle socket) override { poller_.forget(socket); }
    void wake_at(lobby::Instant when) override;
    void wake_soon() override { poller_.wake_soon(); }
    void pass_on(std::uint16_t worker, worker::Moving moving) override;
    void hop(fleet::Node node, worker::Moving moving) override;
    void tell_others(const lobby::OpenGames& games) override;
    // engine_ports.cpp
    [[nodiscard]] bool open_port(std::uint16_t port,
                                 const lobby::ListenerProfile& profile) override;
    void close_port(std::uint16_t port) override;
    [[nodiscard]] Listening listen_for_port(const wire::Endpoint& endpoint);
    void warn_of_port(const wire::Endpoint& endpoint, int error);
    void bans_changed() const;
    void promises_changed() const;
    // Calls it when what runs now has come to its end.
    void post(std::function<void()> act);

    // engine_log.cpp: what it has to tell
    void report(const lobby::LogEvent& event, const worker::EventFacts& facts) override;
    void handled(const lobby::Event& event, const lobby::Output& output) override;
    void carried_out() override;
    void look_whether_drained();
    void look_whether_empty();
    void emptied() override;
    void stood_still(lobby::Duration gap) override;
    void memory_short(const worker::MemoryShort& what) override;
    void cannot_watch(const wire::Endpoint& peer, int error) override;
    [[nodiscard]] std::string join_text(const wire::SessionId& id, lobby::ConnectionId host) const;
    // Nothing once it is gone.
    [[nodiscard]] std::optional<wire::Endpoint> reached_at(lobby::ConnectionId peer) const;

    // engine_metrics.cpp
    // engine_fleet.cpp: as a successor can take them: what TLS knows of a link stays here
    [[nodiscard]] worker::Moving without_links(worker::Moving part);

    void begin_sampling();
    void sample(std::size_t from);
    void note_round_trip(const worker::Connection& connection);

    boost::asio::io_context& io_;
    PublicName public_name_;
    EventLog event_log_;
    EventListener* listener_ = nullptr; // may be none
    Neighbours* neighbours_ = nullptr;  // likewise
    AmongWorkers among_;
    std::vector<wire::Address> port_addresses_;
    std::map<std::uint16_t, std::vector<std::unique_ptr<Listener>>> ports_;
    std::map<wire::Endpoint, UniqueFd> inherited_ports_; // while we take over
    QuietTime<lobby::Instant> ports_quiet_;              // of ports that cannot be opened
    QuietTime<lobby::Instant> watch_quiet_;              // of connections that cannot be watched
    QuietTime<lobby::Instant> memory_quiet_;             // of memory that is short
    NumberSource connection_ids_;
    boost::asio::steady_timer grace_timer_;
    boost::asio::steady_timer sampling_timer_;
    bool is_sampling_ = false;
    Tally tally_;
    std::function<void()> when_empty_;
    std::function<void()> when_drained_;
    std::function<void()> when_bans_change_;
    std::function<void()> when_promises_change_;
    Poller poller_;
    Hops hops_;
    UniqueFd hung_up_;      // what a successor gets instead of a link
    worker::Worker worker_; // closes its connections in the end: the poller has to forget them
};

} // namespace netplay_relay::net
