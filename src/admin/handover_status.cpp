#include "admin/handover_status.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace netplay_relay::admin {

std::optional<HandoverStatus> handovers_in(const std::string& status_json)
{
    try {
        const auto json = nlohmann::json::parse(status_json);
        const auto& told = json.at("handovers");
        HandoverStatus status;
        status.process = json.at("process").get<int>();
        status.done = told.at("done").get<std::uint64_t>();
        status.failed = told.at("failed").get<std::uint64_t>();
        status.pause_ms =
            told.at("last_pause_ms").is_null() ? 0 : told.at("last_pause_ms").get<double>();
        status.connections = told.at("connections").get<std::uint64_t>();
        status.lost = told.at("lost").get<std::uint64_t>();
        if (told.at("last_problem").is_string()) status.problem = told.at("last_problem");
        // A signal to 0 or less would go to many.
        if (status.process > 0) return status;
    } catch (const nlohmann::json::exception&) {
    }
    return std::nullopt;
}

std::string handover_text(const HandoverStatus& status)
{
    std::string text = fmt::format("{} connections go on after a pause of {:.1f} ms",
                                   status.connections, status.pause_ms);
    if (status.lost > 0) text += fmt::format("; {} were lost, the log says why", status.lost);
    return text;
}

} // namespace netplay_relay::admin
