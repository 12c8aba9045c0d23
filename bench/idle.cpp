// Many links on which nothing happens: what each costs in memory, and in CPU time while idle.

#include "message.hpp"
#include "modes.hpp"

namespace bench {

namespace {

// Every link has carried something each way before it falls idle; a buffer taken for that and
// not given back would show.
void exchange_once(Ends& ends, Poller& poller)
{
    constexpr std::size_t batch = 256;
    for (std::size_t first = 0; first < ends.count(); first += batch) {
        const std::size_t last = std::min(first + batch, ends.count());
        for (std::size_t i = first; i < last; ++i)
            ends.send_next(i);
        ends.drain(poller);
    }
}

void stay_silent(std::uint64_t end, Ends& ends, Poller& poller)
{
    while (now_ns() < end)
        for (const epoll_event& event : poller.wait(50))
            ends.receive(event.data.u64, [](std::uint64_t) {
                throw IntegrityFailure("a message arrived that was not sent");
            });
}

double per_link(std::uint64_t before, std::uint64_t after, std::size_t links)
{
    return (static_cast<double>(after) - static_cast<double>(before)) / static_cast<double>(links);
}

} // namespace

nlohmann::json run_idle(const Target& target, const Plan& plan)
{
    const auto before = memory_of(target);
    const auto kernel_before = socket_bytes_of_kernel();
    const Links links = open_links(target, plan.sessions, plan.links_per_session);
    Ends ends(links);
    Poller poller;
    ends.poll_with(poller, links);
    exchange_once(ends, poller);
    stay_silent(now_ns() + to_ns(plan.warm_up_seconds), ends, poller);

    Window window(target);
    window.open(0);
    stay_silent(now_ns() + to_ns(plan.seconds), ends, poller);
    window.close(0);
    const auto after = memory_of(target);
    const auto kernel_after = socket_bytes_of_kernel();

    const std::size_t count = links.links.size();
    nlohmann::json out{{"mode", "idle"}, {"sessions", plan.sessions}, {"links", count}};
    if (const auto cpu = window.cpu_seconds()) out["cpu_share"] = *cpu / window.seconds();
    if (before && after) {
        out["resident_bytes_at_start"] = before->resident_bytes;
        out["resident_bytes"] = after->resident_bytes;
        out["resident_bytes_per_link"] =
            per_link(before->resident_bytes, after->resident_bytes, count);
        out["anonymous_bytes_per_link"] =
            per_link(before->anonymous_bytes, after->anonymous_bytes, count);
    }
    // Of each connection through the target one end is the generator's.
    if (before && after && kernel_before && kernel_after)
        out["kernel_bytes_per_link"] = per_link(*kernel_before, *kernel_after, count) / 2;
    return out;
}

} // namespace bench
