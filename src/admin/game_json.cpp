// What is known of the game on a link, as JSON.
#include "admin/event_json.hpp"
#include "admin/status_json.hpp"

#include <nlohmann/json.hpp>

namespace netplay_relay::admin {

namespace {

using json = nlohmann::ordered_json;

json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

json end_json(const inspect::EndFacts& end)
{
    json all{{"nick", text_or_null(end.nick)},
             {"content_crc", crc_or_null(end.content_crc)},
             {"frame", nullptr}};
    if (end.frame) all["frame"] = *end.frame;
    return all;
}

json players_json(const std::vector<inspect::Player>& players)
{
    json all = json::array();
    for (const inspect::Player& player : players)
        all.push_back({{"number", player.number}, {"nick", text_or_null(player.nick)}});
    return all;
}

json command_json(const std::optional<inspect::CommandFacts>& command)
{
    if (!command) return nullptr;
    return {{"name", command->name}, {"from", inspect::to_text(command->from)}};
}

json savestate_json(const std::optional<inspect::SavestateFacts>& savestate)
{
    if (!savestate) return nullptr;
    return {{"frame", savestate->frame},
            {"size_bytes", savestate->size},
            {"from", inspect::to_text(savestate->from)}};
}

} // namespace

json game_json(const std::optional<inspect::GameFacts>& game)
{
    if (!game) return nullptr;
    json all{{"stage", inspect::to_text(game->stage)},
             {"protocol", nullptr},
             {"password_asked", game->password_asked},
             {"core", nullptr},
             {"content_differs", game->content_differs},
             {"guest", end_json(game->guest)},
             {"host", end_json(game->host)},
             {"players", players_json(game->players)},
             {"last_command", command_json(game->last_command)},
             {"crcs", game->crcs},
             {"crc_mismatches", game->crc_mismatches},
             {"resyncs", game->resyncs},
             {"savestates", game->savestates},
             {"last_savestate", savestate_json(game->last_savestate)},
             {"resets", game->resets},
             {"pauses", game->pauses},
             {"chats", game->chats}};
    if (game->protocol != 0) all["protocol"] = game->protocol;
    if (!game->core_name.empty())
        all["core"] = {{"name", game->core_name}, {"version", text_or_null(game->core_version)}};
    return all;
}

} // namespace netplay_relay::admin
