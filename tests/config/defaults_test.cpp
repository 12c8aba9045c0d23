// The shipped file is the list of all keys and all defaults: it must not lie.
#include "faults.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

namespace netplay_relay::config {

namespace {

std::string shipped_text()
{
    std::ifstream file(SHIPPED_CONFIG, std::ios::binary);
    REQUIRE(file.is_open());
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

nlohmann::json shipped_json() { return nlohmann::json::parse(shipped_text(), nullptr, true, true); }

// "limits.sessions" and the like, objects included.
void collect_keys(const nlohmann::json& object, const std::string& path,
                  std::set<std::string>& keys)
{
    for (const auto& [key, value] : object.items()) {
        const std::string whole = path.empty() ? key : path + "." + key;
        keys.insert(whole);
        if (value.is_object()) collect_keys(value, whole, keys);
    }
}

// The keys that the reader names when it meets one that it does not know.
std::set<std::string> known_at(const std::string& path)
{
    nlohmann::json json = {{"no_such_key", 1}};
    std::string rest = path;
    while (!rest.empty()) {
        const auto dot = rest.rfind('.');
        const std::string last = dot == std::string::npos ? rest : rest.substr(dot + 1);
        json = nlohmann::json{{last, json}};
        rest = dot == std::string::npos ? "" : rest.substr(0, dot);
    }
    const Parsed parsed = parse_config(json.dump());
    REQUIRE(parsed.faults.size() == 1);
    std::string problem = parsed.faults.front().problem;
    const std::string opening = "known are: ";
    REQUIRE(says(problem, opening));
    problem.erase(0, problem.find(opening) + opening.size());
    std::set<std::string> known;
    while (!problem.empty()) {
        const auto comma = problem.find(", ");
        const std::string key = problem.substr(0, comma);
        known.insert(path.empty() ? key : path + "." + key);
        problem = comma == std::string::npos ? "" : problem.substr(comma + 2);
    }
    return known;
}

const std::vector<std::string> objects{"",
                                       "admin",
                                       "lan_discovery",
                                       "log",
                                       "access",
                                       "access.host",
                                       "access.join",
                                       "limits",
                                       "rooms",
                                       "parties",
                                       "legacy_ports",
                                       "fleet",
                                       "lobby",
                                       "public_page",
                                       "rooms.voice",
                                       "rooms.voice.farewells"};

nlohmann::json parent_of(const std::string& path, const nlohmann::json& value)
{
    const auto dot = path.find('.');
    if (dot == std::string::npos) return {{path, value}};
    return {{path.substr(0, dot), parent_of(path.substr(dot + 1), value)}};
}

} // namespace

TEST_CASE("the shipped file holds the defaults")
{
    CHECK((accepted(shipped_text()) == Config{}));
    CHECK((accepted("{}") == Config{}));
}

TEST_CASE("the defaults are what the documents promise")
{
    const Config config;
    REQUIRE(config.listen.size() == 2);
    CHECK(wire::to_text(config.listen[0]) == "0.0.0.0:55435");
    CHECK(wire::to_text(config.listen[1]) == "[::]:55435");
    REQUIRE(config.admin_listen.size() == 1);
    CHECK(wire::to_text(config.admin_listen[0]) == "127.0.0.1:55480");
    CHECK(config.public_name.empty());
    CHECK(config.public_port == 0);
    CHECK_FALSE(config.lan_discovery.enabled);
    CHECK(wire::to_text(config.lan_discovery.listen) == "0.0.0.0:55435");
    CHECK(config.inspect);
    CHECK(config.workers == 1);
    CHECK((config.policy.manual_ip == lobby::ManualIp::room));
    CHECK(config.doors.empty());
    CHECK((config.policy.rooms == room::RoomSettings{}));
    CHECK((config.policy.parties == party::PartySettings{}));
    CHECK(config.policy.trusted_proxies.empty());
    CHECK_FALSE(config.policy.proxy_protocol);
    CHECK(config.policy.join_ports.empty());
    CHECK(config.policy.legacy_ports.range.empty());
    CHECK(config.policy.reserved.empty());
    CHECK(config.webhooks.empty());
    CHECK_FALSE(config.lobby.enabled);
    CHECK(host_field(config.lobby.url) == "lobby.libretro.com");
    CHECK((config.fleet == FleetSettings{}));
    CHECK_FALSE(config.fleet.node);
    CHECK(check(config).empty());
}

TEST_CASE("every known key is in the shipped file, and the reader knows every key of it")
{
    std::set<std::string> in_file;
    collect_keys(shipped_json(), "", in_file);
    std::set<std::string> known;
    for (const std::string& object : objects)
        known.merge(known_at(object));
    CHECK(known == in_file);
}

TEST_CASE("every number of the shipped file reaches the configuration")
{
    // Another value in the right range must make a configuration that differs from the defaults,
    // and no two keys may lead to the same place.
    std::set<std::string> keys;
    collect_keys(shipped_json(), "", keys);
    const nlohmann::json shipped = shipped_json().flatten();
    std::vector<std::pair<std::string, Config>> seen;
    for (const std::string& key : keys) {
        std::string pointer = "/" + key;
        std::ranges::replace(pointer, '.', '/');
        if (!shipped.contains(pointer) || !shipped[pointer].is_number()) continue;
        const auto value = shipped[pointer].get<std::uint64_t>();
        const std::uint64_t other = value <= 1 ? value + 1 : value - 1;
        const Config config = accepted(parent_of(key, other).dump());
        INFO(key);
        CHECK_FALSE((config == Config{}));
        for (const auto& [before, config_before] : seen) {
            INFO(before);
            CHECK_FALSE((config == config_before));
        }
        seen.emplace_back(key, config);
    }
    CHECK(seen.size() == 41);
}

TEST_CASE("every limit has its own key")
{
    const auto limits = accepted(R"({"limits": {
        "connections": 101, "sessions": 2, "links_per_session": 3,
        "waiting_joins_per_session": 4, "connections_per_address": 5, "sessions_per_address": 6,
        "waiting_joins_per_address": 7, "new_connections_per_second_per_address": 8,
        "greeting_seconds": 9, "join_wait_seconds": 10, "link_idle_seconds": 11,
        "half_closed_seconds": 12, "host_ping_seconds": 13,
        "buffered_bytes_per_connection": 4100, "memory_mebibytes": 14, "links_per_address": 15}})")
                            .policy.limits;
    lobby::Limits expected;
    expected.connections = 101;
    expected.sessions = 2;
    expected.links_per_session = 3;
    expected.waiting_joins_per_session = 4;
    expected.connections_per_address = 5;
    expected.sessions_per_address = 6;
    expected.waiting_joins_per_address = 7;
    expected.new_connections_per_second_per_address = 8;
    expected.greeting = lobby::Seconds{9};
    expected.join_wait = lobby::Seconds{10};
    expected.link_idle = lobby::Seconds{11};
    expected.half_closed = lobby::Seconds{12};
    expected.host_ping = lobby::Seconds{13};
    expected.buffered_bytes_per_connection = 4100;
    expected.memory_mebibytes = 14;
    expected.links_per_address = 15;
    CHECK((limits == expected));
}

TEST_CASE("workers are a number, or as many as there are cores")
{
    CHECK(accepted(R"({"workers": 64})").workers == 64);
    CHECK(accepted(R"({"workers": "auto"})").workers == 0);
    for (const char* wrong : {"0", "65", "-1", "1.5", "\"all\"", "[2]", "true"})
        check_fault(R"({"workers": )" + std::string(wrong) + "}", "workers");
}

} // namespace netplay_relay::config
