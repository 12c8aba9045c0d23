// A status with two people who play through a session and two in a room.
#pragma once

#include <nlohmann/json.hpp>

namespace netplay_relay::admin {

[[nodiscard]] inline nlohmann::json some_member(const char* nick, const char* address)
{
    return {{"nick", nick},
            {"address", address},
            {"state", "playing"},
            {"owns_clock", false},
            {"in_line", nullptr},
            {"ping_ms", 41.5},
            {"rtt_ms", 20},
            {"retransmits", 3},
            {"frames_behind", 2},
            {"inputs_late", 17},
            {"waits", 3},
            {"waited_seconds", 1.5},
            {"waited_last_minute_seconds", 1.5}};
}

[[nodiscard]] inline nlohmann::json some_status()
{
    using nlohmann::json;
    const json link{{"guest", {{"address", "198.51.100.23:5"}, {"rtt_ms", 80}, {"retransmits", 4}}},
                    {"host", {{"address", "203.0.113.7:6"}, {"rtt_ms", 31}, {"retransmits", 1}}},
                    {"age_seconds", 60},
                    {"idle_seconds", 0.5},
                    {"bytes_to_host", 1234567},
                    {"bytes_to_guest", 999},
                    {"game",
                     {{"guest", {{"nick", "bob"}}},
                      {"host", {{"nick", "alice"}}},
                      {"core", {{"name", "Gambatte"}}}}}};
    const json session{{"id", "FRIDAYNIGHTSNES1"},
                       {"state", "open"},
                       {"host", {{"address", "203.0.113.7:4"}, {"rtt_ms", 30}}},
                       {"age_seconds", 90},
                       {"seats", {{"taken", 1}, {"limit", 31}}},
                       {"waiting_joins", 2},
                       {"join_port", 56001},
                       {"links", json::array({link})}};
    const json room{{"number", 7},
                    {"core", "Snes9x"},
                    {"core_version", "1.6"},
                    {"content_crc", "0000abcd"},
                    {"by_password", true},
                    {"places", {{"limit", 4}, {"taken", 2}, {"kept", 0}}},
                    {"join_port", nullptr},
                    {"frame", 3600},
                    {"age_seconds", 61},
                    {"members", json::array({some_member("carol", "198.51.100.24:7"),
                                             some_member("da\x1b[2Jn", "198.51.100.25:8")})}};
    return {
        {"version", "1.2.3"},
        {"state", "running"},
        {"uptime_seconds", 100},
        {"limits", {{"connections", 10}, {"sessions", 5}}},
        {"use", {{"connections", 5}, {"sessions", 1}, {"links", 1}, {"rooms", 1}, {"members", 2}}},
        {"totals", {{"close_reasons", {{"unknown_session", 4}, {"probe", 0}}}}},
        {"sessions", json::array({session})},
        {"rooms", json::array({room})}};
}

} // namespace netplay_relay::admin
