#include "admin/feed.hpp"

#include "admin/event_json.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

namespace netplay_relay::admin {

namespace {

// Refusals are told in sum, so often.
constexpr std::chrono::seconds refusals_interval{1};
// That a limit is reached is told again after so long.
constexpr std::chrono::seconds limit_interval{60};

bool is_limit(wire::CloseReason reason)
{
    using wire::CloseReason;
    return reason == CloseReason::connections_full || reason == CloseReason::sessions_full ||
           reason == CloseReason::rooms_full || reason == CloseReason::parties_full ||
           reason == CloseReason::legacy_ports_full || reason == CloseReason::memory_short;
}

} // namespace

Feed::Feed(boost::asio::io_context& io) : refusals_timer_(io) {}

void Feed::publish(std::string_view kind, const nlohmann::ordered_json& data)
{
    auto event = std::make_shared<FeedEvent>();
    event->number = ++newest_;
    event->kind = kind;
    nlohmann::ordered_json all{{"at", utc_now()}, {"event", kind}};
    if (data.is_object()) all.update(data);
    // Nicks and names of cores come from outside and may be no UTF-8.
    event->data = all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    kept_bytes_ += event->data.size();
    kept_.push_back(event);
    while (kept_.size() > feed_events_max || kept_bytes_ > feed_bytes_max) {
        kept_bytes_ -= kept_.front()->data.size();
        kept_.pop_front();
    }
    for (const Listener& listener : listeners_)
        listener(event);
}

std::vector<Feed::Event> Feed::after(std::uint64_t number) const
{
    const auto first = std::ranges::upper_bound(kept_, number, {},
                                                [](const Event& event) { return event->number; });
    return {first, kept_.end()};
}

std::string Feed::id_of(std::uint64_t number) const
{
    return text::in_hex(epoch_, 8) + "-" + std::to_string(number);
}

std::optional<std::uint64_t> Feed::number_of(std::string_view id) const
{
    const std::string before = text::in_hex(epoch_, 8) + "-";
    if (!id.starts_with(before)) return std::nullopt;
    id.remove_prefix(before.size());
    std::uint64_t number = 0;
    const auto [read, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc() || read != id.data() + id.size()) return std::nullopt;
    return number;
}

std::uint64_t Feed::oldest() const { return kept_.empty() ? newest_ + 1 : kept_.front()->number; }

void Feed::happened(const lobby::LogEvent& event, const worker::EventFacts& facts,
                    const std::string& join_text)
{
    if (const auto* turned = std::get_if<lobby::TurnedAway>(&event)) {
        // Health checks connect and hang up.
        if (facts.was_mute && turned->reason == wire::CloseReason::left_early) return;
        return count_refusal(turned->reason);
    }
    // Web browsers, and games with a wrong code: it was in no party.
    if (const auto* gone = std::get_if<lobby::PeerGone>(&event);
        gone != nullptr && wire::is_refusal(gone->reason))
        return count_refusal(gone->reason);
    publish(word_of(event), event_json(event, facts, join_text));
    if (const auto* opened = std::get_if<lobby::LinkOpened>(&event); opened && link_listener_)
        link_listener_(opened->key);
    if (const auto* closed = std::get_if<lobby::SessionClosed>(&event); closed && end_listener_)
        end_listener_(closed->session);
}

void Feed::count_refusal(wire::CloseReason reason)
{
    const auto at = static_cast<std::size_t>(reason);
    ++refused_[at];
    const auto now = std::chrono::steady_clock::now();
    if (is_limit(reason) && (limit_told_[at] == std::chrono::steady_clock::time_point{} ||
                             now >= limit_told_[at] + limit_interval)) {
        limit_told_[at] = now;
        publish("limit_reached", {{"reason", wire::word(reason)}});
    }
    if (std::exchange(has_refused_, true)) return;
    refusals_timer_.expires_after(refusals_interval);
    refusals_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) tell_refusals();
    });
}

void Feed::tell_refusals()
{
    has_refused_ = false;
    nlohmann::ordered_json reasons = nlohmann::ordered_json::object();
    for (std::size_t at = 0; at < refused_.size(); ++at)
        if (refused_[at] > 0)
            reasons[std::string(wire::word(static_cast<wire::CloseReason>(at)))] = refused_[at];
    refused_ = {};
    publish("refused", {{"reasons", std::move(reasons)}});
}

void Feed::stood_still(lobby::Duration gap)
{
    publish("stood_still", {{"seconds", std::chrono::duration<double>(gap).count()}});
}

void Feed::memory_short(const worker::MemoryShort& what)
{
    publish("memory_short",
            {{"held_bytes", what.held}, {"limit_bytes", what.most}, {"closed", what.closed}});
}

} // namespace netplay_relay::admin
