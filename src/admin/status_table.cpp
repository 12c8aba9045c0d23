#include "admin/status_table.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>
#include <vector>

namespace netplay_relay::admin {

namespace {

using nlohmann::json;

// "3h07m", "12m05s", "9.3s"
std::string span_text(double seconds)
{
    const auto whole = static_cast<long>(seconds);
    if (whole >= 3600) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
    if (whole >= 60) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
    return fmt::format("{:.1f}s", seconds);
}

std::string bytes_text(double bytes)
{
    if (bytes >= 1e9) return fmt::format("{:.1f} GB", bytes / 1e9);
    if (bytes >= 1e6) return fmt::format("{:.1f} MB", bytes / 1e6);
    if (bytes >= 1e3) return fmt::format("{:.1f} kB", bytes / 1e3);
    return fmt::format("{:.0f} B", bytes);
}

std::string milliseconds_text(const json& end, const char* field)
{
    const auto value = end.find(field);
    if (value == end.end() || !value->is_number()) return "-";
    return fmt::format("{:.1f}", value->get<double>());
}

std::string whole_text(const json& end, const char* field)
{
    const auto value = end.find(field);
    if (value == end.end() || !value->is_number()) return "-";
    return fmt::format("{}", value->get<std::uint64_t>());
}

void add_overview(std::string& out, const json& status)
{
    const json& use = status.at("use");
    const json& limits = status.at("limits");
    out += fmt::format("netplay-relay {}, {}, up {}\n", status.at("version").get<std::string>(),
                       status.at("state").get<std::string>(),
                       span_text(status.at("uptime_seconds").get<double>()));
    std::string listening;
    for (const json& endpoint : status.at("listening"))
        listening += fmt::format(" {} port {}", endpoint.at("address").get<std::string>(),
                                 endpoint.at("port").get<int>());
    out += fmt::format("listening on{}\n", listening);
    for (const char* what : {"connections", "sessions"})
        out += fmt::format("{:<14}{:>7} of {}\n", what, use.at(what).get<std::uint64_t>(),
                           limits.at(what).get<std::uint64_t>());
    for (const char* what : {"links", "waiting_joins"})
        out += fmt::format("{:<14}{:>7}\n", what, use.at(what).get<std::uint64_t>());
}

void add_goodbyes(std::string& out, const json& goodbyes)
{
    std::string lines;
    for (const auto& [reason, count] : goodbyes.items())
        if (count.get<std::uint64_t>() > 0)
            lines += fmt::format("  {:<28}{:>9}\n", reason, count.get<std::uint64_t>());
    if (!lines.empty()) out += "\nended so far, by reason\n" + lines;
}

void add_session(std::string& out, const json& session)
{
    const json& host = session.at("host");
    out += fmt::format("\nsession {}\n", session.at("join_text").get<std::string>());
    out +=
        fmt::format("  host {}, {}{}, age {}, seats {} of {}, waiting {}, rtt {} ms, ping {} ms",
                    host.at("address").get<std::string>(), session.at("state").get<std::string>(),
                    session.at("reserved").get<bool>() ? ", reserved" : "",
                    span_text(session.at("age_seconds").get<double>()),
                    session.at("seats").at("taken").get<std::uint64_t>(),
                    session.at("seats").at("limit").get<std::uint64_t>(),
                    session.at("waiting_joins").get<std::uint64_t>(),
                    milliseconds_text(host, "rtt_ms"), milliseconds_text(host, "ping_ms"));
    if (host.at("unanswered_seconds").is_number())
        out +=
            fmt::format(", unanswered {}", span_text(host.at("unanswered_seconds").get<double>()));
    out += '\n';
    if (session.at("links").empty()) return;
    out += fmt::format("  {:<28}{:>9}{:>9}{:>9}{:>7}{:>9}{:>7}{:>11}{:>11}\n", "guest", "age",
                       "idle", "g.rtt ms", "g.ret", "h.rtt ms", "h.ret", "to host", "to guest");
    for (const json& link : session.at("links")) {
        const json& guest = link.at("guest");
        const json& host_leg = link.at("host");
        out += fmt::format(
            "  {:<28}{:>9}{:>9}{:>9}{:>7}{:>9}{:>7}{:>11}{:>11}\n",
            guest.at("address").get<std::string>(), span_text(link.at("age_seconds").get<double>()),
            span_text(link.at("idle_seconds").get<double>()), milliseconds_text(guest, "rtt_ms"),
            whole_text(guest, "retransmits"), milliseconds_text(host_leg, "rtt_ms"),
            whole_text(host_leg, "retransmits"), bytes_text(link.at("bytes_to_host").get<double>()),
            bytes_text(link.at("bytes_to_guest").get<double>()));
    }
}

} // namespace

std::optional<std::string> status_table(const std::string& status_json)
{
    try {
        const json status = json::parse(status_json);
        std::string out;
        add_overview(out, status);
        add_goodbyes(out, status.at("totals").at("goodbyes"));
        for (const json& session : status.at("sessions"))
            add_session(out, session);
        return out;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

} // namespace netplay_relay::admin
