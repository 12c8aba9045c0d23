// What the command line of netplay-peer asks for, as values.
#pragma once

#include "peer/decode/decode_capture.hpp"
#include "peer/run_settings.hpp"
#include "peer/shell/link.hpp"
#include "rollback/sync_test.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace netplay_relay::peer {

// HOST, HOST|PORT or HOST|PORT|SESSION, as RetroArch takes it. An IPv6 address may be in brackets.
struct JoinText
{
    std::string host;
    std::uint16_t port = 55435;
    std::string session; // 16 characters of base64, or empty
};
[[nodiscard]] std::variant<JoinText, std::string> parse_join_text(const std::string& text);
[[nodiscard]] std::string to_text(const JoinText& join);

struct RunOptions
{
    RunSettings settings;
    // host
    std::string listen = "0.0.0.0";
    std::uint16_t port = 55435;
    std::optional<JoinText> relay;
    bool until_empty = false;
    // client
    JoinText target;
    // both
    std::uint32_t frames = 0;              // 0: no limit
    std::chrono::milliseconds duration{0}; // 0: no limit
    double rate = 60;                      // frames per second, 0: unlimited
    LineSettings line;
    std::string record_file;
    std::string memory_file;
    bool json = false;
    bool quiet = false;
    bool unverified_ok = false;
};

} // namespace netplay_relay::peer
