// Which web pages may open a WebSocket here: Origin, of RFC 6454.
#include "party/settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace netplay_relay::party {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 2> usual_ports{
    {{"https://", ":443"}, {"http://", ":80"}}};
constexpr std::size_t origin_size_max = 300; // a name has 253 at most

char lowered(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_of_host(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '.' ||
           letter == '-' || letter == '_' || letter == ':' || letter == '[' || letter == ']';
}

} // namespace

std::optional<std::string> parse_origin(std::string_view text)
{
    if (text.size() > origin_size_max) return std::nullopt;
    std::string origin(text);
    std::ranges::transform(origin, origin.begin(), lowered);
    if (origin == "null") return origin;
    for (const auto& [scheme, port] : usual_ports) {
        if (!origin.starts_with(scheme)) continue;
        if (origin.ends_with(port)) origin.resize(origin.size() - port.size());
        const auto host = std::string_view(origin).substr(std::min(scheme.size(), origin.size()));
        if (host.empty() || host.front() == ':' || host.back() == ':') return std::nullopt;
        if (!std::ranges::all_of(host, is_of_host)) return std::nullopt;
        return origin;
    }
    return std::nullopt;
}

bool PartySettings::permits_origin(std::span<const std::string> lines) const
{
    if (origins.empty() || lines.empty()) return true;
    if (lines.size() > 1) return false;
    const auto origin = parse_origin(lines.front());
    return origin && std::ranges::find(origins, *origin) != origins.end();
}

} // namespace netplay_relay::party
