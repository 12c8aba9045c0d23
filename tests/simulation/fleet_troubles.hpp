// What happens to the nodes of a fleet: they die, begin again, are cut off from others, and drain.
#pragma once

#include "fleet.hpp"

namespace netplay_relay::simulation {

class Troubles
{
public:
    // Both borrowed things must outlive it.
    Troubles(Schedule& schedule, Rng rng, Fleet& fleet)
        : schedule_(schedule), rng_(rng), fleet_(fleet)
    {
    }

    void plan(std::size_t times, lobby::Duration within);

private:
    void trouble();
    void kill(std::size_t at);

    Schedule& schedule_;
    Rng rng_;
    Fleet& fleet_;
};

} // namespace netplay_relay::simulation
