// The workers of the process. One runs in the loop of whoever made them. Several have a thread and
// an event loop each, and share nothing on the way of a byte: then whoever made them serves no
// player, and looks at them, or changes anything, while the thread concerned stands still.
#pragma once

#include "net/balance.hpp"
#include "net/engine.hpp"
#include "net/fleet.hpp"
#include "net/inbox.hpp"
#include "net/listener.hpp"
#include "net/locked_counts.hpp"
#include "net/locked_pools.hpp"
#include "net/told.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

namespace netplay_relay::net {

// Connections of the process before this one.
struct TakenOver
{
    std::uint32_t connections = 0;
    std::uint32_t lost = 0;
    bool has_memory = false; // whole: bans, promises and what else is not of one connection
};

class Workers final : public FleetHome, private Neighbours
{
public:
    using MakeRandom = std::function<std::unique_ptr<lobby::RandomSource>()>;

    // `io` must outlive them. `make_random`: each draws from one of its own. `before`: of the
    // process whose place this one takes, if it takes one's.
    Workers(boost::asio::io_context& io, std::uint16_t count, const lobby::Policy& policy,
            const PublicName& public_name, const MakeRandom& make_random,
            const HandoverFacts* before = nullptr);
    ~Workers() override;
    Workers(Workers&&) = delete;

    [[nodiscard]] std::uint16_t count() const { return static_cast<std::uint16_t>(all_.size()); }

    // The engine of one of them; its thread stands still as long as this lives. From the loop of
    // whoever made them; several may be held, and one several times.
    class Held
    {
    public:
        ~Held();
        Held(Held&& other) noexcept : one_(std::exchange(other.one_, nullptr)) {}
        Held& operator=(Held&&) = delete;
        [[nodiscard]] Engine& operator*() const;
        [[nodiscard]] Engine* operator->() const { return &**this; }

    private:
        friend class Workers;
        struct One;
        explicit Held(One* one) : one_(one) {}
        One* one_;
    };
    [[nodiscard]] Held hold(std::uint16_t worker) const;
    // All of them at once.
    [[nodiscard]] std::vector<Held> hold_all() const;

    // Each in its turn.
    template <class Act>
    void each(const Act& act) const
    {
        for (std::uint16_t worker = 0; worker < count(); ++worker)
            act(*hold(worker));
    }
    // Of all: what `look` returns adds up by add().
    template <class Look>
    [[nodiscard]] auto sum(const Look& look) const
    {
        auto all = look(*hold(0));
        for (std::uint16_t worker = 1; worker < count(); ++worker)
            all.add(look(*hold(worker)));
        return all;
    }
    // The first thing that `look` finds at any of them: it returns an optional.
    template <class Look>
    [[nodiscard]] auto find(const Look& look) const
    {
        auto found = look(*hold(0));
        for (std::uint16_t worker = 1; worker < count() && !found; ++worker)
            found = look(*hold(worker));
        return found;
    }
    // Does something at one of them, in its thread: nobody waits for anybody. From a coroutine of
    // the loop of whoever made them, which goes on there.
    [[nodiscard]] boost::asio::awaitable<void> at(std::uint16_t worker,
                                                  std::function<void(Engine&)> act) const;

    [[nodiscard]] Figures figures() const;
    [[nodiscard]] std::vector<WorkerFacts> facts() const; // of each
    [[nodiscard]] lobby::Use use() const;
    // Of the whole process.
    [[nodiscard]] const lobby::Policy& policy() const { return policy_; }
    [[nodiscard]] lobby::Instant now() const; // as theirs
    // What is open in all, for those who name no session.
    [[nodiscard]] lobby::OpenGames open_games() const;

    // That the thread of this one has used so far.
    [[nodiscard]] std::chrono::nanoseconds cpu_time(std::uint16_t worker) const;
    // What is left of the limits is shared out anew, as far as anybody has much of anything.
    void share_out_again();
    // If there are several.
    [[nodiscard]] Balance& balance() const { return *balance_; }
    // What has come from the process before this one is found by whoever wants it: each worker may
    // have taken over anything. Before newcomers come, and behind that.
    void settle_homes();

    // workers_fleet.cpp
    void join_fleet(const FleetMember& member) override;
    void see_fleet(const std::shared_ptr<const fleet::View>& view,
                   const NodeEndpoints& endpoints) override;
    void take_hopped(UniqueFd link, const fleet::Head& head,
                     std::vector<std::uint8_t> record) override;
    void resume_link(UniqueFd link, const fleet::LinkPlace& place) override;
    void end_lost_links() override;
    // As Engine's, of all.
    void pause_links();
    [[nodiscard]] std::size_t unquiet_links() const;
    [[nodiscard]] std::size_t unquiet_hops() const; // of players who have come here
    void lay_links_again();
    [[nodiscard]] std::vector<std::uint64_t> room_hashes() const override;
    [[nodiscard]] bool takes_rooms() const override;

    // As Engine's, of all.
    void adopt(const lobby::Policy& policy, const PublicName& public_name);
    void inspect_new_links(bool on);
    [[nodiscard]] bool inspects() const { return inspects_; }
    void limit_slow_memory(std::size_t bytes); // in all
    void limit_hops(std::size_t most);         // likewise
    void listen_for_ports_at(const std::vector<wire::Address>& addresses);
    void begin_draining(std::function<void()> done);
    void stop_draining();
    void shut_down(std::chrono::seconds grace, std::function<void()> done);

    // workers_control.cpp: what the operator wants, done when it returns. True if there was such a
    // session, room, link, connection, ban or reservation. From the loop of whoever made them, and
    // not out of what a listener hears.
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
    void adopt_bans(const std::vector<lobby::Ban>& bans);
    // They end when these say, which may be over.
    void replace_bans(const std::vector<lobby::Ban>& bans);
    [[nodiscard]] bool can_ban(const wire::Network& network) const; // see lobby::bans_max
    bool lift_ban(const wire::Network& network);
    // All at once what other nodes have said. How many had to go; nobody is told of a change.
    std::size_t take_bans(const std::vector<lobby::Ban>& bans,
                          const std::vector<wire::Network>& lifted);
    [[nodiscard]] std::vector<lobby::Ban> bans() const;
    [[nodiscard]] std::size_t ban_count() const;
    // Called behind every ban that is given or lifted, but not for those that end by themselves.
    void when_bans_change(std::function<void()> act) { when_bans_change_ = std::move(act); }
    // Likewise behind every reservation, and behind take_new().
    void when_promises_change(std::function<void()> act) { when_promises_change_ = std::move(act); }
    void take_new(bool allowed); // sessions, rooms and legacy ports
    [[nodiscard]] bool takes_new() const;
    // Its id; nothing if it is for no network, too many networks, or the past, or one too many.
    std::optional<wire::SessionId> reserve(lobby::Reservation reservation);
    bool lift_reservation(const wire::SessionId& id);
    // Instead of what is known of these ids; those whose time is over are gone then.
    void adopt_reservations(const std::vector<lobby::Reservation>& reservations);
    [[nodiscard]] std::vector<lobby::Reservation> reservations() const;
    [[nodiscard]] std::optional<wire::Endpoint> peer_of(lobby::ConnectionId connection) const;

    // workers_handover.cpp: all of them stand still until what is returned goes, or for good behind
    // leave(). Nobody is on the way from one to another, and all that has happened has been told.
    [[nodiscard]] std::vector<Held> stand_still();
    // Meanwhile: all that a successor needs. Nothing changes here.
    void hand_over(OutgoingHandover& into, HandoverFacts& facts) const;
    // The successor has them: nobody is served any more.
    void leave();
    // From now on this process goes on with it, instead of the one that wrote it. What could not be
    // taken over is closed, counted and logged. Before anybody else is taken in and before start(),
    // once. A long pause is nobody's fault.
    TakenOver take_over(IncomingHandover& from);
    void miss(std::uint64_t connections) { hold(0)->miss(connections); }
    void count_handover(const HandoverCounts& counts) { hold(0)->count_handover(counts); }

    // Told in the loop of whoever made them. It must outlive their run.
    void also_tell(EventListener& listener);

    // Everybody accepts from this socket, which may be closed then.
    void listen(const UniqueFd& socket, const lobby::ListenerProfile& profile);
    void stop_listening();

    // From now on players are served: by threads of their own, if there are several.
    void start();

    // The loop of whoever made them, until its io_context is stopped; and then the end of all.
    void run();

private:
    using Asked = std::function<void(Engine&)>;

    // From the threads.
    void pass_on(std::uint16_t worker, worker::Moving moving) override;
    void tell_worker(std::uint16_t worker, const lobby::GameMoved& news) override;
    void tell_workers(std::uint16_t worker, const lobby::News& news) override;
    void tell_others(std::uint16_t worker, const lobby::OpenGames& games) override;
    void note_port(std::uint16_t worker, std::uint16_t port, bool is_open) override;
    [[nodiscard]] bool has_port(std::uint16_t worker, std::uint16_t port) const override;

    // Has it done, and `done` called in our loop.
    void ask(std::uint16_t worker, Asked act, std::function<void()> done) const;
    // True if there was one that it was about, at the first that had it; or at any of them, if all
    // are told.
    bool order_first(const lobby::Event& order);
    lobby::Outcome order_all(const lobby::Event& order);
    void know_orders_of(std::uint16_t source, std::uint16_t worker);
    void share_numbers(std::uint64_t last_connection_id);
    void take_over_hops(IncomingHandover& from, TakenOver& taken);
    void empty_inboxes();
    void tell(std::uint16_t worker, std::function<void(Engine&)> what);
    void tell_each();
    void share_out_soon();
    void share_out();
    void share_out_addresses(const std::vector<Held>& all);
    [[nodiscard]] bool relieve_packets(const std::vector<Held>& all);
    [[nodiscard]] std::function<void()> when_all(std::function<void()> done);
    void end_threads();
    [[nodiscard]] bool has_threads() const { return all_.size() > 1; }

    boost::asio::io_context& io_;
    lobby::Policy policy_;
    std::unique_ptr<AsioInbox> inbox_; // of whoever made them, if there are several
    std::unique_ptr<ToldQueue> told_;
    std::vector<lobby::OpenGames> games_;
    boost::asio::steady_timer sharing_;
    std::chrono::steady_clock::time_point shared_at_;
    bool shares_soon_ = false;
    std::function<void()> when_bans_change_;
    std::function<void()> when_promises_change_;
    std::uint16_t reserves_next_ = 0; // the worker that makes the next id
    std::uint32_t room_salt_ = 0;
    bool shares_addresses_ = false; // some are known to all
    bool inspects_ = false;
    std::uint16_t next_for_hop_ = 0;
    LockedCounts counts_;
    LockedPools states_;
    Pool packets_;
    LockedTable rooms_;
    mutable std::mutex ports_mutex_;
    std::map<std::uint16_t, std::uint16_t> ports_; // for sessions and rooms: who listens there
    std::vector<std::unique_ptr<Held::One>> all_;
    std::unique_ptr<Balance> balance_;
};

} // namespace netplay_relay::net
