#include "peer/run_result.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace netplay_relay::peer {

namespace {

using nlohmann::ordered_json;
using rollback::Instant;

double milliseconds(Instant time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

ordered_json to_json(const rollback::StallCounts& stalls)
{
    return {{"count", stalls.count},
            {"milliseconds", milliseconds(stalls.duration)},
            {"longest_milliseconds", milliseconds(stalls.longest)}};
}

ordered_json to_json(const rollback::PingCounts& pings)
{
    if (pings.count == 0) return {{"count", 0}};
    return {{"count", pings.count},
            {"last_milliseconds", milliseconds(pings.last)},
            {"least_milliseconds", milliseconds(pings.least)},
            {"most_milliseconds", milliseconds(pings.most)},
            {"mean_milliseconds", milliseconds(pings.sum) / static_cast<double>(pings.count)}};
}

template <class Number>
ordered_json or_null(const std::optional<Number>& number)
{
    return number ? ordered_json(*number) : ordered_json();
}

ordered_json rollbacks_to_json(const RunResult& result)
{
    ordered_json depths = ordered_json::object(); // only those that occurred
    for (std::size_t depth = 0; depth < result.rollbacks.depths.size(); ++depth)
        if (result.rollbacks.depths[depth] > 0)
            depths[std::to_string(depth)] = result.rollbacks.depths[depth];
    return {{"count", result.rollbacks.rollbacks},
            {"frames_replayed", result.rollbacks.frames_replayed},
            {"deepest", result.deepest_rollback},
            {"ring", result.ring},
            {"depths", depths}};
}

} // namespace

const char* to_text(Sync sync)
{
    switch (sync) {
    case Sync::unverified: return "unverified";
    case Sync::agreed: return "agreed";
    case Sync::desync: return "desync";
    }
    return "unverified";
}

std::string dump(const ordered_json& json, int indent)
{
    constexpr char delete_character = '\x7f';
    std::string text = json.dump(indent, ' ', true, ordered_json::error_handler_t::replace);
    std::ranges::replace(text, delete_character, '?');
    return text;
}

std::string refusal_text(std::uint32_t reason)
{
    switch (static_cast<wire::ModeRefusal>(reason)) {
    case wire::ModeRefusal::other: return "other";
    case wire::ModeRefusal::not_privileged: return "not_privileged";
    case wire::ModeRefusal::no_free_slot: return "no_free_slot";
    case wire::ModeRefusal::too_fast: return "too_fast";
    case wire::ModeRefusal::not_available: return "not_available";
    }
    return "reason " + std::to_string(reason);
}

void to_json(ordered_json& json, const RunResult& result)
{
    const rollback::SessionCounts& counts = result.counts;
    json = {{"role", result.role == Role::host ? "host" : "client"},
            {"nick", result.nick},
            {"outcome", to_text(result.end.outcome)},
            {"reason", result.end.reason},
            {"sync", to_text(result.sync)},
            {"core",
             {{"name", result.core_name},
              {"version", result.core_version},
              {"content_crc", result.content_crc},
              {"state_bytes", result.state_size}}},
            {"protocol", result.protocol},
            {"host", result.host_nick},
            {"client_number", result.client_number},
            {"clients_seen", result.clients_seen},
            {"playing", result.playing},
            {"play_refused",
             result.play_refused.empty() ? ordered_json() : ordered_json(result.play_refused)},
            {"other_core_version", result.other_core_version},
            {"other_content", result.other_content},
            {"first_frame", result.first_frame},
            {"frames", result.frames},
            {"rollbacks", rollbacks_to_json(result)},
            {"inputs",
             {{"received", counts.inputs_received},
              {"late", counts.inputs_late},
              {"ignored", counts.inputs_ignored}}},
            {"crcs",
             {{"sent", counts.crcs_sent},
              {"checked", counts.crcs_checked},
              {"failed", counts.crcs_failed},
              {"objected", counts.crcs_objected},
              {"first_failed_frame", or_null(counts.first_failed_crc)},
              {"last_good_frame", or_null(counts.last_good_crc)}}},
            {"savestates",
             {{"sent", counts.states_sent},
              {"received", counts.states_received},
              {"requested", counts.states_requested},
              {"asked_of_us", counts.states_asked}}},
            {"resets", counts.resets},
            {"chats", counts.chats},
            {"stalls",
             {{"running_fast", to_json(counts.running_fast)},
              {"waiting", to_json(counts.waiting)},
              {"requested", to_json(counts.requested)}}},
            {"pings", to_json(counts.pings)},
            {"final_frame", or_null(result.final_frame)},
            {"final_hash", result.final_hash}};
}

} // namespace netplay_relay::peer
