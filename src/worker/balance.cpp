#include "worker/balance.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::worker {

namespace {

std::uint32_t expected(const Load& load)
{
    return load.busy + static_cast<std::uint32_t>(load.connections / connections_per_thousandth);
}

} // namespace

std::vector<std::uint8_t> places_for_new(std::span<const Load> loads)
{
    if (loads.empty()) return {};
    const auto [least, most] = std::ranges::minmax(loads, {}, expected);
    if (expected(most) - expected(least) < placing_difference) return {};
    const std::uint32_t level = expected(most) + placing_headroom;
    const std::uint32_t widest = level - expected(least);
    std::vector<std::uint8_t> weights;
    for (const Load& load : loads)
        weights.push_back(
            static_cast<std::uint8_t>((level - expected(load)) * weight_max / widest));
    return weights;
}

std::optional<Transfer> wanted_transfer(std::span<const Load> loads)
{
    if (loads.empty()) return std::nullopt;
    const auto least = std::ranges::min_element(loads, {}, &Load::busy);
    const auto most = std::ranges::max_element(loads, {}, &Load::busy);
    const std::uint32_t difference = most->busy - least->busy;
    if (difference <= moving_difference) return std::nullopt;
    return Transfer{static_cast<std::size_t>(most - loads.begin()),
                    static_cast<std::size_t>(least - loads.begin()), difference / 2};
}

std::vector<lobby::Game> games_to_go(std::span<const GameUse> uses, std::uint32_t busy,
                                     std::uint32_t most)
{
    std::uint64_t bytes = 0;
    for (const GameUse& use : uses)
        bytes += use.bytes;
    if (bytes == 0 || busy == 0) return {};
    // In bytes, what may go: no product of them with thousandths is too large for a double.
    double left = static_cast<double>(bytes) * most / busy;
    std::vector<GameUse> sorted(uses.begin(), uses.end());
    std::ranges::sort(sorted, [](const GameUse& one, const GameUse& other) {
        return std::pair(other.bytes, one.game) < std::pair(one.bytes, other.game);
    });
    std::vector<lobby::Game> going;
    for (const GameUse& use : sorted) {
        if (going.size() == games_at_once || use.bytes == 0) break;
        if (static_cast<double>(use.bytes) > left) continue;
        left -= static_cast<double>(use.bytes);
        going.push_back(use.game);
    }
    return going;
}

void Balancer::look(std::span<const Load> loads)
{
    if (settling_ > 0) --settling_;
    if (loads_.size() != loads.size()) {
        loads_.assign(loads.begin(), loads.end());
        return;
    }
    for (std::size_t at = 0; at < loads.size(); ++at)
        loads_[at] = {(loads_[at].busy + loads[at].busy) / 2, loads[at].connections};
}

std::optional<Transfer> Balancer::wanted()
{
    auto transfer = settling_ > 0 ? std::nullopt : wanted_transfer(loads_);
    if (!transfer) {
        watched_ = SIZE_MAX;
        so_far_.clear();
    }
    return transfer;
}

std::vector<lobby::Game> Balancer::choose(const Transfer& transfer,
                                          std::span<const GameUse> all_so_far, lobby::Instant now)
{
    std::erase_if(stays_until_, [&](const auto& entry) { return entry.second <= now; });
    const bool is_known = std::exchange(watched_, transfer.from) == transfer.from;
    const auto before = std::exchange(so_far_, {});
    std::vector<GameUse> uses;
    for (const GameUse& game : all_so_far) {
        so_far_.emplace(game.game, game.bytes);
        const auto known = before.find(game.game);
        // What has come since then has all that it has moved. Who has left takes its bytes along.
        const std::uint64_t from = known == before.end() ? 0 : known->second;
        uses.push_back({game.game, game.bytes - std::min(game.bytes, from)});
    }
    if (!is_known) return {};
    std::vector<lobby::Game> going =
        games_to_go(uses, loads_.at(transfer.from).busy, transfer.most);
    std::erase_if(going, [&](lobby::Game game) { return stays_until_.contains(game); });
    if (!going.empty()) settling_ = looks_to_settle;
    return going;
}

void Balancer::note_gone(lobby::Game game, lobby::Instant now)
{
    stays_until_.insert_or_assign(game, now + stays_for);
}

} // namespace netplay_relay::worker
