// What the nodes of a fleet know of bans: whoever hears that another one knows other things asks
// it.
#include "net/fleet_office.hpp"

#include "record/archive.hpp"

#include <boost/asio/co_spawn.hpp>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

namespace asio = boost::asio;

namespace {

// More than a node may know is none of ours.
constexpr std::size_t entries_max = lobby::bans_max + lobby::lifted_bans_max;

} // namespace

void FleetOffice::note_bans(std::uint64_t digest, std::vector<lobby::BanEntry> bans)
{
    inbox_.put([this, digest, bans = std::move(bans)] {
        record::Writer writer;
        writer(bans);
        bans_ = std::make_shared<const std::string>(writer.bytes().begin(), writer.bytes().end());
        bans_digest_ = digest;
        look_again();
    });
}

void FleetOffice::look_at_bans(fleet::Node node, std::uint64_t digest)
{
    AskedForBans& asked = asked_for_bans_[node];
    if (digest == bans_digest_ || asked.is_asking) return;
    const auto now = std::chrono::steady_clock::now();
    const bool is_same = asked.theirs == digest && asked.own == bans_digest_;
    if (now - asked.at < (is_same ? bans_vain_pause : bans_ask_pause)) return;
    asked = {true, now, digest, bans_digest_};
    asio::co_spawn(io_, learn_bans(node), [this, node](const std::exception_ptr& failure) {
        asked_for_bans_[node].is_asking = false;
        if (failure) spdlog::error("fleet_failed task=learn_bans problem=\"out of memory\"");
    });
}

asio::awaitable<void> FleetOffice::learn_bans(fleet::Node node)
{
    std::string text;
    std::string problem = co_await ask(node, fleet::Wanted::bans, bans_bytes_max, text);
    std::vector<lobby::BanEntry> bans;
    if (problem.empty()) {
        record::Reader reader({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
        reader(bans);
        if (!reader.is_complete() || bans.size() > entries_max) problem = "they make no sense";
    }
    if (problem.empty()) {
        listener_.bans_came(node, std::move(bans));
        co_return;
    }
    spdlog::warn("bans_not_learnt node={} problem=\"{}\"", node, problem);
}

} // namespace netplay_relay::net
