#include "net/balance.hpp"

#include "net/workers.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

namespace {

constexpr std::chrono::seconds look_interval{1};

std::vector<worker::GameUse> uses_of(const Engine& engine)
{
    std::vector<worker::GameUse> uses;
    for (const lobby::Game game : engine.lobby().games()) {
        worker::GameUse use{game, 0};
        for (const lobby::ConnectionId id : engine.lobby().connections_of(game))
            use.bytes += engine.bytes_of(id);
        uses.push_back(use);
    }
    return uses;
}

} // namespace

Balance::Balance(boost::asio::io_context& io, Workers& workers)
    : workers_(workers), timer_(io), used_(workers.count())
{
}

void Balance::start()
{
    looked_at_ = std::chrono::steady_clock::now();
    wait();
}

void Balance::wait()
{
    timer_.expires_after(look_interval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        const auto now = std::chrono::steady_clock::now();
        look(now - std::exchange(looked_at_, now));
        wait();
    });
}

void Balance::look(std::chrono::nanoseconds since)
{
    std::vector<worker::Load> loads(workers_.count());
    for (std::uint16_t at = 0; at < workers_.count(); ++at) {
        const std::chrono::nanoseconds used = workers_.cpu_time(at);
        const auto more = used - std::exchange(used_[at], used);
        const auto whole = std::max(since, std::chrono::nanoseconds{1});
        loads[at].busy = static_cast<std::uint32_t>(std::clamp<std::int64_t>(
            more.count() / std::max<std::int64_t>(whole.count() / 1000, 1), 0, 1000));
        loads[at].connections = workers_.hold(at)->lobby().amounts().connections;
    }
    balancer_.look(loads);
    std::vector<std::uint8_t> weights = worker::places_for_new(balancer_.loads());
    if (weights != weights_) {
        weights_ = std::move(weights);
        workers_.each([&](Engine& engine) { engine.place_new(weights_); });
    }
    workers_.share_out_again();
    if (const auto transfer = balancer_.wanted()) move_some(*transfer);
}

void Balance::move_some(const worker::Transfer& transfer)
{
    const auto from = static_cast<std::uint16_t>(transfer.from);
    std::vector<worker::GameUse> uses;
    lobby::Instant now;
    {
        const Workers::Held held = workers_.hold(from);
        uses = uses_of(*held);
        now = held->now();
    }
    for (const lobby::Game game : balancer_.choose(transfer, uses, now)) {
        (void)move(game, from, static_cast<std::uint16_t>(transfer.to));
        balancer_.note_gone(game, now);
    }
}

// Everybody concerned stands still, so there is no moment at which a newcomer finds it nowhere: one
// that is on its way to the old place comes home again, and is told the new one there.
bool Balance::move(lobby::Game game, std::uint16_t from, std::uint16_t to)
{
    std::optional<lobby::GameName> name = workers_.hold(from)->lobby().name_of(game);
    std::vector<Workers::Held> others; // first: they are held before the one that has to wait
    others.push_back(workers_.hold(to));
    if (name && name->home != from && name->home != to) others.push_back(workers_.hold(name->home));
    const Workers::Held giver = workers_.hold(from);
    const auto began = std::chrono::steady_clock::now();
    // It may have ended, or be known by another name, since it was asked for.
    if (giver->lobby().name_of(game) != name) return false;
    const auto moving = giver->give(game, worker::moved_bytes_max);
    if (!moving) return false;
    if (const auto fault = others.front()->take_given(*moving)) {
        spdlog::error("move_failed connections={} problem=\"{}\"", moving->handles.size(),
                      record::word(*fault));
        giver->take_passed(*moving);
        return false;
    }
    if (name && name->home != to) {
        Engine& home = name->home == from ? *giver : *others.back();
        home.note_moved({*name, to, false});
    }
    ++games_moved_;
    longest_pause_ = std::max<std::chrono::nanoseconds>(longest_pause_,
                                                        std::chrono::steady_clock::now() - began);
    return true;
}

} // namespace netplay_relay::net
