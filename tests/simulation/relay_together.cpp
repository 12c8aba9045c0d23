// The workers of one process: what one puts into the inbox of another is done there later, and in
// the order in which it came; whoever stands still has done what was put before.
#include "relay_node.hpp"

#include <utility>

namespace netplay_relay::simulation {

using namespace std::chrono_literals;

// Some are busy with others for long.
void Relay::put(std::size_t worker, std::function<void()> act)
{
    Inbox& inbox = inboxes_.at(worker);
    inbox.acts.push_back(std::move(act));
    if (std::exchange(inbox.is_awake, true)) return;
    const lobby::Duration most = rng_.one_in(8) ? 300ms : rng_.one_in(4) ? 20ms : 2ms;
    schedule_.after(rng_.between(0ms, most), [this, worker] {
        if (is_dead_) return;
        Inbox& due = inboxes_[worker];
        due.is_awake = false;
        while (!due.acts.empty())
            do_next(worker);
        check();
    });
}

void Relay::do_next(std::size_t worker)
{
    Inbox& inbox = inboxes_[worker];
    const std::function<void()> act = std::move(inbox.acts.front());
    inbox.acts.pop_front();
    act();
}

void Relay::hold(std::size_t worker)
{
    for (std::size_t before = inboxes_[worker].acts.size(); before > 0; --before)
        do_next(worker);
}

void Relay::empty_inboxes()
{
    for (bool any = true; any;) {
        any = false;
        for (std::size_t at = 0; at < inboxes_.size(); ++at)
            for (; !inboxes_[at].acts.empty(); any = true)
                do_next(at);
    }
}

void Relay::each(const std::function<void(Node&)>& act)
{
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
        hold(at);
        act(*nodes_[at]);
    }
}

// To the worker that it belongs to, which may find that it is another one's by then.
void Relay::pass_on(std::uint16_t worker, const worker::Moving& moving)
{
    ++passed_on_;
    if (worker >= nodes_.size()) return oracle_.complains("passed on to nobody");
    for (const auto& [id, handle] : moving.handles)
        if (!on_the_way_.insert(handle).second) oracle_.complains("passed on twice");
    put(worker, [this, worker, moving] { arrives(worker, moving); });
}

void Relay::arrives(std::uint16_t worker, const worker::Moving& moving)
{
    for (const auto& [id, handle] : moving.handles) {
        on_the_way_.erase(handle);
        oracle_.arrives(id, schedule_.now());
    }
    if (const auto fault = nodes_[worker]->worker().adopt(moving))
        oracle_.complains("what was passed on is not adopted: " + std::string(word(*fault)));
}

void Relay::tell_worker(std::uint16_t worker, const lobby::GameMoved& news)
{
    if (worker >= nodes_.size()) return oracle_.complains("told to nobody");
    put(worker, [this, worker, news] { (void)nodes_[worker]->worker().order(news); });
}

void Relay::tell_workers(const Node& source, const lobby::News& news)
{
    for (std::size_t at = 0; at < nodes_.size(); ++at)
        if (nodes_[at].get() != &source)
            put(at, [this, at, news] { (void)nodes_[at]->worker().order(news); });
}

// What is with another worker than its home, as whoever takes the place of that does not know it.
void Relay::tell_homes()
{
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
        const lobby::Lobby& has = nodes_[at]->worker().lobby();
        for (const lobby::Game game : has.games())
            if (const auto name = has.name_of(game); name && name->home != at)
                (void)nodes_[name->home]->worker().order(
                    lobby::GameMoved{*name, static_cast<std::uint16_t>(at)});
    }
}

void Relay::give_away()
{
    if (rng_.one_in(3)) {
        std::vector<std::uint8_t> weights(workers_);
        for (std::uint8_t& weight : weights)
            weight = static_cast<std::uint8_t>(rng_.between(std::size_t{0}, std::size_t{3}));
        if (rng_.one_in(3)) weights.clear();
        each([&](Node& node) { (void)node.worker().order(lobby::SetPlacing{weights}); });
    }
    const std::size_t from = rng_.between(std::size_t{0}, workers_ - 1);
    const std::size_t to = (from + rng_.between(std::size_t{1}, workers_ - 1)) % workers_;
    worker::Worker& has = nodes_[from]->worker();
    const std::vector<lobby::Game> games = has.lobby().games();
    if (games.empty()) return;
    const lobby::Game game = rng_.one_of(games);
    const auto name = has.lobby().name_of(game);
    // All of them stand still, and what was put before that is done.
    hold(to);
    if (name && name->home != from && name->home != to) hold(name->home);
    hold(from);
    if (has.lobby().name_of(game) != name) return;
    const std::size_t most = rng_.one_in(4) ? 2000 : SIZE_MAX;
    const auto moving = has.give(game, most);
    if (!moving) return;
    ++given_away_;
    hand_over(*nodes_[to], moving);
    if (name && name->home != to)
        (void)nodes_[name->home]->worker().order(
            lobby::GameMoved{*name, static_cast<std::uint16_t>(to)});
    check();
}

std::size_t Relay::games_away() const
{
    std::size_t count = 0;
    for (const auto& node : nodes_)
        count += node->worker().lobby().games_away();
    return count;
}

void Relay::share_out()
{
    for (std::size_t at = 0; at < nodes_.size(); ++at)
        hold(at);
    std::vector<lobby::Amounts> uses;
    for (const auto& node : nodes_)
        uses.push_back(node->worker().lobby().amounts());
    const std::vector<lobby::Amounts> shares =
        lobby::share_out(nodes_.front()->worker().lobby().limits_in_all(), uses);
    for (std::size_t at = 0; at < nodes_.size(); ++at)
        (void)nodes_[at]->worker().order(lobby::SetShare{shares[at]});

    std::vector<lobby::ShareUses> heavy;
    for (const auto& node : nodes_)
        heavy.push_back(node->worker().heavy_addresses());
    const std::vector<wire::Network> networks = lobby::heavy_networks(heavy);
    std::vector<lobby::ShareUses> of_each;
    for (const auto& node : nodes_)
        of_each.push_back(node->worker().lobby().uses_of(networks, schedule_.now()));
    const std::vector<lobby::NetworkShares> parts =
        lobby::share_out(nodes_.front()->worker().lobby().address_limits(), of_each);
    for (std::size_t at = 0; at < nodes_.size(); ++at)
        (void)nodes_[at]->worker().order(
            lobby::SetAddressShares{std::make_shared<const lobby::NetworkShares>(parts[at])});
}

// Whoever comes now is told no more than was open a moment ago.
void Relay::tell_others()
{
    if (is_dead_) return;
    share_out();
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
        lobby::OpenGames games;
        for (const auto& other : nodes_)
            if (other != nodes_[at]) games.add(other->worker().lobby().open_games());
        put(at, [this, at, games] { nodes_[at]->tell(games); });
    }
}

} // namespace netplay_relay::simulation
