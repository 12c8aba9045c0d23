// As many messages as the target can forward: every link keeps one message in flight each way.

#include "message.hpp"
#include "modes.hpp"

namespace bench {

namespace {

// The next message of a direction is sent when the one before it has arrived: two are never in
// one socket at a time, so the target has to read and write each by itself.
void exchange_until(std::uint64_t end, Ends& ends, Poller& poller)
{
    while (now_ns() < end)
        for (const epoll_event& event : poller.wait(100)) {
            const std::size_t index = event.data.u64;
            ends.receive(index, [&](std::uint64_t) { ends.send_next(index ^ 1U); });
        }
}

} // namespace

nlohmann::json run_flood(const Target& target, const Plan& plan)
{
    const Links links = open_links(target, plan.sessions, plan.links_per_session);
    Ends ends(links);
    Poller poller;
    ends.poll_with(poller, links);
    for (std::size_t i = 0; i < ends.count(); ++i)
        ends.send_next(i);
    exchange_until(now_ns() + to_ns(plan.warm_up_seconds), ends, poller);

    Window window(target);
    window.open(ends.received());
    exchange_until(now_ns() + to_ns(plan.seconds), ends, poller);
    window.close(ends.received());
    ends.drain(poller);

    nlohmann::json out{{"mode", "flood"}, {"sessions", plan.sessions}};
    window.report(out, "messages");
    return out;
}

} // namespace bench
