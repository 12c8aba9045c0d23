// Many two-player games at 60 frames a second: CPU time per message, and one-way latency.

#include "message.hpp"
#include "pacer.hpp"
#include "quantiles.hpp"

namespace bench {

namespace {

class Players
{
public:
    Players(const Links& links, const Plan& plan);

    void play(std::uint64_t seconds_ns);
    void drain() { ends_.drain(poller_); }
    void forget_samples();
    const Ends& ends() const { return ends_; }
    void report(nlohmann::json& out);

private:
    void send_due(std::uint64_t now);

    bool spin_;
    Ends ends_;
    Poller poller_;
    Pacer pacer_;
    std::vector<std::uint64_t> latencies_;
    std::vector<std::uint64_t> delays_; // of our own: how late each message was sent
};

Players::Players(const Links& links, const Plan& plan)
    : spin_(plan.spin), ends_(links), pacer_(ends_.count(), plan.seed)
{
    ends_.poll_with(poller_, links);
    const double expected = (plan.seconds + 1) * frames_per_second;
    latencies_.reserve(static_cast<std::size_t>(expected) * ends_.count());
    delays_.reserve(latencies_.capacity());
}

void Players::forget_samples()
{
    latencies_.clear();
    delays_.clear();
}

// At most one message between two looks at what has arrived, so that reading never waits long.
void Players::send_due(std::uint64_t now)
{
    const std::uint64_t due = pacer_.due();
    const auto player = pacer_.next(now);
    if (!player) return;
    delays_.push_back(now - due);
    ends_.send_next(*player);
}

void Players::play(std::uint64_t seconds_ns)
{
    const std::uint64_t end = now_ns() + seconds_ns;
    for (std::uint64_t now = now_ns(); now < end; now = now_ns()) {
        send_due(now);
        const auto events =
            spin_ ? poller_.wait(0) : poller_.wait_until(std::min(pacer_.due(), end));
        for (const epoll_event& event : events)
            ends_.receive(event.data.u64,
                          [this](std::uint64_t stamp) { latencies_.push_back(now_ns() - stamp); });
    }
}

void Players::report(nlohmann::json& out)
{
    out["latency_us"] = quantiles(latencies_);
    out["send_delay_us"] = quantiles(delays_);
}

} // namespace

nlohmann::json run_paced(const Target& target, const Plan& plan)
{
    const Links links = open_links(target, plan.sessions, plan.links_per_session);
    Players players(links, plan);
    players.play(to_ns(plan.warm_up_seconds));
    players.forget_samples();

    Window window(target);
    const std::uint64_t sent_before = players.ends().sent();
    window.open(players.ends().received());
    players.play(to_ns(plan.seconds));
    window.close(players.ends().received());
    const std::uint64_t sent = players.ends().sent() - sent_before;
    players.drain();

    nlohmann::json out{{"mode", "paced"}, {"sessions", plan.sessions}, {"messages_sent", sent}};
    window.report(out, "messages");
    if (const auto cpu = window.cpu_seconds())
        out["cpu_us_per_message"] = *cpu * 1e6 / static_cast<double>(window.count());
    players.report(out);
    return out;
}

} // namespace bench
