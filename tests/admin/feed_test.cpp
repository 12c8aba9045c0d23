#include "admin/feed.hpp"

#include "admin/http.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

using namespace netplay_relay;
using nlohmann::json;

namespace {

lobby::TurnedAway turned_away(wire::CloseReason reason)
{
    lobby::TurnedAway event;
    event.peer = *wire::parse_endpoint("203.0.113.7:4000");
    event.reason = reason;
    return event;
}

} // namespace

TEST_CASE("an event has a number, a time and its word")
{
    boost::asio::io_context io;
    admin::Feed feed(io);
    CHECK(feed.newest() == 0);
    CHECK(feed.oldest() == 1);
    lobby::SessionClosed closed;
    closed.host_peer = *wire::parse_endpoint("203.0.113.7:4000");
    closed.reason = wire::CloseReason::host_left;
    closed.age = std::chrono::milliseconds(1500);
    feed.happened(closed, {}, "");
    const auto events = feed.after(0);
    REQUIRE(events.size() == 1);
    CHECK(events[0]->number == 1);
    CHECK(events[0]->kind == "session_closed");
    const json data = json::parse(events[0]->data);
    CHECK(data["event"] == "session_closed");
    CHECK(data["reason"] == "host_left");
    CHECK(data["host"] == "203.0.113.7:4000");
    CHECK(data["age_seconds"] == 1.5);
    CHECK(data["at"].get<std::string>().size() == 24);
    CHECK(feed.after(1).empty());
    CHECK(feed.after(99).empty());
}

TEST_CASE("an id is of one start of the relay")
{
    boost::asio::io_context io;
    admin::Feed feed(io);
    feed.begin(0x8c0f1e2);
    CHECK(feed.id_of(17) == "08c0f1e2-17");
    CHECK(feed.number_of("08c0f1e2-17") == 17U);
    for (const char* other : {"", "0", "17", "08c0f1e2", "08c0f1e2-", "08c0f1e2-x", "08c0f1e2--1",
                              "18c0f1e2-17", "08c0f1e2-17 ", "08c0f1e2-99999999999999999999"})
        CHECK_FALSE(feed.number_of(other).has_value());
    admin::Feed next(io);
    next.go_on_from(feed.epoch(), 17);
    next.publish("upgraded", json::object());
    CHECK(next.id_of(next.newest()) == "08c0f1e2-18");
}

TEST_CASE("the feed keeps the newest events, in number and in bytes")
{
    boost::asio::io_context io;
    admin::Feed feed(io);
    for (int at = 0; at < 2000; ++at)
        feed.publish("control", {{"at_most", at}});
    CHECK(feed.newest() == 2000);
    CHECK(feed.oldest() == 2000 - admin::feed_events_max + 1);
    CHECK(feed.after(0).size() == admin::feed_events_max);
    CHECK(feed.after(1990).size() == 10);
    CHECK(feed.after(1990).front()->number == 1991);
    const std::string large(100000, 'x');
    for (int at = 0; at < 10; ++at)
        feed.publish("control", {{"text", large}});
    CHECK(feed.after(0).size() == admin::feed_bytes_max / (large.size() + 70));
    feed.go_on_from(7, 5000);
    feed.publish("control", {});
    CHECK(feed.after(5000).size() == 1);
}

TEST_CASE("refusals are told in sum, and a limit once")
{
    boost::asio::io_context io;
    admin::Feed feed(io);
    for (int at = 0; at < 50; ++at)
        feed.happened(turned_away(wire::CloseReason::ssh_greeting), {}, "");
    for (int at = 0; at < 7; ++at)
        feed.happened(turned_away(wire::CloseReason::sessions_full), {}, "");
    worker::EventFacts mute;
    mute.was_mute = true;
    feed.happened(turned_away(wire::CloseReason::left_early), mute, ""); // a health check
    REQUIRE(feed.newest() == 1);
    CHECK(json::parse(feed.after(0)[0]->data)["reason"] == "sessions_full");
    CHECK(feed.after(0)[0]->kind == "limit_reached");
    io.run(); // until the sum is told
    REQUIRE(feed.newest() == 2);
    CHECK(feed.after(1)[0]->kind == "refused");
    CHECK(json::parse(feed.after(1)[0]->data)["reasons"] ==
          json{{"ssh_greeting", 50}, {"sessions_full", 7}});
}

TEST_CASE("whoever listens hears every event")
{
    boost::asio::io_context io;
    admin::Feed feed(io);
    std::vector<std::string> heard;
    feed.listen([&](const admin::Feed::Event& event) { heard.push_back(event->kind); });
    feed.publish("control", {});
    feed.stood_still(std::chrono::seconds(2));
    CHECK(heard == std::vector<std::string>{"control", "stood_still"});
}

TEST_CASE("texts from outside are shown as UTF-8")
{
    boost::asio::io_context io;
    admin::Feed feed(io);
    lobby::RoomEvent told;
    told.event.kind = room::RoomEventKind::member_joined;
    told.event.member.value = 9;
    told.event.nick = "a\xff\x1b[2J";
    feed.happened(told, {}, "");
    const json data = json::parse(feed.after(0)[0]->data);
    const auto nick = data["nick"].get<std::string>();
    CHECK(nick.find('\x1b') == std::string::npos);
    CHECK(data["id"] == 9);
}

TEST_CASE("a request has a path and values")
{
    admin::Request request;
    request.target("/events?status=1&last_event_id=77&status=9&x");
    CHECK(admin::path_of(request) == "/events");
    CHECK(admin::query_value(request, "status") == "1");
    CHECK(admin::query_value(request, "last_event_id") == "77");
    CHECK(admin::query_value(request, "x").empty());
    CHECK(admin::query_value(request, "stat").empty());
    request.target("/events");
    CHECK(admin::query_value(request, "status").empty());
    request.target("/events?");
    CHECK(admin::path_of(request) == "/events");
    CHECK(admin::query_value(request, "").empty());
}
