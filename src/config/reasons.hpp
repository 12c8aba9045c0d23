// Why a text is not what a key wants, as what to write instead. All of these are for texts that
// were refused; each gives nothing, or words that follow "must be ..., not ...", beginning with ";
// ".
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace netplay_relay::config {

// Of an address with a port to listen on.
[[nodiscard]] std::string why_no_endpoint(const std::string& text);

// Of a network of an access list.
[[nodiscard]] std::string why_no_network(const std::string& text);

// Of a name for join texts.
[[nodiscard]] std::string why_no_public_name(const std::string& text);

// Of a range of ports.
[[nodiscard]] std::string why_no_range(const std::string& text);

// Of one word of several.
[[nodiscard]] std::string why_no_manual_ip(const std::string& text);
[[nodiscard]] std::string why_no_door_rooms(const std::string& text);
[[nodiscard]] std::string why_no_log_level(const std::string& text);

// Of a session id.
[[nodiscard]] std::string why_no_session_id(const std::string& text);

} // namespace netplay_relay::config
