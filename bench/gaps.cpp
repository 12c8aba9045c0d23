// Many two-player games at 60 frames a second while the relay hands over to new programs: how long
// each player heard nothing.

#include "message.hpp"
#include "pacer.hpp"
#include "quantiles.hpp"

#include <csignal>

namespace bench {

namespace {

class Listeners
{
public:
    Listeners(const Links& links, const Plan& plan)
        : ends_(links), pacer_(ends_.count(), plan.seed), heard_(ends_.count(), now_ns()),
          longest_(ends_.count(), 0)
    {
        ends_.poll_with(poller_, links);
    }

    void play(std::uint64_t until)
    {
        for (std::uint64_t now = now_ns(); now < until; now = now_ns()) {
            // One that is due while nothing moves is sent late, and has its gap from then on.
            if (const auto player = pacer_.next(now)) ends_.send_next(*player);
            for (const epoll_event& event : poller_.wait_until(std::min(pacer_.due(), until)))
                receive(event.data.u64);
        }
    }

    // Of each player since the last call, less the time between two messages.
    void take_gaps(std::vector<std::uint64_t>& all)
    {
        for (std::uint64_t& gap : longest_) {
            all.push_back(gap > frame_ns ? gap - frame_ns : 0);
            gap = 0;
        }
    }

    void drain() { ends_.drain(poller_); }
    const Ends& ends() const { return ends_; }

private:
    void receive(std::size_t index)
    {
        ends_.receive(index, [&](std::uint64_t) {
            const std::uint64_t now = now_ns();
            longest_[index] = std::max(longest_[index], now - heard_[index]);
            heard_[index] = now;
        });
    }

    Ends ends_;
    Poller poller_;
    Pacer pacer_;
    std::vector<std::uint64_t> heard_;
    std::vector<std::uint64_t> longest_;
};

} // namespace

nlohmann::json run_gaps(const Target& target, const Plan& plan)
{
    const Links links = open_links(target, plan.sessions, plan.links_per_session);
    Listeners players(links, plan);
    std::vector<std::uint64_t> quiet;
    std::vector<std::uint64_t> gaps;
    players.play(now_ns() + to_ns(plan.warm_up_seconds));
    players.take_gaps(quiet);
    quiet.clear();
    players.play(now_ns() + to_ns(plan.seconds));
    players.take_gaps(quiet);
    for (std::size_t upgrade = 0; upgrade < plan.upgrades; ++upgrade) {
        for (const pid_t process : target.pids)
            kill(process, SIGUSR2);
        players.play(now_ns() + to_ns(plan.seconds));
        players.take_gaps(gaps);
    }
    players.drain();
    return {{"mode", "gaps"},
            {"links", links.links.size()},
            {"upgrades", plan.upgrades},
            {"messages", players.ends().received()},
            {"quiet_gap_us", quantiles(quiet)},
            {"gap_us", quantiles(gaps)}};
}

} // namespace bench
