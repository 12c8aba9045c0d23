#include "config/read_public_page.hpp"

#include "config/reasons.hpp"

#include <algorithm>
#include <optional>

namespace netplay_relay::config {

namespace {

constexpr std::size_t listen_most = 16;
constexpr std::size_t shown_most = 1024;
constexpr std::size_t title_bytes_max = 100;

std::optional<wire::SessionId> parse_shown_session(const std::string& text)
{
    const auto id = wire::parse_session_id(text);
    return id && !id->is_zero() ? id : std::nullopt;
}

bool is_title(const std::string& text)
{
    return text.size() <= title_bytes_max &&
           std::ranges::none_of(text, [](unsigned char letter) { return letter < 0x20; });
}

} // namespace

void read_public_page(FaultReader& reader, PublicPage& page)
{
    reader.texts("listen", "an address with a port, such as \"0.0.0.0:8080\" or \"[::]:8080\"",
                 listen_most, page.listen, wire::parse_endpoint, why_no_endpoint);
    reader.text("title", "one line of at most 100 bytes", [&](const std::string& text) {
        page.title = text;
        return is_title(text);
    });
    page.all_sessions = reader.is_word("sessions", "all");
    if (!page.all_sessions && !reader.is_word("sessions", "none"))
        reader.texts("sessions",
                     "exactly 16 characters of A-Z, a-z, 0-9, + and /, and not all A (or \"all\" "
                     "or \"none\" in the place of the list)",
                     shown_most, page.sessions, parse_shown_session, why_no_session_id);
    reader.flag("rooms", page.rooms);
    reader.flag("parties", page.parties);
    reader.flag("nicks", page.nicks);
    reader.flag("behind_proxy", page.behind_proxy);
}

} // namespace netplay_relay::config
