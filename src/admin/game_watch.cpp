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
    feed_.on_link([this](const wire::SessionId& session) { noticed(session); });
    feed_.on_session_end([this](lobby::SessionKey session) { followed_.erase(session); });
}

void GameWatch::noticed(const wire::SessionId& session)
{
    if (wanted_.size() >= wanted_max) return;
    const auto key = workers_.find([&](const net::Engine& engine) {
        return engine.inspects() ? engine.lobby().session_of(session) : std::nullopt;
    });
    if (!key || !followed_.insert(*key).second) return;
    wanted_.push_back({*key, std::chrono::steady_clock::now() + patience});
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

// At some of them, and then those who play have their turn.
void GameWatch::look()
{
    const auto now = std::chrono::steady_clock::now();
    std::size_t links = 0;
    for (; to_look_at_ > 0 && links < links_per_turn; --to_look_at_) {
        const Wanted one = wanted_.front();
        wanted_.pop_front();
        const auto told = workers_.find([&](const net::Engine& engine) -> std::optional<bool> {
            const auto session = engine.lobby().look_at(one.session);
            if (!session) return std::nullopt;
            links += 1 + session->links.size();
            return tell(engine, *session);
        });
        if (!told || *told) continue; // it has ended, or has been told of
        if (now < one.until)
            wanted_.push_back(one);
        else
            followed_.erase(one.session); // its next link begins anew
    }
    if (to_look_at_ > 0) return asio::post(io_, [this] { look(); });
    waits_ = false;
    if (!wanted_.empty()) look_later();
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
