#include "outward/lobby_form.hpp"

#include "text/text.hpp"

#include <algorithm>
#include <cctype>

namespace netplay_relay::outward {

namespace {

constexpr std::size_t name_bytes_max = 31;
constexpr std::size_t game_name_bytes_max = 255;
// Frontends hide games of versions before 1.9.1; any later one is right.
constexpr std::string_view frontend_version = "1.22.0";
constexpr std::string_view no_game = "N/A"; // what RetroArch says of a core without content

class Form
{
public:
    void add(std::string_view name, std::string_view value)
    {
        if (!text_.empty()) text_ += '&';
        text_ += name;
        text_ += '=';
        for (const char letter : value) {
            const auto byte = static_cast<unsigned char>(letter);
            if (std::isalnum(byte) != 0 ||
                std::string_view("-._~").find(letter) != std::string::npos)
                text_ += letter;
            else
                text_ += "%" + hex_of(byte);
        }
    }
    void add(std::string_view name, bool value) { add(name, std::string_view(value ? "1" : "0")); }
    void add(std::string_view name, std::uint32_t value)
    {
        add(name, std::string_view(std::to_string(value)));
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    static std::string hex_of(unsigned char byte)
    {
        constexpr std::string_view digits = "0123456789ABCDEF";
        return {digits[byte >> 4U], digits[byte & 15U]};
    }

    std::string text_;
};

std::string upper_hex(std::uint32_t value)
{
    std::string text = text::in_hex(value, 8);
    for (char& letter : text)
        letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    return text;
}

std::string_view line_value(std::string_view body, std::string_view key)
{
    while (!body.empty()) {
        const std::string_view line = body.substr(0, body.find('\n'));
        body.remove_prefix(std::min(body.size(), line.size() + 1));
        if (!line.starts_with(key) || line.size() == key.size() || line[key.size()] != '=')
            continue;
        std::string_view value = line.substr(key.size() + 1);
        if (value.ends_with('\r')) value.remove_suffix(1);
        return value;
    }
    return {};
}

} // namespace

std::string lobby_text(std::string_view text, std::size_t bytes_most)
{
    std::string kept;
    for (const char letter : text::plain(text)) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte >= 0x20 && byte < 0x7f) kept += letter;
        if (byte >= 0xC0) kept += '?'; // the first byte of any other character
    }
    return kept.substr(0, bytes_most);
}

std::string form_of(const LobbyEntry& entry)
{
    const bool is_session = !entry.session.empty();
    const std::string game = lobby_text(entry.game_name, game_name_bytes_max);
    Form form;
    form.add("username", lobby_text(entry.username, name_bytes_max));
    form.add("core_name", lobby_text(entry.core_name, name_bytes_max));
    form.add("core_version", lobby_text(entry.core_version, name_bytes_max));
    form.add("game_name", game.empty() ? no_game : std::string_view(game));
    form.add("game_crc", std::string_view(upper_hex(entry.game_crc)));
    form.add("port", std::uint32_t{entry.port});
    form.add("mitm_server", is_session ? std::string_view("custom") : std::string_view());
    form.add("has_password", entry.has_password);
    form.add("has_spectate_password", entry.has_spectate_password);
    form.add("force_mitm", is_session);
    form.add("retroarch_version", frontend_version);
    form.add("frontend", std::string_view("netplay-relay"));
    form.add("subsystem_name", no_game);
    form.add("mitm_session", std::string_view(entry.session));
    if (is_session) {
        form.add("mitm_custom_addr", std::string_view(entry.relay_address));
        form.add("mitm_custom_port", std::uint32_t{entry.port});
    }
    form.add("player_count", entry.players);
    form.add("spectator_count", entry.spectators);
    return form.take();
}

LobbyAnswer read_lobby_answer(std::string_view body)
{
    LobbyAnswer answer;
    answer.is_good = line_value(body, "status") == "OK";
    const std::string_view connectable = line_value(body, "connectable");
    answer.connectable = connectable != "0" && connectable != "false";
    return answer;
}

} // namespace netplay_relay::outward
