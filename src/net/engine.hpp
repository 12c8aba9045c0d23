// The relay on real sockets: a worker, the epoll set, timer and listeners that it runs on, and its
// log. One engine is one event loop, and decides nothing.
#pragma once

#include "base/number_source.hpp"
#include "net/event_listener.hpp"
#include "net/event_log.hpp"
#include "net/figures.hpp"
#include "net/handover.hpp"
#include "net/hops.hpp"
#include "net/newcomers.hpp"
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
#include <utility>
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
    // To be told to that one.
    virtual void tell_worker(std::uint16_t worker, const lobby::GameMoved& news) = 0;
    // To be told to all but `worker`.
    virtual void tell_workers(std::uint16_t worker, const lobby::News& news) = 0;
    // What is open at `worker`, which tells so.
    virtual void tell_others(std::uint16_t worker, const lobby::OpenGames& games) = 0;
    // `worker` listens on a port for sessions or rooms, or does so no more.
    virtual void note_port(std::uint16_t worker, std::uint16_t port, bool is_open) = 0;
    // Another one than `worker` does.
    [[nodiscard]] virtual bool has_port(std::uint16_t worker, std::uint16_t port) const = 0;
};

// Listening sockets of the process before this one, while it is taken over.
using InheritedPorts = std::map<wire::Endpoint, UniqueFd>;

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

    // A game goes on with another worker: see worker::Worker::give().
    [[nodiscard]] std::optional<worker::Moving> give(lobby::Game game, std::size_t most)
    {
        return worker_.give(game, most);
    }
    // Nothing has changed on a fault.
    [[nodiscard]] std::optional<record::Fault> take_given(const worker::Moving& moving);
    // Of a connection: all that it has said and was sent.
    [[nodiscard]] std::uint64_t bytes_of(lobby::ConnectionId id) const
    {
        const worker::Connection* one = worker_.look_at(id);
        if (one == nullptr) return 0;
        return one->received + (one->member != nullptr ? one->member->sent : 0);
    }
    void note_moved(const lobby::GameMoved& news) { (void)worker_.order(news); }
    void hear(const lobby::News& news) { (void)worker_.order(news); }
    void place_new(std::vector<std::uint8_t> weights)
    {
        (void)worker_.order(lobby::SetPlacing{std::move(weights)});
    }

    void set_address_shares(std::shared_ptr<const lobby::NetworkShares> shares)
    {
        (void)worker_.order(lobby::SetAddressShares{std::move(shares)});
    }
    // Behind new shares.
    void look_at_newcomers() { newcomers_.look_again(); }
    // Nobody waits any more to be taken in.
    void take_all() { newcomers_.take_all(); }
    [[nodiscard]] lobby::ShareUses heavy_addresses() { return worker_.heavy_addresses(); }
    // engine_fleet.cpp: a node of a fleet, from before the first newcomer on
    void join_fleet(const FleetMember& member);
    void see_fleet(const std::shared_ptr<const fleet::View>& view, const NodeEndpoints& endpoints);
    // A player from another node, and the record that came with it. The link has a TLS stream, on
    // which the other node is answered.
    void take_hopped(UniqueFd link, const fleet::Head& head, std::vector<std::uint8_t> record);
    // Links pause for a process that takes this one's place, here and at the other nodes: those
    // that are quiet by then outlive this one.
    void pause_links();
    [[nodiscard]] std::size_t unquiet_links();
    [[nodiscard]] std::size_t unquiet_hops() { return hops_.unquiet(); }
    void hand_over_links(OutgoingHandover& into) const;
    void take(const HandedHop& hop, UniqueFd player) { hops_.take(hop, std::move(player)); }
    void lay_links_again() { hops_.lay_links_again(); }
    // One of another node's, on another connection; `link` is moved out if it is taken. Nothing:
    // its player is not here.
    [[nodiscard]] std::optional<fleet::Verdict>
    resume_link(UniqueFd& link, const fleet::LinkPlace& place, const NamedLink& known);
    // Those that have paused for too long.
    void end_lost_links();
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

    void limit_hops(std::size_t most) { hops_.limit(most); }

    // What those who do not read may have of the memory, of the kernel's as well. Beyond it those
    // who hold most have to go.
    void limit_slow_memory(std::size_t bytes) { worker_.limit_slow_memory(bytes); }

    // engine_handover.cpp: all that a successor needs, in this order; nothing changes here.
    void hand_over_memory(OutgoingHandover& into);
    void hand_over(OutgoingHandover& into);
    // The other way round, before anybody else is taken in. On a fault nothing has changed, and the
    // handles are still the caller's. `later`: see worker::Worker::adopt(). `ports`, which must
    // outlive what is adopted, has the sockets for ports that are open already.
    void inherit_ports(InheritedPorts* ports) { inherited_ports_ = ports; }
    [[nodiscard]] std::optional<record::Fault> adopt_memory(std::span<const std::uint8_t> memory,
                                                            lobby::Duration later);
    [[nodiscard]] std::optional<record::Fault> adopt(const worker::Moving& part,
                                                     lobby::Duration later);
    void go_on_from(const HandoverFacts& facts);
    void miss(std::uint64_t connections) { worker_.miss(connections); }
    // The restart with live games that has brought this process here.
    void count_handover(const HandoverCounts& counts);
    [[nodiscard]] std::uint64_t last_connection_id() const { return connection_ids_.last(); }
    void note_connection_id(std::uint64_t given) { connection_ids_.note(given); }
    void note(const lobby::LastNumbers& given) { worker_.note(given); }

    // Takes in no new sessions and rooms from now on, and calls `done` when the last one has ended.
    void begin_draining(std::function<void()> done);

    void stop_draining();
    // What the operator wants, done when it returns. From the loop, and not out of what a listener
    // hears.
    lobby::Outcome order(lobby::Event event) { return worker_.order(std::move(event)); }
    // Whose connection this is, to ban its address; nothing once it is gone.
    [[nodiscard]] std::optional<wire::Endpoint> peer_of(lobby::ConnectionId connection) const;

    // Ends everything and calls `done` once the last byte is out, or after `grace`.
    void shut_down(std::chrono::seconds grace, std::function<void()> done);

    // The event loop, for players and for all that the io_context has to do, until that is stopped;
    // or one turn of it, which waits for so long at most.
    void run() { poller_.run(); }
    // Does what others put into it. It must outlive the engine's run.
    void serve(Inbox& inbox) { poller_.serve(inbox); }
    // Whoever else has posted something to the loop has to say so.
    void let_asio_run() { poller_.let_asio_run(); }
    void turn(std::chrono::milliseconds longest) { poller_.turn(longest); }
    [[nodiscard]] Poller& poller() { return poller_; }

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
    [[nodiscard]] Figures figures() const;
    [[nodiscard]] bool inspects() const { return worker_.inspects(); }
    [[nodiscard]] std::optional<worker::EndpointFacts> facts_of(lobby::ConnectionId heard) const
    {
        return worker_.facts_of(heard);
    }
    [[nodiscard]] std::optional<TcpFacts> tcp_facts_of(lobby::ConnectionId connection) const;
    [[nodiscard]] std::string join_text(const lobby::SessionSnapshot& session) const;
    [[nodiscard]] const AmongWorkers& among() const { return among_; }
    [[nodiscard]] lobby::Duration longest_turn() const { return poller_.longest_turn(); }

private:
    // What the worker wants of the world.
    void close(worker::Handle socket, bool reset) override;
    [[nodiscard]] int watch(worker::Handle socket, worker::Connection& connection) override;
    // Of a link what is decrypted already.
    [[nodiscard]] bool may_hold_back(worker::Handle socket) const override;
    void forget(worker::Handle socket) override { poller_.forget(socket); }
    void wake_at(lobby::Instant when) override;
    void wake_soon() override { poller_.wake_soon(); }
    void pass_on(std::uint16_t worker, worker::Moving moving) override;
    void tell_worker(std::uint16_t worker, const lobby::GameMoved& news) override;
    void tell_workers(const lobby::News& news) override;
    void hop(fleet::Node node, worker::Moving moving) override;
    void tell_others(const lobby::OpenGames& games) override;
    // engine_ports.cpp
    [[nodiscard]] bool open_port(std::uint16_t port,
                                 const lobby::ListenerProfile& profile) override;
    void close_port(std::uint16_t port) override;
    [[nodiscard]] bool is_port_elsewhere(std::uint16_t port) const override;
    [[nodiscard]] Listening listen_for_port(const wire::Endpoint& endpoint);
    void warn_of_port(const wire::Endpoint& endpoint, int error);
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
    [[nodiscard]] bool serves(const NamedLink& link) const;

    void begin_sampling();
    void take_in(Newcomers::One one);
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
    InheritedPorts* inherited_ports_ = nullptr; // while we take over
    QuietTime<lobby::Instant> ports_quiet_;     // of ports that cannot be opened
    QuietTime<lobby::Instant> watch_quiet_;     // of connections that cannot be watched
    QuietTime<lobby::Instant> memory_quiet_;    // of memory that is short
    NumberSource connection_ids_;
    boost::asio::steady_timer grace_timer_;
    boost::asio::steady_timer sampling_timer_;
    bool is_sampling_ = false;
    Tally tally_;
    std::function<void()> when_empty_;
    std::function<void()> when_drained_;
    Poller poller_;
    Newcomers newcomers_;
    Hops hops_;
    UniqueFd hung_up_;      // what a successor gets instead of a link
    worker::Worker worker_; // closes its connections in the end: the poller has to forget them
};

} // namespace netplay_relay::net
