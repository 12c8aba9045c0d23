// The relay in a simulated network: its workers are the real ones, and only their Io is not. Faults
// are planted in that Io, so that what watches the workers has to notice them.
#pragma once

#include "network.hpp"
#include "oracle.hpp"

#include "worker/worker.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace netplay_relay::simulation {

// A mistake that the simulation has to notice.
enum class Fault : std::uint8_t
{
    none,
    loses_early_bytes,
    sends_early_bytes_late, // behind what was said after the link was there
    keeps_no_rest,          // forgets what a slow reader did not take
    forgets_to_go_on,       // a source that had to wait for its target is not read again
    takes_one_end_for_both, // no half-closed links
    answers_query_twice,
    leaves_query_open,
    joins_the_wrong_guest,
    forgets_the_dead, // does not notice that a connection has ended
    sleeps_over,      // the timer fires far too late
    waits_for_ever,   // the timer never fires
};

inline constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::waits_for_ever) + 1;

class Relay;

// Of a relay that is a node of a fleet: the others.
class Neighbours
{
public:
    virtual ~Neighbours() = default;
    virtual void hop(Relay& from, std::size_t worker, fleet::Node to, worker::Moving moving) = 0;
    virtual void sees(const Relay& at, const lobby::Event& event, const lobby::Output& output) = 0;
    // Nothing is half done: they are looked at in all.
    virtual void look() = 0;
};

class Relay final : public RelayEnd
{
public:
    // Newcomers come to the first of `workers`; see move(). `together`: they are the workers of one
    // process, newcomers come to any of them, and each has what is its own.
    Relay(Schedule& schedule, Rng rng, const lobby::Policy& policy, lobby::RandomSource& random,
          Network& network, Oracle& oracle, Fault fault, std::size_t workers = 1,
          bool together = false, Neighbours* neighbours = nullptr);
    ~Relay() override;

    void accept(Line line, const wire::Endpoint& peer, std::uint16_t port) override;
    void ready(Line line, worker::Readiness readiness) override;
    void adopt(const lobby::Policy& policy);
    void drain();
    void shut_down();
    // What the operator wants, told to every worker; what has come of it in all.
    lobby::Outcome order(const lobby::Event& event);

    // All sessions, rooms, and connections that are part of nothing go on in the next worker, and
    // newcomers come to that one.
    void move();
    // A session, a party, or a connection that is part of nothing, leaves its worker and comes
    // back.
    void move_there_and_back();

    // Together: a game goes on with another worker of the process, and its home knows; or new games
    // are opened with others than before.
    void give_away();

    // What was to be sent to a peer of a party may be kept when it has to go.
    void has_peers() { peer_words_max_ = worker::peer_backlog_max; }

    // In a fleet: one that has come from another node, and one that was not taken there.
    [[nodiscard]] std::optional<record::Fault> take_hopped(const worker::Moving& moving,
                                                           lobby::Duration later);
    void take_back(std::size_t worker, const worker::Moving& moving);
    // Its machine is no more. Returns whom it had.
    [[nodiscard]] std::set<Line> die();
    void note(const lobby::LastNumbers& given);
    [[nodiscard]] bool has(Line line) const
    {
        return homes_.contains(line) || on_the_way_.contains(line);
    }
    [[nodiscard]] std::vector<const lobby::Lobby*> lobbies() const;

    // Another program takes this one's place, with all that it has: only its memory stays behind.
    void hand_over_to_successor();

    [[nodiscard]] Books books() const;   // of all workers
    [[nodiscard]] Census census() const; // the same
    [[nodiscard]] std::size_t sessions_moved() const { return sessions_moved_; }
    [[nodiscard]] std::size_t connections_moved() const { return connections_moved_; } // in them
    [[nodiscard]] std::size_t passed_on() const { return passed_on_; }
    [[nodiscard]] std::size_t given_away() const { return given_away_; }
    [[nodiscard]] std::size_t games_away() const; // that are not at home
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::size_t open_ports() const { return ports_.size(); }
    // Of each link there is; nothing for one on which the inspector has given up.
    [[nodiscard]] std::vector<std::optional<inspect::GameFacts>> games() const;

private:
    class Node;

    void hand_over(Node& to, const std::optional<worker::Moving>& moving);
    [[nodiscard]] AmongWorkers among(std::size_t number) const;
    // relay_together.cpp
    void put(std::size_t worker, std::function<void()> act);
    void do_next(std::size_t worker);
    void hold(std::size_t worker);
    void empty_inboxes();
    void each(const std::function<void(Node&)>& act);
    void pass_on(std::uint16_t worker, const worker::Moving& moving);
    void arrives(std::uint16_t worker, const worker::Moving& moving);
    void tell_worker(std::uint16_t worker, const lobby::GameMoved& news);
    void tell_workers(const Node& source, const lobby::News& news);
    void tell_homes();
    void share_out();
    void tell_others();
    void check();

    Schedule& schedule_;
    Rng rng_;
    Network& network_;
    Oracle& oracle_;
    Fault fault_;
    std::size_t kept_most_; // bytes that a connection may keep
    std::size_t peer_words_max_ = 0;
    struct Port
    {
        lobby::ListenerProfile profile;
        Node* node = nullptr;
    };
    std::map<std::uint16_t, Port> ports_; // open
    std::map<Line, Node*> homes_;         // of connections that are watched
    std::set<Line> on_the_way_;           // from one worker to another
    struct Inbox
    {
        std::deque<std::function<void()>> acts;
        bool is_awake = false; // or will be
    };
    std::vector<Inbox> inboxes_; // of the workers
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<std::unique_ptr<Node>> retired_; // their timers may still fire
    std::size_t front_ = 0;
    lobby::Policy policy_;
    lobby::RandomSource& random_;
    bool drains_ = false;
    bool together_;
    bool is_dead_ = false;
    Neighbours* neighbours_;
    std::size_t next_for_hop_ = 0;
    std::size_t workers_;
    std::size_t passed_on_ = 0;
    std::size_t given_away_ = 0;
    std::size_t sessions_moved_ = 0;
    std::size_t connections_moved_ = 0;
};

} // namespace netplay_relay::simulation
