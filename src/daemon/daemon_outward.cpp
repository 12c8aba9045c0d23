// What the relay tells others on the internet while it runs.
#include "base/byte_order.hpp"
#include "daemon/running_daemon.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace netplay_relay::daemon {

void RunningDaemon::begin_feed()
{
    std::array<std::uint8_t, 4> epoch{};
    random_.fill(epoch);
    feed_.begin(load_little<std::uint32_t>(epoch));
    workers_.also_tell(feed_);
}

void RunningDaemon::begin_outward()
{
    adopt_outward();
    std::vector<outward::News> untold;
    for (net::UntoldNews& one : facts_before_.news)
        untold.push_back({one.number, std::move(one.kind), std::move(one.line), std::move(one.hook),
                          std::chrono::steady_clock::time_point(one.since.time_since_epoch())});
    facts_before_.news.clear();
    outward_.go_on_with(std::move(untold));
    const auto tell = [this](const admin::Feed::Event& event) {
        outward_.happened(event->number, event->kind, event->data);
        if (event->kind == "session_game") learn_game(event->data);
    };
    // Such as that it was upgraded.
    for (const admin::Feed::Event& before : feed_.after(0))
        tell(before);
    feed_.listen(tell);
}

std::vector<net::UntoldNews> RunningDaemon::untold_news() const
{
    std::vector<net::UntoldNews> all;
    for (outward::News& one : outward_.waiting())
        all.push_back({one.number, std::move(one.kind), std::move(one.line), std::move(one.hook),
                       lobby::Instant(one.since.time_since_epoch())});
    return all;
}

void RunningDaemon::learn_game(const std::string& event)
{
    const nlohmann::json fields = nlohmann::json::parse(event, nullptr, false);
    const auto session = fields.is_object() ? fields.value("session", "") : std::string();
    if (const auto id = wire::parse_session_id(session)) announcements_.learn(*id);
}

void RunningDaemon::adopt_outward()
{
    outward::Settings settings;
    settings.webhooks = config_.webhooks;
    settings.lobby = config_.lobby;
    settings.origin = "netplay-relay-" + text::in_hex(feed_.epoch(), 8);
    if (config_.policy.manual_ip != lobby::ManualIp::off) settings.reach = process_.reach.players;
    // A door that was to get any port has one now.
    for (config::WebhookSettings& hook : settings.webhooks) {
        const auto open = std::ranges::find_if(handed_, [&](const auto& one) {
            return one.first.use == net::ListenerUse::players && hook.door == one.first.wanted;
        });
        if (open != handed_.end()) hook.door = net::local_endpoint(open->second);
    }
    outward_.adopt(std::move(settings));
    // Frontends come to a lobby's games by IPv4.
    const auto ipv4 = std::ranges::find_if(
        listening_, [](const wire::Endpoint& one) { return one.address.is_ipv4(); });
    const std::uint16_t listened = ipv4 != listening_.end() ? ipv4->port : 0;
    announcements_.begin(config_.public_port != 0 ? config_.public_port : listened);
}

} // namespace netplay_relay::daemon
