#include "admin/game_watch.hpp"

#include "admin/event_json.hpp"
#include "wire/address.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <utility>

namespace netplay_relay::admin {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds interval{2};
// A game whose guest has to type a password begins late.
constexpr std::chrono::seconds patience{120};
constexpr std::size_t wanted_max = 4096;
constexpr std::size_t links_per_turn = 32;

} // namespace

GameWatch::GameWatch(asio::io_context& io, const net::Workers& workers, Feed& feed)
    : io_(io), workers_(workers), feed_(feed), timer_(io)
{
    feed_.on_link([this](lobby::SessionKey session) { noticed(session); });
    feed_.on_session_end([this](lobby::SessionKey session) { followed_.erase(session); });
}

// No worker stands still for it: there may be thousands in a second.
void GameWatch::noticed(lobby::SessionKey session)
{
    if (!workers_.inspects() || wanted_.size() >= wanted_max) return;
    if (!followed_.insert(session).second) return;
    wanted_.push_back({session, std::chrono::steady_clock::now() + patience});
    look_later();
}

std::vector<net::FollowedGame> GameWatch::followed() const
{
    std::vector<net::FollowedGame> games;
    for (const lobby::SessionKey session : followed_) {
        const auto wanted = std::ranges::find(wanted_, session, &Wanted::session);
        games.push_back({session, {}});
        if (wanted != wanted_.end())
            games.back().until = lobby::Instant(wanted->until.time_since_epoch());
    }
    return games;
}

void GameWatch::go_on_with(const std::vector<net::FollowedGame>& games)
{
    for (const net::FollowedGame& game : games) {
        const auto came = workers_.find(
            [&](const net::Engine& engine) { return engine.lobby().look_at(game.session); });
        if (!came) continue;
        if (!followed_.insert(game.session).second || !game.until) continue;
        wanted_.push_back(
            {game.session, std::chrono::steady_clock::time_point(game.until->time_since_epoch())});
    }
    if (!wanted_.empty()) look_later();
}

void GameWatch::look_later()
{
    if (std::exchange(waits_, true)) return;
    timer_.expires_after(interval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        to_look_at_ = wanted_.size();
        look();
    });
}

struct GameWatch::Look
{
    Wanted game;
    std::optional<bool> told; // nothing: not found
};

// At some of them, and then those who play have their turn.
void GameWatch::look()
{
    const auto now = std::chrono::steady_clock::now();
    std::vector<Look> games = next_to_look_at();
    std::size_t links = 0;
    if (!games.empty())
        workers_.each([&](const net::Engine& engine) { look_at(engine, games, links); });
    for (const Look& look : games) {
        if (look.told.value_or(links < links_per_turn)) continue; // or it has just ended
        if (now < look.game.until)
            wanted_.push_back(look.game);
        else
            followed_.erase(look.game.session); // its next link begins anew
    }
    if (to_look_at_ > 0) return asio::post(io_, [this] { look(); });
    waits_ = false;
    if (!wanted_.empty()) look_later();
}

std::vector<GameWatch::Look> GameWatch::next_to_look_at()
{
    std::vector<Look> games;
    for (; to_look_at_ > 0 && games.size() < links_per_turn; --to_look_at_) {
        if (followed_.contains(wanted_.front().session)) games.push_back({wanted_.front(), {}});
        wanted_.pop_front(); // it has ended if it is not followed
    }
    return games;
}

void GameWatch::look_at(const net::Engine& engine, std::vector<Look>& games, std::size_t& links)
{
    for (Look& look : games) {
        if (look.told || links >= links_per_turn) continue;
        const auto session = engine.lobby().look_at(look.game.session);
        if (!session) continue;
        links += 1 + session->links.size();
        look.told = tell(engine, *session);
    }
}

bool GameWatch::tell(const net::Engine& engine, const lobby::SessionSnapshot& session)
{
    for (const lobby::LinkSnapshot& link : session.links) {
        const auto game = engine.game_of(link);
        if (!game || game->core_name.empty()) continue;
        if (game->host.nick.empty() || game->guest.nick.empty()) continue;
        feed_.publish("session_game", {{"session", wire::to_text(session.id)},
                                       {"join_text", engine.join_text(session)},
                                       {"core", game->core_name},
                                       {"content", crc_text(game->host.content_crc)},
                                       {"nicks", {game->host.nick, game->guest.nick}}});
        return true;
    }
    return false;
}

} // namespace netplay_relay::admin
