#include "fleet_troubles.hpp"

namespace netplay_relay::simulation {

using namespace std::chrono_literals;

void Troubles::plan(std::size_t times, lobby::Duration within)
{
    for (std::size_t at = 0; at < fleet_.size(); ++at)
        if (!fleet_.is_up(at))
            schedule_.after(rng_.between(0ms, within), [this, at] {
                if (!fleet_.is_up(at)) fleet_.begin(at);
            });
    for (; times > 0; --times)
        schedule_.after(rng_.between(0ms, within), [this] { trouble(); });
}

void Troubles::trouble()
{
    const std::size_t at = rng_.below(fleet_.size());
    if (!fleet_.is_up(at)) return fleet_.begin(at);
    switch (rng_.below(4)) {
    case 0: return kill(at);
    case 1:
    case 2: // one node is cut off from some of the others
        for (std::size_t other = 0; other < fleet_.size(); ++other)
            if (rng_.one_in(2)) fleet_.cut(at, other);
        return schedule_.after(rng_.between(0s, 20s), [this] { fleet_.heal(); });
    default:
        fleet_.drain(at);
        if (rng_.one_in(3)) return;
        schedule_.after(rng_.between(0s, 20s), [this, at] {
            if (!fleet_.is_up(at)) return;
            if (rng_.one_in(2)) return kill(at);
            fleet_.undrain(at);
        });
    }
}

// Not the last one.
void Troubles::kill(std::size_t at)
{
    if (fleet_.alive() < 2) return;
    fleet_.kill(at);
    if (rng_.one_in(3)) return;
    schedule_.after(rng_.between(0s, 20s), [this, at] {
        if (!fleet_.is_up(at)) fleet_.begin(at);
    });
}

} // namespace netplay_relay::simulation
