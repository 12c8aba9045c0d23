// One relay with parties, and everybody around it, from a seed to the very end.
#pragma once

#include "party_visitor.hpp"
#include "relay.hpp"
#include "seeded_random.hpp"

#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::simulation {

struct PartyOutcome
{
    std::vector<std::string> complaints;
    std::uint64_t trace = 0; // of everything that happened, in order
    std::size_t moved = 0;   // parties and sessions of several connections
    std::size_t given_away = 0;
    lobby::Totals totals;
    PartyStatistics statistics;
};

enum class PartyMoves : std::uint8_t
{
    none,
    workers,    // what is there moves between two of them
    successors, // another program takes the relay's place
    together,   // two workers of one process, that give parties and sessions to each other
};

class PartyWorld
{
public:
    explicit PartyWorld(const PartyPlan& plan, PartyMoves moves = PartyMoves::none,
                        Fault fault = Fault::none);
    ~PartyWorld();

    PartyOutcome run();

private:
    void settle();
    void settle_retroarch();
    void plan_moves();
    void look_now_and_then();
    void calm_down();
    void check_calm();
    void end();
    // party_world_operator.cpp
    void plan_orders();
    void reload(const lobby::Policy& policy);
    void drain();
    void operate();
    void end_a_party();
    void send_a_peer_away();
    void send_somebody_away();
    void ban_somebody();
    void take_nothing_new();
    [[nodiscard]] std::optional<std::pair<std::uint64_t, std::int32_t>> some_place();

    PartyPlan plan_;
    PartyMoves moves_;
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
    std::vector<const GuestPeer*> guests_;
    Relay relay_;
    bool has_ended_ = false;
};

} // namespace netplay_relay::simulation
