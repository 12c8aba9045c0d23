// The token that lets its owner control the relay by HTTP: where it is, and whether it is one.
#pragma once

#include "config/config.hpp"

#include <string>
#include <string_view>

namespace netplay_relay::daemon {

inline constexpr std::size_t token_letters_min = 16;
inline constexpr std::size_t token_letters_max = 512;

struct AdminToken
{
    std::string token;   // empty: there is none, and so no control
    std::string file;    // empty: none is configured
    std::string problem; // why there is none though a file is configured, in words behind the file
    std::string warning; // about the file, likewise
};

// `configured`: admin.token_file. If that is empty the credential that systemd gives is taken, if
// there is one; `credentials` is $CREDENTIALS_DIRECTORY, or null.
[[nodiscard]] AdminToken read_admin_token(const std::string& configured, const char* credentials);

// A sentence if the file that the configuration names is not as it should be, else nothing.
[[nodiscard]] std::string warning_of_token(const config::Config& config);

// What is wrong with the text of the file; empty if `token` is it.
[[nodiscard]] std::string take_token(std::string_view text, std::string& token);

} // namespace netplay_relay::daemon
