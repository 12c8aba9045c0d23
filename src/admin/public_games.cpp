#include "admin/public_games.hpp"

#include "admin/event_json.hpp"
#include "party/code.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <optional>

namespace netplay_relay::admin {

namespace asio = boost::asio;

namespace {

using json = nlohmann::ordered_json;

// So many links and members are looked at before the players get their turn again.
constexpr std::size_t looks_per_turn = 32;

json text_or_null(const std::string& text)
{
    return text.empty() ? json(nullptr) : json(text::plain(text));
}

std::int64_t seconds(lobby::Duration age)
{
    return std::chrono::duration_cast<std::chrono::seconds>(age).count();
}

// Of the links that are read along with the one that knows most players.
std::optional<inspect::GameFacts> game_of(const net::Engine& engine,
                                          const lobby::SessionSnapshot& session)
{
    std::optional<inspect::GameFacts> best;
    for (const lobby::LinkSnapshot& link : session.links) {
        auto facts = engine.facts(link);
        if (!facts || !facts->game || facts->game->core_name.empty()) continue;
        if (!best || facts->game->players.size() > best->players.size())
            best = std::move(facts->game);
    }
    return best;
}

json nicks_of(const net::Engine& engine, const lobby::SessionSnapshot& session)
{
    json nicks = json::array();
    const auto add = [&](const std::string& nick) {
        if (!nick.empty() && std::ranges::find(nicks, json(nick)) == nicks.end())
            nicks.push_back(nick);
    };
    for (const lobby::LinkSnapshot& link : session.links) {
        const auto facts = engine.facts(link);
        if (!facts || !facts->game) continue;
        add(facts->game->host.nick);
        add(facts->game->guest.nick);
    }
    return nicks;
}

json session_json(const net::Engine& engine, const PublicView& view,
                  const lobby::SessionSnapshot& session)
{
    const std::size_t people = 1 + session.links.size();
    const std::size_t limit = engine.lobby().policy().limits.links_per_session;
    json all{{"key", wire::to_text(session.id)},
             {"kind", "session"},
             {"core", nullptr},
             {"core_version", nullptr},
             {"content", nullptr},
             {"asks_password", nullptr},
             {"players", nullptr},
             {"watchers", nullptr},
             {"people", people},
             {"free", limit - std::min(limit, session.seats)},
             {"age_seconds", seconds(engine.now() - session.since)},
             {"port", view.port},
             {"session", wire::to_text(session.id)}};
    if (const auto game = game_of(engine, session)) {
        const std::size_t players = std::min(game->players.size(), people);
        all["core"] = text_or_null(game->core_name);
        all["core_version"] = text_or_null(game->core_version);
        all["content"] = crc_or_null(game->host.content_crc);
        all["asks_password"] = game->password_asked;
        all["players"] = players;
        all["watchers"] = people - players;
    }
    if (view.nicks) all["nicks"] = nicks_of(engine, session);
    return all;
}

json room_json(const net::Engine& engine, const PublicView& view, const lobby::RoomSnapshot& open,
               std::uint16_t port)
{
    const room::RoomSnapshot& room = open.room;
    const auto plays = [](const lobby::MemberSnapshot& one) { return one.member.playing; };
    const auto players = static_cast<std::size_t>(std::ranges::count_if(open.members, plays));
    json all{{"key", "room " + std::to_string(room.number)},
             {"kind", "room"},
             {"core", text_or_null(room.core)},
             {"core_version", text_or_null(room.core_version)},
             {"content", crc_or_null(room.content_crc)},
             {"asks_password", engine.lobby().policy().rooms.wants_password()},
             {"players", players},
             {"watchers", open.members.size() - players},
             {"people", open.members.size()},
             {"free", room.places - std::min(room.places, room.taken + room.kept)},
             {"age_seconds", seconds(engine.now() - room.since)},
             {"port", port},
             {"session", nullptr}};
    if (!view.nicks) return all;
    all["nicks"] = json::array();
    for (const lobby::MemberSnapshot& one : open.members)
        all["nicks"].push_back(text::plain(one.member.nick));
    return all;
}

// Of whoever is absent the place is held: it is nobody else's.
json party_json(const net::Engine& engine, const PublicView& view, const lobby::PartySnapshot& open)
{
    const party::PartySnapshot& party = open.party;
    const std::size_t taken = open.peers.size();
    const auto leaves = [](const lobby::PeerSnapshot& one) { return one.peer.leaving; };
    const auto leaving = static_cast<std::size_t>(std::ranges::count_if(open.peers, leaves));
    return {{"key", "party " + std::to_string(party.number)},
            {"kind", "party"},
            {"game", text_or_null(party.game)},
            {"code", party::to_text(party.code)},
            {"people", taken - leaving},
            {"free", party.peers_max - std::min<std::size_t>(party.peers_max, taken)},
            {"lets_in", !party.refuses},
            {"age_seconds", seconds(engine.now() - party.since)},
            {"port", view.port}};
}

class Games
{
public:
    [[nodiscard]] bool is_full() const { return games_ >= games_max; }
    void add(const json& game)
    {
        if (is_full()) return;
        text_ += games_++ == 0 ? "" : ",";
        text_ += game.dump(-1, ' ', false, json::error_handler_t::replace);
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
    std::size_t games_ = 0;
};

std::vector<lobby::SessionKey> sessions_of(const lobby::Lobby& lobby, const PublicView& view)
{
    if (view.all_sessions) return lobby.session_keys();
    std::vector<lobby::SessionKey> keys;
    for (const wire::SessionId& id : view.sessions)
        if (const auto key = lobby.session_of(id)) keys.push_back(*key);
    return keys;
}

// Each returns how many links, members or peers it has looked at.
std::size_t add_session(Games& games, const net::Engine& engine, const PublicView& view,
                        lobby::SessionKey key)
{
    const auto session = engine.lobby().look_at(key);
    if (!session || session->host_gone) return 1;
    games.add(session_json(engine, view, *session));
    return 1 + session->links.size();
}

std::size_t add_room(Games& games, const net::Engine& engine, const PublicView& view,
                     std::uint64_t number)
{
    const auto open = engine.lobby().look_at_room(number);
    if (!open || open->members.empty()) return 1;
    if (const std::uint16_t port = view.port_of(*open); port != 0)
        games.add(room_json(engine, view, *open, port));
    return 1 + open->members.size();
}

std::size_t add_party(Games& games, const net::Engine& engine, const PublicView& view,
                      std::uint64_t number)
{
    const auto open = engine.lobby().look_at_party(number);
    if (!open || open->peers.empty()) return 1;
    if (open->party.shown && !open->party.closing) games.add(party_json(engine, view, *open));
    return 1 + open->peers.size();
}

// All that `list` names at each worker, by `add`, some at a time.
template <class List, class Add>
asio::awaitable<void> add_all(asio::io_context& io, const net::Workers& workers, Games& games,
                              const PublicView& view, List list, Add add)
{
    for (std::uint16_t worker = 0; worker < workers.count(); ++worker) {
        decltype(list(std::declval<const lobby::Lobby&>(), view)) named;
        std::size_t at = 0;
        const auto some = [&](const net::Engine& engine) {
            if (at == 0) named = list(engine.lobby(), view);
            for (std::size_t looked = 0; at < named.size() && looked < looks_per_turn;)
                looked += add(games, engine, view, named[at++]);
        };
        do {
            if (games.is_full()) co_return;
            co_await workers.at(worker, some);
            co_await asio::post(io, asio::use_awaitable);
        } while (at < named.size());
    }
}

} // namespace

asio::awaitable<std::string> public_games(asio::io_context& io, const net::Workers& workers,
                                          PublicView view)
{
    json head{{"title", text_or_null(view.title)},
              {"relay", {{"name", text_or_null(view.name)}, {"port", view.port}}},
              {"takes_new", view.takes_new},
              {"leads_into_rooms", view.leads_into_rooms}};
    std::string text = head.dump(-1, ' ', false, json::error_handler_t::replace);
    text.pop_back(); // the closing brace
    Games games;
    const auto rooms = [](const lobby::Lobby& lobby, const PublicView& shown) {
        return shown.rooms ? lobby.rooms() : std::vector<std::uint64_t>{};
    };
    const auto parties = [](const lobby::Lobby& lobby, const PublicView& shown) {
        return shown.parties ? lobby.parties() : std::vector<std::uint64_t>{};
    };
    co_await add_all(io, workers, games, view, sessions_of, add_session);
    co_await add_all(io, workers, games, view, rooms, add_room);
    co_await add_all(io, workers, games, view, parties, add_party);
    text += ",\"games\":[" + games.text() + "]}\n";
    co_return text;
}

} // namespace netplay_relay::admin
