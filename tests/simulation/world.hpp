// One relay and everybody around it, from a seed to the very end.
#pragma once

#include "crowd.hpp"
#include "peers.hpp"
#include "relay.hpp"
#include "seeded_random.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::simulation {

struct Outcome
{
    std::vector<std::string> complaints;
    std::uint64_t trace = 0; // of everything that happened, in order
    std::uint64_t bytes_heard = 0;
    std::size_t sessions_moved = 0;
    std::size_t passed_on = 0;
    std::size_t given_away = 0;
    lobby::Totals totals;
};

class World
{
public:
    // With several workers, what they have moves from one to another now and then; with
    // `successors`, another program takes the relay's place. `together`: all workers are of one
    // process, and each has its own.
    explicit World(std::uint64_t seed, Fault fault = Fault::none, std::size_t workers = 1,
                   bool successors = false, bool together = false);
    ~World();

    Outcome run();

private:
    void settle();
    void settle_calmly();
    void settle_wildly();
    void add_hosts(std::size_t count);
    void add_guests(std::size_t count);
    void add_strangers(std::size_t count);
    void add_flood();
    void add_askers();
    void add_players(std::size_t count);
    void add_lobby_servers(std::size_t count);
    void reload_now_and_then();
    void drain_some_time();
    void move_now_and_then();
    void give_away_now_and_then();
    // world_operator.cpp
    void operate_now_and_then();
    void operate();
    void end_something();
    void send_somebody_away();
    void ban_somebody();
    void lift_some_ban();
    void take_nothing_new();
    void promise_something();
    void say_something();
    void end();
    void check_calm();
    void check_nothing_remains();

    std::size_t workers_;
    bool successors_;
    bool together_;
    Rng rng_;
    bool calm_;
    bool rooms_;                       // who names no session is not refused
    std::optional<std::uint8_t> node_; // of a fleet: its machine is the one that is looked at
    Crowd crowd_;
    std::vector<wire::SessionId> open_sessions_;
    std::vector<wire::SessionId> ended_sessions_;
    Oracle oracle_;
    Schedule schedule_;
    Network network_;
    SeededRandom random_;
    lobby::Policy policy_;
    Surroundings around_;
    std::vector<std::unique_ptr<Peer>> peers_;
    std::vector<const HostPeer*> hosts_;
    std::vector<const GuestPeer*> guests_;
    Relay relay_;
    bool has_askers_ = false;
};

} // namespace netplay_relay::simulation
