// A fleet and everybody around it, from a seed to the very end.
#pragma once

#include "crowd.hpp"
#include "fleet.hpp"
#include "fleet_troubles.hpp"
#include "seeded_random.hpp"

#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::simulation {

struct FleetOutcome
{
    std::vector<std::string> complaints;
    std::uint64_t trace = 0; // of everything that happened, in order
    std::uint64_t bytes_heard = 0;
    FleetCounts counts;
    lobby::Totals totals;
};

class FleetWorld
{
public:
    explicit FleetWorld(std::uint64_t seed, Fault fault = Fault::none);
    ~FleetWorld();

    FleetOutcome run();

private:
    void settle();
    void add_hosts(std::size_t count);
    void add_guests(std::size_t count);
    void add_players(std::size_t count);
    void end();
    void check_calm();
    void check_nothing_remains();

    Rng rng_;
    bool calm_; // nobody means harm, is slow, or dies
    bool rooms_;
    Crowd crowd_;
    Oracle oracle_;
    Schedule schedule_;
    Network network_;
    SeededRandom random_;
    std::vector<wire::SessionId> open_sessions_;
    std::vector<wire::SessionId> ended_sessions_;
    Surroundings around_;
    std::vector<std::unique_ptr<Peer>> peers_;
    std::vector<const GuestPeer*> guests_;
    lobby::Policy policy_;
    Fleet fleet_;
    Troubles troubles_;
};

} // namespace netplay_relay::simulation
