// What is known of the game on a link, as JSON.
#include "admin/event_json.hpp"
#include "admin/json_writer.hpp"
#include "admin/status_json.hpp"

namespace netplay_relay::admin {

namespace {

std::optional<std::string_view> text_if_any(const std::string& text)
{
    if (text.empty()) return std::nullopt;
    return text;
}

void write_end(JsonWriter& out, const inspect::EndFacts& end)
{
    out.member("nick", text_if_any(end.nick));
    if (end.content_crc == 0)
        out.member("content_crc", nullptr);
    else
        out.member("content_crc", crc_text(end.content_crc));
    out.member("frame", end.frame);
}

void write_players(JsonWriter& out, const std::vector<inspect::Player>& players)
{
    for (const inspect::Player& player : players) {
        out.begin_object();
        out.member("number", player.number);
        out.member("nick", text_if_any(player.nick));
        out.end_object();
    }
}

void write_core(JsonWriter& out, const inspect::GameFacts& game)
{
    if (game.core_name.empty()) return out.member("core", nullptr);
    out.object("core", [&] {
        out.member("name", game.core_name);
        out.member("version", text_if_any(game.core_version));
    });
}

void write_command(JsonWriter& out, const std::optional<inspect::CommandFacts>& command)
{
    if (!command) return out.member("last_command", nullptr);
    out.object("last_command", [&] {
        out.member("name", command->name);
        out.member("from", inspect::to_text(command->from));
    });
}

void write_savestate(JsonWriter& out, const std::optional<inspect::SavestateFacts>& savestate)
{
    if (!savestate) return out.member("last_savestate", nullptr);
    out.object("last_savestate", [&] {
        out.member("frame", savestate->frame);
        out.member("size_bytes", savestate->size);
        out.member("from", inspect::to_text(savestate->from));
    });
}

} // namespace

void write_game(JsonWriter& out, const std::optional<inspect::GameFacts>& game)
{
    if (!game) return out.value(nullptr);
    out.begin_object();
    out.member("stage", inspect::to_text(game->stage));
    if (game->protocol == 0)
        out.member("protocol", nullptr);
    else
        out.member("protocol", game->protocol);
    out.member("password_asked", game->password_asked);
    write_core(out, *game);
    out.member("content_differs", game->content_differs);
    out.object("guest", [&] { write_end(out, game->guest); });
    out.object("host", [&] { write_end(out, game->host); });
    out.list("players", [&] { write_players(out, game->players); });
    write_command(out, game->last_command);
    out.member("crcs", game->crcs);
    out.member("crc_mismatches", game->crc_mismatches);
    out.member("resyncs", game->resyncs);
    out.member("savestates", game->savestates);
    write_savestate(out, game->last_savestate);
    out.member("resets", game->resets);
    out.member("pauses", game->pauses);
    out.member("chats", game->chats);
    out.end_object();
}

} // namespace netplay_relay::admin
