// The control messages as a peer has them: what it writes, and what it is told
// (godot_protocol.md). The relay has no use for them; netplay-peer, tests and bench do.
#pragma once

#include "party/control.hpp"

namespace netplay_relay::party {

[[nodiscard]] std::string write_host(const HostRequest& request);
// `code` as it was typed.
[[nodiscard]] std::string write_join(std::string_view code, std::string_view game, std::int32_t id);
[[nodiscard]] std::string write_return(const Token& token, std::uint64_t got);
[[nodiscard]] std::string write_progress(const Progress& progress);
[[nodiscard]] std::string write_refuse(bool refuse);
[[nodiscard]] std::string write_kick(std::int32_t id, std::string_view text);

// What the relay says, besides the welcome.
enum class News : std::uint8_t
{
    joined,
    left,
    absent,
    returned,
};
inline constexpr std::size_t news_count = 4;
[[nodiscard]] std::string_view word(News news);

struct PeerNews
{
    News news{};
    std::int32_t id = 0;
    std::string why; // left
};
struct Got
{
    std::uint64_t got = 0;
    std::optional<double> round_trip; // milliseconds
};
struct Close
{
    std::string reason;
    std::string text;
};
struct UnknownWord
{
};
using Told = std::variant<Welcome, PeerNews, Got, Close, UnknownWord>;

// Nothing if it is no JSON object, or has a value that cannot be.
[[nodiscard]] std::optional<Told> read_told(std::span<const std::uint8_t> text);

} // namespace netplay_relay::party
