#include "admin/game_watch.hpp"

#include "wire/address.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

namespace netplay_relay::admin {

namespace {

constexpr std::chrono::seconds interval{2};
// A game whose guest has to type a password begins late.
constexpr std::chrono::seconds patience{120};
constexpr std::size_t wanted_max = 4096;

std::string crc_text(std::uint32_t crc)
{
    std::array<char, 9> text{};
    std::snprintf(text.data(), text.size(), "%08x", crc);
    return text.data();
}

} // namespace

GameWatch::GameWatch(boost::asio::io_context& io, const net::Engine& engine, Feed& feed)
    : engine_(engine), feed_(feed), timer_(io)
{
    feed_.on_link([this](const wire::SessionId& session) { noticed(session); });
}

void GameWatch::noticed(const wire::SessionId& session)
{
    const auto key = engine_.lobby().session_of(session);
    if (!key || wanted_.size() >= wanted_max) return;
    const bool is_known = std::ranges::find(told_, *key) != told_.end() ||
                          std::ranges::find(wanted_, *key, &Wanted::session) != wanted_.end();
    if (is_known) return;
    wanted_.push_back({*key, std::chrono::steady_clock::now() + patience});
    look_later();
}

void GameWatch::look_later()
{
    if (std::exchange(waits_, true)) return;
    timer_.expires_after(interval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        waits_ = false;
        if (!error) look();
    });
}

void GameWatch::look()
{
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(wanted_,
                  [&](const Wanted& one) { return tell(one.session) || now >= one.until; });
    // Those that have ended are not asked for again.
    std::erase_if(told_, [&](lobby::SessionKey key) { return !engine_.lobby().look_at(key); });
    if (!wanted_.empty()) look_later();
}

// True if there is nothing to wait for any more.
bool GameWatch::tell(lobby::SessionKey key)
{
    const auto session = engine_.lobby().look_at(key);
    if (!session) return true;
    for (const lobby::LinkSnapshot& link : session->links) {
        const auto facts = engine_.facts(link);
        if (!facts || !facts->game || facts->game->core_name.empty()) continue;
        const inspect::GameFacts& game = *facts->game;
        if (game.host.nick.empty() || game.guest.nick.empty()) continue;
        feed_.publish("session_game", {{"session", wire::to_text(session->id)},
                                       {"join_text", engine_.join_text(*session)},
                                       {"core", game.core_name},
                                       {"content", crc_text(game.host.content_crc)},
                                       {"nicks", {game.host.nick, game.guest.nick}}});
        told_.push_back(key);
        return true;
    }
    return false;
}

} // namespace netplay_relay::admin
