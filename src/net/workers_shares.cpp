// What is limited for each address, shared out among the workers of the process: in bulk, while all
// of them stand still.
#include "net/workers.hpp"

#include <memory>
#include <utility>

namespace netplay_relay::net {

void Workers::share_out_addresses(const std::vector<Held>& all)
{
    std::vector<lobby::ShareUses> heavy;
    for (const Held& one : all)
        heavy.push_back(one->heavy_addresses());
    const std::vector<wire::Network> networks = lobby::heavy_networks(heavy);
    const bool were_any = std::exchange(shares_addresses_, !networks.empty());
    if (networks.empty() && !were_any) {
        // Whoever has asked is answered.
        for (const Held& one : all)
            if (one->lobby().open_games().is_short)
                one->set_address_shares(std::make_shared<const lobby::NetworkShares>());
        return;
    }
    std::vector<lobby::ShareUses> uses;
    for (const Held& one : all)
        uses.push_back(one->lobby().uses_of(networks, one->now()));
    std::vector<lobby::NetworkShares> shares =
        lobby::share_out(all.front()->lobby().address_limits(), uses);
    for (std::size_t at = 0; at < all.size(); ++at)
        all[at]->set_address_shares(
            std::make_shared<const lobby::NetworkShares>(std::move(shares[at])));
}

void Workers::tell_workers(std::uint16_t worker, const lobby::Guessed& news)
{
    for (std::uint16_t other = 0; other < count(); ++other) {
        if (other == worker) continue;
        tell(other, [news](Engine& engine) { engine.note_guess(news); });
    }
}

void Workers::note_port(std::uint16_t worker, std::uint16_t port, bool is_open)
{
    const std::lock_guard lock(ports_mutex_);
    if (is_open)
        ports_[port] = worker;
    else
        ports_.erase(port);
}

bool Workers::has_port(std::uint16_t worker, std::uint16_t port) const
{
    const std::lock_guard lock(ports_mutex_);
    const auto found = ports_.find(port);
    return found != ports_.end() && found->second != worker;
}

// As somebody may have left who had much.
void Workers::share_out_again()
{
    if (shares_addresses_) share_out();
}

} // namespace netplay_relay::net
