// A fleet in a simulated network: its relays are the real workers, what they know of each other is
// really theirs (fleet::Roll), and what is simulated is what lies between them: links that are
// slow, cut, or lead to machines that are no more.
#pragma once

#include "relay.hpp"

#include "fleet/roll.hpp"

#include <map>
#include <memory>
#include <set>
#include <vector>

namespace netplay_relay::simulation {

// When nothing has happened to any node for so long, all of them see the same fleet: a link that
// was cut is tried again, and its first beat is heard.
inline constexpr std::chrono::seconds agreed_after{12};

// One node: a machine that may be down.
struct Machine
{
    fleet::Node number = 0;
    std::size_t workers = 1;
    std::unique_ptr<Relay> relay; // none: it is down
    std::size_t lives = 0;        // so often it has begun
    bool drains = false;
    lobby::Instant drains_since{};
    std::optional<fleet::Roll> roll;
    fleet::View view;
    fleet::Beat beat;
    std::vector<std::uint64_t> rooms; // as its office was told
    bool takes_new = true;
    lobby::Instant told_workers{};       // when the last view comes to them
    std::set<std::uint64_t> known_rooms; // as looked at last
    struct Link                          // by which it hears another one
    {
        bool is_up = false;
        std::uint64_t attempt = 0;
        lobby::Instant heard{};
        lobby::Instant last_arrival{};
    };
    std::vector<Link> links;               // by place in the fleet
    std::vector<lobby::LastNumbers> given; // in the life before, which are not to be given again
};

struct FleetCounts
{
    std::size_t hops = 0;
    std::size_t taken = 0;
    std::size_t returned = 0;
    std::size_t died = 0; // nodes
    std::size_t given_away = 0;
    std::size_t passed_on = 0;
    std::size_t rooms_compared = 0;
    std::size_t met = 0; // rooms at two nodes at once
};

class Fleet final : public RelayEnd, private Neighbours
{
public:
    // Calm: nobody who hops is refused, or late.
    Fleet(Schedule& schedule, Rng rng, const lobby::Policy& policy, lobby::RandomSource& random,
          Network& network, Oracle& oracle, std::size_t nodes, Fault fault, bool is_calm);
    ~Fleet() override;

    void accept(Line line, const wire::Endpoint& peer, std::uint16_t port) override;
    void ready(Line line, worker::Readiness readiness) override;

    // There are parties; those of a node end with it.
    void has_peers(std::function<void(fleet::Node)> on_death);

    // What happens to nodes, by their places.
    void kill(std::size_t at);
    void begin(std::size_t at);
    void cut(std::size_t one, std::size_t other);
    void heal();
    void drain(std::size_t at);
    void undrain(std::size_t at);
    void give_away();
    void shut_down();
    void stop(); // nobody tells anybody anything any more

    [[nodiscard]] std::size_t size() const { return machines_.size(); }
    [[nodiscard]] std::size_t alive() const;
    [[nodiscard]] bool is_up(std::size_t at) const { return machines_[at].relay != nullptr; }
    [[nodiscard]] bool is_agreed() const;
    // A node that comes or drains splits nobody who plays the same.
    [[nodiscard]] bool is_whole() const;
    // It may not find what it has named.
    [[nodiscard]] bool may_go_astray(lobby::ConnectionId id) const;
    [[nodiscard]] Books books() const;
    [[nodiscard]] Census census() const;
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] std::size_t games_away() const;
    [[nodiscard]] FleetCounts counts() const;

private:
    struct Transit // a connection between two nodes
    {
        std::size_t from = 0;
        std::size_t worker = 0;
        worker::Moving moving;
        lobby::Instant since{};
    };
    struct Pumped
    {
        std::size_t at = 0;
        std::size_t owner = 0;
    };

    void hop(Relay& from, std::size_t worker, fleet::Node to, worker::Moving moving) override;
    void sees(const Relay& at, const lobby::Event& event, const lobby::Output& output) override;
    void look() override;
    void deliver(Line line, std::size_t to);
    void give_back(Line line);
    void cut_pumps(const Machine& machine, std::size_t at);
    [[nodiscard]] lobby::Duration hop_delay();
    [[nodiscard]] std::size_t place_of(const Relay& relay) const;
    [[nodiscard]] std::optional<std::size_t> place_of(fleet::Node node) const;
    [[nodiscard]] bool reaches(std::size_t one, std::size_t other) const;

    // fleet_office.cpp: what nodes tell each other
    void changed() { changed_at_ = schedule_.now(); }
    void lost_sight() { split_at_ = changed_at_ = schedule_.now(); }
    void connect(std::size_t listener, std::size_t teller, lobby::Duration delay);
    void try_link(std::size_t listener, std::size_t teller, std::uint64_t attempt, unsigned sent);
    void tell_again(std::size_t listener, std::size_t teller, std::uint64_t attempt);
    void tell(std::size_t listener, std::size_t teller);
    void lose(std::size_t listener, std::size_t teller);
    void look_again(std::size_t at);
    void look_later(std::size_t at, std::size_t life);
    void gather(std::size_t at);
    void gather_later(std::size_t at, std::size_t life);
    void see(std::size_t at);

    // fleet_checks.cpp
    void check_away(std::size_t at, const lobby::TurnedAway& away);
    void check_drained(std::size_t at, const wire::Endpoint& peer);
    void check_rooms();
    void check_owners();
    void check_owners_later();
    [[nodiscard]] std::set<std::uint64_t> rooms_of(const Machine& machine) const;

    Schedule& schedule_;
    Rng rng_;
    lobby::Policy policy_;
    lobby::RandomSource& random_;
    Network& network_;
    Oracle& oracle_;
    Fault fault_;
    bool is_calm_;
    std::vector<Machine> machines_;
    std::vector<std::unique_ptr<Relay>> dead_; // their timers may still fire
    Books of_dead_;
    std::set<std::pair<std::size_t, std::size_t>> cuts_;
    lobby::Instant changed_at_{};
    lobby::Instant split_at_{}; // or made whole again
    bool is_over_ = false;
    bool has_peers_ = false;
    std::function<void(fleet::Node)> on_death_;
    std::map<Line, Transit> transits_;
    std::map<Line, Pumped> pumped_;
    std::set<Line> hopped_;
    std::set<Line> returned_;
    std::map<wire::Endpoint, Line> lines_;
    std::vector<std::pair<std::size_t, Line>> newcomers_; // in rooms, just now
    bool rooms_changed_ = false;
    std::map<std::uint64_t, lobby::Instant> room_changes_; // by hash
    FleetCounts counts_;
};

} // namespace netplay_relay::simulation
