// What the inspector of parties is told to do, by option or on its standard input.
#pragma once

#include "peer/party_client.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace netplay_relay::inspector {

struct SendOrder
{
    PartyTarget to;
    Mode mode = Mode::reliable;
    std::uint8_t channel = 0;
    std::string text;
};
struct KickOrder
{
    std::int32_t id = 0;
    std::string text;
};
struct RefuseOrder
{
    bool refuse = false;
};
struct CutOrder
{
};
struct QuitOrder
{
};
using PartyOrder = std::variant<SendOrder, KickOrder, RefuseOrder, CutOrder, QuitOrder>;

// TARGET:MODE:CHANNEL:TEXT with this separator; else what is wrong with it.
[[nodiscard]] std::variant<SendOrder, std::string> parse_send(std::string_view text,
                                                              char separator);

// "send 0 reliable 0 hello", "kick 5 text", "refuse on", "cut", "quit".
[[nodiscard]] std::variant<PartyOrder, std::string> parse_order(std::string_view line);

} // namespace netplay_relay::inspector
