// The routes of /control, with a relay that only writes down what is wanted of it.
#include "admin/control_routes.hpp"

#include "admin/feed.hpp"
#include "support/catch.hpp"
#include "wire/address.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

using namespace netplay_relay;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

namespace http = boost::beast::http;
constexpr const char* session = "FRIDAYNIGHTSNES1";

struct Relay
{
    Relay() : feed(io)
    {
        admin::Controls made;
        made.node = 1; // of FRID..., and not of GRID...
        made.end_session = [this](const wire::SessionId& id) {
            return did("end_session " + wire::to_text(id));
        };
        made.end_room = [this](std::uint64_t room) {
            return did("end_room " + std::to_string(room));
        };
        made.end_party = [this](std::uint64_t party) {
            return did("end_party " + std::to_string(party));
        };
        made.send_peer_away = [this](std::uint64_t party, std::int32_t id) {
            return did("send_away " + std::to_string(id) + " of " + std::to_string(party));
        };
        made.end_link = [this](lobby::ConnectionId guest) {
            return did("end_link " + std::to_string(guest.value));
        };
        made.send_away = [this](lobby::ConnectionId who) {
            return did("send_away " + std::to_string(who.value));
        };
        made.peer_of = [this](lobby::ConnectionId) {
            return is_there ? wire::parse_endpoint(peer) : std::nullopt;
        };
        made.whereabouts_of = [this](lobby::ConnectionId) { return where; };
        made.say = [this](std::optional<std::uint64_t> room, const std::string& text) {
            (void)did("say " + (room ? std::to_string(*room) : "all") + " " + text);
            lobby::Outcome said;
            said.met = is_there ? 2 : 0;
            said.told = hears ? said.met : 0;
            return said;
        };
        add_lists(made);
        made.take_new = [this](bool allowed) { did(allowed ? "new on" : "new off"); };
        made.drains = [this] { return drains; };
        made.drain = [this](std::chrono::seconds in, const std::string& message) {
            (void)did("drain " + std::to_string(in.count()) + " " + message);
            return std::string(is_there ? "" : "it cannot");
        };
        made.undrain = [this] { return std::string(did("undrain") ? "" : "it cannot"); };
        made.change_log_level = [this](std::string_view level) {
            return did("level " + std::string(level)) && level != "loud";
        };
        made.now = [] { return lobby::Instant(100h); };
        routes = admin::control_routes(std::move(made), feed);
    }

    void add_lists(admin::Controls& made)
    {
        made.can_ban = [this](const wire::Network&) { return is_room; };
        made.ban = [this](const lobby::Ban& ban) {
            bans.push_back(ban);
            return std::size_t{3};
        };
        made.lift_ban = [this](const wire::Network& network, const std::string&) {
            return did("lift " + wire::to_text(network));
        };
        made.bans = [this] { return bans; };
        made.bans_problem = [this] { return bans_problem; };
        made.promises_problem = [this] { return promises_problem; };
        made.reserve = [this](lobby::Reservation wanted) -> std::optional<wire::SessionId> {
            if (!is_room) return std::nullopt;
            if (wanted.id.is_zero()) wanted.id = *wire::parse_session_id("AAAAAAAAAAAAAAA1");
            reservations.push_back(wanted);
            return wanted.id;
        };
        made.lift_reservation = [this](const wire::SessionId& id) {
            return did("unreserve " + wire::to_text(id));
        };
        made.reservations = [this] { return reservations; };
    }

    bool did(const std::string& what)
    {
        done.push_back(what);
        return is_there;
    }

    struct Answer
    {
        unsigned status = 0;
        json body;
    };
    Answer ask(http::verb verb, const std::string& name, const std::string& text)
    {
        done.clear();
        admin::Request request{verb, "/control/" + name, 11};
        request.set(http::field::content_type, "application/json");
        request.body() = text;
        const auto route = std::ranges::find_if(routes, [&](const admin::Route& one) {
            return one.path == "/control/" + name && one.verb == verb;
        });
        REQUIRE(route != routes.end());
        CHECK(route->needs_control);
        const admin::Caller caller{true, "uid 7"};
        Answer answer;
        boost::asio::co_spawn(io, route->answer(request, caller),
                              [&](const std::exception_ptr& failure, admin::Response response) {
                                  CHECK_FALSE(failure);
                                  answer.status = response.result_int();
                                  answer.body = json::parse(response.body());
                              });
        io.restart();
        io.run();
        return answer;
    }
    Answer post(const std::string& name, const std::string& text)
    {
        return ask(http::verb::post, name, text);
    }

    // The newest event, without its time.
    json told() const
    {
        const auto events = feed.after(0);
        if (events.empty()) return nullptr;
        json data = json::parse(events.back()->data);
        data.erase("at");
        return data;
    }

    boost::asio::io_context io;
    admin::Feed feed;
    std::vector<admin::Route> routes;
    std::vector<std::string> done;
    admin::Whereabouts where{};
    bool drains = false;
    std::vector<lobby::Ban> bans;
    std::vector<lobby::Reservation> reservations;
    std::string peer = "203.0.113.7:4000";
    std::string bans_problem;
    std::string promises_problem;
    bool hears = true;
    bool is_there = true; // what is asked for
    bool is_room = true;  // for one more
};

using Done = std::vector<std::string>;

} // namespace

TEST_CASE("a session, a room, a party or a link is ended, and it is told who did it")
{
    Relay relay;
    CHECK(relay.post("end", R"({"session": "FRIDAYNIGHTSNES1"})").body == json{{"done", true}});
    CHECK(relay.done == Done{"end_session FRIDAYNIGHTSNES1"});
    CHECK(relay.told() ==
          json{{"event", "control"}, {"action", "end"}, {"by", "uid 7"}, {"session", session}});
    CHECK(relay.post("end", R"({"room": 4})").status == 200);
    CHECK(relay.done == Done{"end_room 4"});
    CHECK(relay.post("end", R"({"party": 2})").status == 200);
    CHECK(relay.done == Done{"end_party 2"});
    CHECK(relay.post("end", R"({"link": 9007199254740991})").status == 200);
    CHECK(relay.done == Done{"end_link 9007199254740991"});
    const auto events = relay.feed.newest();
    for (const char* body : {"{}", R"({"room": 1, "link": 1})", R"({"room": 0})", R"({"link": -1})",
                             R"({"link": 9007199254740992})", R"({"session": "short"})",
                             R"({"session": "AAAAAAAAAAAAAAAA"})", R"({"session": 1})"}) {
        CHECK(relay.post("end", body).status == 400);
        CHECK(relay.done.empty());
    }
    CHECK(relay.post("end", "{}").body["error"] ==
          "\"session\" or \"room\", \"party\" or \"link\" must be there, and one of them alone");
    relay.is_there = false;
    CHECK(relay.post("end", R"({"room": 4})").body["error"] == "there is no such room");
    CHECK(relay.post("end", R"({"link": 4})").status == 404);
    CHECK(relay.post("end", R"({"session": "FRIDAYNIGHTSNES1"})").status == 404);
    CHECK(relay.feed.newest() == events); // what was not done is no news
}

TEST_CASE("a peer of a party is kicked by its id there, too")
{
    Relay relay;
    CHECK(relay.post("kick", R"({"party": 3, "peer_id": 2147483647})").body ==
          json{{"done", true}});
    CHECK(relay.done == Done{"send_away 2147483647 of 3"});
    CHECK(relay.told()["peer_id"] == 2147483647);
    for (const char* body :
         {R"({"peer_id": 1})", R"({"party": 3})", R"({"party": 0, "peer_id": 1})",
          R"({"party": 3, "peer_id": 2147483648})", R"({"party": 3, "peer_id": 2, "id": 4})",
          R"({"party": 3, "peer_id": 2, "ban_seconds": 4})"})
        CHECK(relay.post("kick", body).status == 400);
    relay.is_there = false;
    CHECK(relay.post("kick", R"({"party": 3, "peer_id": 2})").body["error"] ==
          "there is no such peer");
}

TEST_CASE("who is kicked may be banned as well")
{
    Relay relay;
    CHECK(relay.post("kick", R"({"id": 12})").body == json{{"done", true}});
    CHECK(relay.done == Done{"send_away 12"});
    CHECK(relay.bans.empty());
    CHECK(relay.told()["peer"] == "203.0.113.7:4000");
    const auto answer = relay.post("kick", R"({"id": 12, "ban_seconds": 60, "reason": "rude"})");
    CHECK(answer.body["network"] == "203.0.113.7");
    CHECK(answer.body["gone"] == 3);
    CHECK(answer.body["until"].get<std::string>().size() == 20);
    REQUIRE(relay.bans.size() == 1);
    CHECK(relay.bans[0].until == lobby::Instant(100h + 60s));
    CHECK(relay.bans[0].reason == "rude");
    CHECK(relay.bans[0].by == "uid 7");
    relay.peer = "[2001:db8:0:7:1::2]:4000";
    CHECK(relay.post("kick", R"({"id": 12, "ban_seconds": 1})").body["network"] ==
          "2001:db8:0:7::/64");
    for (const char* body : {"{}", R"({"id": "12"})", R"({"id": 12, "ban_seconds": 0})",
                             R"({"id": 12, "ban_seconds": 315360001})",
                             R"({"id": 12, "reason": "no ban"})", R"({"id": 12, "seconds": 1})"})
        CHECK(relay.post("kick", body).status == 400);
    relay.is_room = false;
    CHECK(relay.post("kick", R"({"id": 12, "ban_seconds": 1})").status == 409);
    CHECK(relay.done.empty()); // not half of it
    relay.is_there = false;
    CHECK(relay.post("kick", R"({"id": 12})").status == 404);
}

TEST_CASE("networks are banned, listed and let in again")
{
    Relay relay;
    auto answer = relay.post("ban", R"({"network": "203.0.113.0/24", "reason": "\"x\" \\"})");
    CHECK(answer.body ==
          json{{"done", true}, {"network", "203.0.113.0/24"}, {"until", nullptr}, {"gone", 3}});
    CHECK(relay.told()["reason"] == "\"x\" \\");
    relay.bans[0].since = lobby::Instant(99h);
    answer = relay.ask(http::verb::get, "bans", "");
    REQUIRE(answer.body["bans"].size() == 1);
    CHECK(answer.body["bans"][0]["network"] == "203.0.113.0/24");
    CHECK(answer.body["bans"][0]["until"].is_null());
    CHECK(answer.body["bans"][0]["since"].is_string());
    CHECK(answer.body["bans"][0]["by"] == "uid 7");
    for (const char* network :
         {"", "x", "203.0.113.1/24", "203.0.113.0/33", "0.0.0.0/0", "10.0.0.0/7", "::/0",
          "2001::/15", "::ffff:0:0/96", "203.0.113.7:80"})
        CHECK(relay.post("ban", json{{"network", network}}.dump()).status == 400);
    CHECK(relay.post("ban", R"({"network": "10.0.0.0/8"})").status == 200);
    CHECK(relay.post("ban", R"({"network": "2001::/16", "seconds": 315360000})").status == 200);
    relay.bans_problem = "the disk is full";
    for (const char* action : {"ban", "unban"}) {
        const auto done = relay.post(action, R"({"network": "10.0.0.0/8"})");
        CHECK(done.status == 200);
        CHECK(done.body["kept"] == false);
        CHECK(done.body["problem"] == "the disk is full");
    }
    relay.bans_problem.clear();
    relay.promises_problem = "the disk is full";
    CHECK(relay.post("new", R"({"allowed": true})").body["kept"] == false);
    const auto reserved = relay.post("reserve", R"({"networks": ["10.0.0.0/8"]})");
    CHECK(reserved.body["problem"] == "the disk is full");
    relay.done.clear();
    CHECK_FALSE(relay.post("unban", R"({"network": "10.0.0.0/8"})").body.contains("kept"));
    CHECK(relay.done == Done{"lift 10.0.0.0/8"});
    relay.is_there = relay.is_room = false;
    CHECK(relay.post("unban", R"({"network": "10.0.0.0/8"})").body["error"] ==
          "there is no such ban");
    CHECK(relay.post("ban", R"({"network": "10.0.0.0/8"})").status == 409);
}

TEST_CASE("who lifts the ban of a part is told of which network it is")
{
    Relay relay;
    for (const char* network : {"198.51.100.7", "203.0.113.0/24", "::/16"}) {
        lobby::Ban ban;
        ban.network = *wire::parse_network(network);
        relay.bans.push_back(ban);
    }
    relay.is_there = false;
    const auto told = [&](const char* network) {
        return relay.post("unban", json{{"network", network}}.dump()).body["error"];
    };
    CHECK(told("203.0.113.7") ==
          "there is no such ban, but one of 203.0.113.0/24, which holds it: lift that");
    CHECK(told("203.0.113.0/25") ==
          "there is no such ban, but one of 203.0.113.0/24, which holds it: lift that");
    for (const char* other : {"198.51.100.8", "203.0.112.0/23", "198.51.100.0/24"})
        CHECK(told(other) == "there is no such ban");
}

TEST_CASE("who is sent away is told of by room and nick, as far as they are known")
{
    Relay relay;
    CHECK(relay.post("kick", R"({"id": 4})").status == 200);
    CHECK_FALSE(relay.told().contains("nick"));
    relay.where = {"", 3, "bob \x1b"};
    CHECK(relay.post("kick", R"({"id": 4})").status == 200);
    CHECK(relay.told()["room"] == 3);
    CHECK(relay.told()["nick"].get<std::string>().starts_with("bob "));
    CHECK(relay.told()["nick"].get<std::string>().find('\x1b') == std::string::npos);
    CHECK_FALSE(relay.told().contains("session"));
    relay.where = {session, 0, ""};
    CHECK(relay.post("kick", R"({"id": 4})").status == 200);
    CHECK(relay.told()["session"] == session);
    CHECK_FALSE(relay.told().contains("room"));
}

TEST_CASE("what is done, but does nothing as yet, says so")
{
    Relay relay;
    CHECK_FALSE(relay.post("new", R"({"allowed": true})").body.contains("problem"));
    relay.drains = true;
    CHECK(relay.post("new", R"({"allowed": true})").body["problem"] ==
          "the relay drains, so nothing new begins until that is undone");
    CHECK_FALSE(relay.post("new", R"({"allowed": false})").body.contains("problem"));
    relay.is_there = false;
    CHECK(relay.post("say", R"({"text": "hello"})").body["problem"] == "there is no room");
}

TEST_CASE("a long list is written in turns")
{
    Relay relay;
    for (unsigned at = 0; at < 300; ++at) {
        lobby::Ban ban;
        ban.network = *wire::parse_network("10.0." + std::to_string(at / 256) + "." +
                                           std::to_string(at % 256));
        relay.bans.push_back(ban);
    }
    const auto answer = relay.ask(http::verb::get, "bans", "");
    CHECK(answer.body["bans"].size() == 300);
    CHECK(answer.body["bans"][299]["network"] == "10.0.1.43");
}

TEST_CASE("session ids are reserved")
{
    Relay relay;
    auto answer = relay.post("reserve", R"({"networks": ["203.0.113.7"], "seconds": 60})");
    CHECK(answer.body["session"] == "AAAAAAAAAAAAAAA1");
    CHECK(answer.body["until"].is_string());
    answer = relay.post("reserve", R"({"session": "FRIDAYNIGHTSNES1", "networks": ["::/0"]})");
    CHECK(answer.body["session"] == session);
    CHECK(answer.body["until"].is_null());
    CHECK(relay.told()["networks"] == json{"::/0"});
    answer = relay.ask(http::verb::get, "reservations", "");
    CHECK(answer.body["reservations"][1] ==
          json{{"session", session}, {"networks", {"::/0"}}, {"until", nullptr}});
    for (const char* body :
         {"{}", R"({"networks": []})", R"({"networks": ["x"]})", R"({"networks": "::/0"})",
          R"({"networks": ["::/0"], "session": ""})", R"({"networks": ["::/0"], "seconds": 0})",
          R"({"networks": ["::/0"], "session": "GRIDAYNIGHTSNES1"})"})
        CHECK(relay.post("reserve", body).status == 400);
    CHECK(relay.post("unreserve", R"({"session": "FRIDAYNIGHTSNES1"})").status == 200);
    relay.is_there = relay.is_room = false;
    CHECK(relay.post("unreserve", R"({"session": "FRIDAYNIGHTSNES1"})").status == 404);
    CHECK(relay.post("reserve", R"({"networks": ["::/0"]})").status == 409);
}

TEST_CASE("the relay itself")
{
    Relay relay;
    CHECK(relay.post("new", R"({"allowed": false})").status == 200);
    CHECK(relay.done == Done{"new off"});
    CHECK(relay.post("new", "{}").status == 400);
    CHECK(relay.post("drain", "{}").status == 200);
    CHECK(relay.done == Done{"drain 0 "});
    CHECK(relay.post("drain", R"({"in_seconds": 600, "message": "new disk"})").status == 200);
    CHECK(relay.done == Done{"drain 600 new disk"});
    CHECK(relay.post("drain", R"({"in_seconds": 604801})").status == 400);
    CHECK(relay.post("undrain", "{}").status == 200);
    CHECK(relay.post("undrain", R"({"x": 1})").status == 400);
    CHECK(relay.post("say", R"({"text": "hello"})").body["rooms"] == 2);
    CHECK(relay.done == Done{"say all hello"});
    CHECK(relay.post("say", R"({"text": "hello", "room": 3})").status == 200);
    CHECK(relay.done == Done{"say 3 hello"});
    relay.hears = false;
    const auto unheard = relay.post("say", R"({"text": "hello", "room": 3})");
    CHECK(unheard.status == 200);
    CHECK(unheard.body["rooms"] == 0);
    CHECK(unheard.body["problem"].is_string());
    for (const char* body : {"{}", R"({"text": ""})", R"({"text": "  "})", R"({"text": "a\nb"})"})
        CHECK(relay.post("say", body).status == 400);
    CHECK(relay.post("log_level", R"({"level": "debug"})").status == 200);
    CHECK(relay.post("log_level", R"({"level": "loud"})").status == 400);
    relay.is_there = false;
    CHECK(relay.post("say", R"({"text": "hello"})").body["rooms"] == 0);
    CHECK(relay.post("say", R"({"text": "hello", "room": 3})").status == 404);
    CHECK(relay.post("drain", "{}").body["error"] == "it cannot");
    CHECK(relay.post("undrain", "{}").status == 409);
}
