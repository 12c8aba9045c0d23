// The clock of a simulated world: it stands still while something happens and then jumps to the
// next.
#pragma once

#include "lobby/ids.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace netplay_relay::simulation {

class Schedule
{
public:
    using What = std::function<void()>;

    [[nodiscard]] lobby::Instant now() const { return now_; }

    // What is due at the same moment happens in the order in which it was planned.
    void at(lobby::Instant when, What what)
    {
        plan_.emplace(std::pair(std::max(when, now_), ++planned_), std::move(what));
    }
    void after(lobby::Duration delay, What what) { at(now_ + delay, std::move(what)); }

    // False if nothing is left to happen.
    bool run_next()
    {
        if (plan_.empty()) return false;
        auto next = plan_.extract(plan_.begin());
        now_ = next.key().first;
        next.mapped()();
        return true;
    }

private:
    lobby::Instant now_{std::chrono::hours{1}};
    std::uint64_t planned_ = 0;
    std::map<std::pair<lobby::Instant, std::uint64_t>, What> plan_;
};

} // namespace netplay_relay::simulation
