// Fleets of 1 to 5 nodes that come, go, drain and lose sight of each other, by seeds: as long as
// they agree nobody is split in two rooms, and when they have not agreed for a while, the next join
// heals it.
#include "fleet/roll.hpp"

#include "support/catch.hpp"

#include <map>
#include <random>
#include <set>

using namespace netplay_relay;
using namespace std::chrono_literals;
using fleet::Node;

namespace {

constexpr std::chrono::milliseconds step = 250ms;
constexpr std::chrono::milliseconds agreed = 8s; // behind the last change
constexpr std::uint64_t games = 12;

// What the relay does around a Roll, without sockets: rooms by what is played in them.
struct Machine
{
    fleet::Roll roll;
    fleet::View view;
    fleet::Beat beat;
    std::set<std::uint64_t> rooms;
    bool takes_new = true;

    Machine(Node own, Instant now) : roll(own, now) { look(now); }

    void look(Instant now)
    {
        const std::vector<std::uint64_t> all(rooms.begin(), rooms.end());
        beat = roll.beat_of(view, all, takes_new, now);
        view = roll.look(beat, now);
    }
};

class World
{
public:
    explicit World(std::uint64_t seed) : chance_(seed), nodes_(1 + seed % 5) { begin(); }

    void run(std::chrono::seconds time)
    {
        for (const Instant until = now_ + time; now_ < until; now_ += step) {
            if (below(12) == 0) change();
            go_on();
            if (below(3) == 0) join(some_node(), below(games));
            if (below(10) == 0) end_room();
        }
    }

    // Nothing changes but rooms.
    void settle()
    {
        for (const Instant until = now_ + agreed; now_ < until; now_ += step)
            go_on();
    }

    void check_agreement()
    {
        for (std::uint64_t game = 0; game < games; ++game) {
            std::set<std::size_t> before;
            for (const auto& [at, machine] : machines_)
                if (machine.rooms.contains(game)) before.insert(at);
            // Nobody opens a room: whoever comes is refused where he comes.
            if (before.empty() && !some_take_new()) continue;
            std::set<std::size_t> met;
            for (const auto& [at, machine] : machines_)
                met.insert(owner_for(at, game));
            REQUIRE(met.size() == 1);
            const std::size_t owner = *met.begin();
            // Who is there already is joined.
            CHECK((before.empty() || before.contains(owner)));
            CHECK((!before.empty() || machines_.at(owner).takes_new));
        }
    }

    [[nodiscard]] bool some_take_new() const
    {
        return std::ranges::any_of(machines_, [](const auto& one) { return one.second.takes_new; });
    }

    // All partitions end; whoever is down stays so.
    void heal() { cut_.clear(); }
    [[nodiscard]] std::size_t size() const { return machines_.size(); }

private:
    void begin()
    {
        for (std::size_t at = 0; at < nodes_; ++at)
            machines_.emplace(at, Machine(static_cast<Node>(at), now_));
    }

    std::uint64_t below(std::uint64_t most) { return chance_() % most; }
    std::size_t some_node()
    {
        auto one = machines_.begin();
        std::advance(one, static_cast<std::ptrdiff_t>(below(machines_.size())));
        return one->first;
    }

    [[nodiscard]] bool reaches(std::size_t from, std::size_t to) const
    {
        return machines_.contains(to) && !cut_.contains({std::min(from, to), std::max(from, to)});
    }

    void change()
    {
        const std::size_t at = below(nodes_);
        const std::size_t other = below(nodes_);
        switch (below(5)) {
        case 0:
            if (machines_.size() > 1) machines_.erase(at);
            break;
        case 1:
            if (!machines_.contains(at))
                machines_.emplace(at, Machine(static_cast<Node>(at), now_));
            break;
        case 2: cut_.insert({std::min(at, other), std::max(at, other)}); break;
        case 3: heal(); break;
        default:
            if (machines_.contains(at)) machines_.at(at).takes_new = below(2) == 0;
        }
    }

    void go_on()
    {
        const bool is_beat = (now_.time_since_epoch() / step) % 4 == 0;
        for (auto& [at, machine] : machines_) {
            const fleet::Beat before = machine.beat;
            machine.look(now_);
            for (auto& [to, other] : machines_) {
                if (to == at || !reaches(at, to)) continue;
                if (is_beat || machine.beat != before)
                    other.roll.hear(static_cast<Node>(at), machine.beat, now_);
            }
        }
        // A connection that ends tells at once; one that is cut only by its silence.
        for (auto& [at, machine] : machines_)
            for (std::size_t other = 0; other < nodes_; ++other)
                if (!machines_.contains(other)) machine.roll.lose(static_cast<Node>(other));
    }

    // Where a player comes to who arrives here: by one hop, or none if that node is not reached.
    [[nodiscard]] std::size_t owner_for(std::size_t at, std::uint64_t game) const
    {
        const std::size_t owner = machines_.at(at).view.owner_of(game);
        return owner != at && reaches(at, owner) ? owner : at;
    }

    void join(std::size_t at, std::uint64_t game)
    {
        Machine& home = machines_.at(owner_for(at, game));
        if (home.takes_new) home.rooms.insert(game);
    }

    void end_room()
    {
        Machine& machine = machines_.at(some_node());
        if (!machine.rooms.empty()) machine.rooms.erase(machine.rooms.begin());
    }

    std::mt19937_64 chance_;
    std::size_t nodes_;
    Instant now_{1000s};
    std::map<std::size_t, Machine> machines_;
    std::set<std::pair<std::size_t, std::size_t>> cut_;
};

} // namespace

TEST_CASE("nodes that see each other agree where every game is, whatever has happened before")
{
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        World world(seed);
        for (int round = 0; round < 3; ++round) {
            world.run(30s);
            world.heal();
            world.settle();
            world.check_agreement();
        }
    }
}
