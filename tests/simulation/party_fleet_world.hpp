// A fleet with parties, and everybody around it, from a seed to the very end.
#pragma once

#include "fleet_troubles.hpp"
#include "party_visitor.hpp"
#include "seeded_random.hpp"

#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::simulation {

struct PartyFleetOutcome
{
    std::vector<std::string> complaints;
    std::uint64_t trace = 0; // of everything that happened, in order
    FleetCounts counts;
    lobby::Totals totals;
    PartyStatistics statistics;
};

class PartyFleetWorld
{
public:
    // Where `plan` is peaceful nothing happens to nodes.
    explicit PartyFleetWorld(const PartyPlan& plan, Fault fault = Fault::none);
    ~PartyFleetWorld();

    PartyFleetOutcome run();

private:
    void settle();
    void look_now_and_then();
    void calm_down();
    void end();

    PartyPlan plan_;
    Rng rng_;
    Oracle oracle_;
    PartyOracle party_oracle_;
    Schedule schedule_;
    Network network_;
    SeededRandom random_;
    std::vector<wire::SessionId> open_sessions_;
    std::vector<wire::SessionId> ended_sessions_;
    Surroundings around_;
    PartySurroundings party_around_;
    std::vector<std::unique_ptr<Peer>> peers_;
    std::vector<PartyVisitor*> visitors_;
    Fleet fleet_;
    Troubles troubles_;
    bool has_ended_ = false;
};

// As any_parties(), without what an operator does.
[[nodiscard]] PartyPlan any_parties_of_fleet(std::uint64_t seed);

} // namespace netplay_relay::simulation
