// What is limited for each address, shared out among the workers of the process: in bulk, while all
// of them stand still.
#include "net/workers.hpp"

#include <memory>
#include <utility>

namespace netplay_relay::net {

namespace {

// The others of them stand still meanwhile.
constexpr int reliefs_at_once = 8;

} // namespace

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

// True if they still keep too much.
bool Workers::relieve_packets(const std::vector<Held>& all)
{
    const auto is_too_much = [&] { return packets_.drawn() > policy_.parties.kept_bytes_in_all; };
    for (int gone = 0; gone < reliefs_at_once && is_too_much(); ++gone) {
        std::vector<lobby::KeptPackets> kept;
        for (const Held& one : all)
            kept.push_back(one->lobby().kept_packets());
        const auto most = lobby::who_keeps_most(kept);
        if (!most) return false;
        (void)all[most->second]->order(lobby::Relieve{most->first});
    }
    return is_too_much();
}

void Workers::tell_workers(std::uint16_t worker, const lobby::News& news)
{
    for (std::uint16_t other = 0; other < count(); ++other) {
        if (other == worker) continue;
        tell(other, [news](Engine& engine) { engine.hear(news); });
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
