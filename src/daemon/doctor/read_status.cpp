#include "daemon/doctor/read_status.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace netplay_relay::daemon::doctor {

namespace {

using Json = nlohmann::json;

std::string text_or_none(const Json& object, const char* field)
{
    const auto found = object.find(field);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void add_listening(const Json& list, RelayFacts& relay)
{
    for (const Json& one : list) {
        const auto address = wire::parse_address(one.at("address").get<std::string>());
        if (address)
            relay.listening.push_back(
                {{*address, one.at("port").get<std::uint16_t>()}, one.value("state", "listening")});
    }
}

// Null if it has no links with others; older ones tell less of it.
void read_fleet(const Json& fleet, RelayFacts& relay)
{
    if (!fleet.is_object()) return;
    relay.node = fleet.at("node").get<unsigned>();
    relay.fleet_problem = text_or_none(fleet, "problem");
    if (const auto at = fleet.find("listening"); at != fleet.end() && at->is_object())
        add_listening(Json::array({*at}), relay);
}

void add_player(const Json& side, RelayFacts& relay)
{
    const auto endpoint = wire::parse_endpoint(side.at("address").get<std::string>());
    if (endpoint) relay.players.push_back(endpoint->address);
}

void add_players(const Json& status, RelayFacts& relay)
{
    for (const Json& session : status.at("sessions")) {
        add_player(session.at("host"), relay);
        for (const Json& link : session.at("links"))
            add_player(link.at("guest"), relay);
    }
    for (const Json& room : status.at("rooms"))
        for (const Json& member : room.at("members"))
            add_player(member, relay);
}

} // namespace

void read_status(const std::string& json, RelayFacts& relay)
{
    try {
        const Json status = Json::parse(json);
        relay.version = status.at("version").get<std::string>();
        relay.state = status.at("state").get<std::string>();
        relay.uptime_seconds = status.at("uptime_seconds").get<double>();
        relay.process = status.value("process", 0); // older ones do not tell
        relay.config_file = text_or_none(status, "config_file");
        relay.kept_problem = text_or_none(status, "kept_problem");
        relay.takes_new = status.value("takes_new", true);
        add_listening(status.at("listening"), relay);
        if (status.contains("fleet")) read_fleet(status.at("fleet"), relay);
        if (status.contains("admin_listening")) add_listening(status.at("admin_listening"), relay);
        if (status.contains("public_listening"))
            add_listening(status.at("public_listening"), relay);
        if (status.contains("handovers")) {
            const Json& handovers = status.at("handovers");
            relay.handover_problem = text_or_none(handovers, "last_problem");
            if (handovers.contains("format"))
                relay.record_version = handovers.at("format").get<std::uint32_t>();
        }
        relay.standstills = status.at("totals").value("standstills", std::uint64_t{0});
        relay.log_lines_lost = status.at("totals").value("log_lines_lost", std::uint64_t{0});
        add_players(status, relay);
        relay.answers = true;
    } catch (const Json::exception&) {
        relay.error = "what answers there is no relay's status";
    }
}

ServiceFacts read_service(const std::string& text)
{
    ServiceFacts service;
    std::istringstream lines(text);
    bool is_service = true; // an empty line, then the socket
    for (std::string line; std::getline(lines, line);) {
        const std::size_t equals = std::min(line.find('='), line.size());
        const std::string key = line.substr(0, equals);
        const std::string value = line.substr(std::min(equals + 1, line.size()));
        if (line.empty()) is_service = false;
        if (key == "UnitFileState" && value.starts_with("enabled")) service.begins_at_boot = true;
        if (!is_service && key == "ActiveState") service.socket_listens = value == "active";
        if (!is_service) continue;
        if (key == "LoadState") service.is_there = value == "loaded";
        if (key == "ActiveState") service.has_failed = value == "failed";
        if (key == "Result") service.result = value;
        if (key == "NRestarts") std::istringstream(value) >> service.restarts;
        if (key == "LimitNOFILE") std::istringstream(value) >> service.files;
    }
    return service;
}

} // namespace netplay_relay::daemon::doctor
