// The words that tables of the status have in common.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace netplay_relay::admin {

// "3h07m", "12m05s", "9.3s"
[[nodiscard]] std::string span_text(double seconds);
// "1.2 MB"
[[nodiscard]] std::string bytes_text(double bytes);
// "-" where the field is missing or null.
[[nodiscard]] std::string milliseconds_text(const nlohmann::json& end, const char* field);
[[nodiscard]] std::string whole_text(const nlohmann::json& end, const char* field);
[[nodiscard]] std::string id_text(const nlohmann::json& one);
// "203.0.113.7:4 (id 17)", or without the id where the relay does not tell it of `whose`.
[[nodiscard]] std::string address_text(const nlohmann::json& one, const nlohmann::json& whose);
[[nodiscard]] std::string text_or_dash(const nlohmann::json& object, const char* field);

// Nicks come from outside: nothing in them may move a terminal's cursor.
[[nodiscard]] std::string plain_word(const nlohmann::json& text);

// Of a status's `fleet`: "5 players are passed on to other nodes, 2 come from other nodes"; empty
// if there are none, or it is null.
[[nodiscard]] std::string hops_text(const nlohmann::json& fleet);

// "clock", "playing", "watching", "joining", or who of those that wait for a place it is.
[[nodiscard]] std::string state_of_member(const nlohmann::json& member);
// How much of the last minute the others waited for it: "5%".
[[nodiscard]] std::string share_of_member(const nlohmann::json& member);

} // namespace netplay_relay::admin
