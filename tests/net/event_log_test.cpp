#include "net/event_log.hpp"

#include "support/catch.hpp"

#include <memory>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sstream>

using namespace netplay_relay;

namespace {

// Collects what is logged while it lives.
class LogCatcher
{
public:
    LogCatcher() : before_(spdlog::default_logger())
    {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text_);
        auto logger = std::make_shared<spdlog::logger>("caught", std::move(sink));
        logger->set_pattern("%v");
        spdlog::set_default_logger(std::move(logger));
    }
    ~LogCatcher() { spdlog::set_default_logger(before_); }
    LogCatcher(const LogCatcher&) = delete;

    std::string take()
    {
        std::string text = text_.str();
        text_.str("");
        return text;
    }

private:
    std::ostringstream text_;
    std::shared_ptr<spdlog::logger> before_;
};

std::size_t lines(const std::string& text)
{
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

const wire::Endpoint peer = *wire::parse_endpoint("203.0.113.7:4000");

} // namespace

TEST_CASE("a reason is logged by its own word")
{
    LogCatcher log;
    net::EventLog event_log;
    event_log.turned_away({peer, wire::CloseReason::http_greeting, {}}, false, lobby::Instant{});
    CHECK(log.take() == "turned_away peer=203.0.113.7:4000 reason=http_greeting\n");
}

TEST_CASE("who has left a room is named, and who was in none is not")
{
    LogCatcher log;
    net::EventLog event_log;
    const auto gone = [&](room::MemberName name) {
        event_log.member_gone({peer, wire::CloseReason::member_left, std::chrono::seconds(2), name},
                              lobby::Instant{});
        return log.take();
    };
    CHECK(gone({}) == "member_gone peer=203.0.113.7:4000 reason=member_left age_seconds=2.0\n");
    CHECK(gone({7, "bob \"x"}) ==
          "member_gone peer=203.0.113.7:4000 reason=member_left age_seconds=2.0 "
          "room=7 nick=\"bob \\x22x\"\n");
}

TEST_CASE("a flood of one reason is cut short and summed up, and hides no other reason")
{
    LogCatcher log;
    net::EventLog event_log;
    lobby::Instant now{};
    const auto refuse = [&](wire::CloseReason reason) {
        event_log.turned_away({peer, reason, {}}, false, now);
    };
    for (int at = 0; at < 10000; ++at)
        refuse(wire::CloseReason::unknown_session);
    CHECK(lines(log.take()) == 20);
    refuse(wire::CloseReason::join_denied);
    CHECK(lines(log.take()) == 1);
    now += std::chrono::seconds(10);
    refuse(wire::CloseReason::unknown_session);
    CHECK(log.take() == "suppressed event=turned_away address=203.0.113.7 reason=unknown_session "
                        "lines=9980\n"
                        "turned_away peer=203.0.113.7:4000 reason=unknown_session\n");
    refuse(wire::CloseReason::unknown_session);
    CHECK(log.take().find("suppressed") == std::string::npos);
}

TEST_CASE("one noisy address hides no other")
{
    LogCatcher log;
    net::EventLog event_log;
    for (int at = 0; at < 100; ++at)
        event_log.turned_away({peer, wire::CloseReason::unknown_session, {}}, false, {});
    (void)log.take();
    const wire::Endpoint friends = *wire::parse_endpoint("198.51.100.1:5");
    event_log.turned_away({friends, wire::CloseReason::unknown_session, {}}, false, {});
    CHECK(log.take() == "turned_away peer=198.51.100.1:5 reason=unknown_session\n");
}

TEST_CASE("what honest people bring about is not cut short")
{
    LogCatcher log;
    net::EventLog event_log;
    const lobby::SessionOpened session{
        {1}, *wire::parse_session_id("FRIDAYNIGHTSNES1"), {2}, peer, false};
    for (int at = 0; at < 60; ++at)
        event_log.session_opened(session, "relay.example|55435|FRIDAYNIGHTSNES1", {});
    CHECK(lines(log.take()) == 60);
    lobby::RoomEvent held_up;
    held_up.peer = peer;
    held_up.event.kind = room::RoomEventKind::held_up;
    for (int at = 0; at < 60; ++at)
        event_log.room_event(held_up, {});
    CHECK(lines(log.take()) == 60);
}

TEST_CASE("who connects and hangs up without a byte is for developers")
{
    LogCatcher log;
    net::EventLog event_log;
    event_log.turned_away({peer, wire::CloseReason::left_early, {}}, true, lobby::Instant{});
    CHECK(log.take().empty());
    event_log.turned_away({peer, wire::CloseReason::left_early, {}}, false, lobby::Instant{});
    CHECK(lines(log.take()) == 1);
    spdlog::default_logger()->set_level(spdlog::level::debug);
    event_log.turned_away({peer, wire::CloseReason::left_early, {}}, true, lobby::Instant{});
    CHECK(lines(log.take()) == 1);
}

TEST_CASE("a nick is written as it is, and can neither end its quotation nor turn the line around")
{
    LogCatcher log;
    net::EventLog event_log;
    lobby::RoomEvent event;
    event.peer = peer;
    event.event.kind = room::RoomEventKind::held_up;
    event.event.member = {3};
    event.event.players = 1;
    event.event.duration = std::chrono::seconds{3};
    event.event.core = "Arena";
    event.event.nick = "Zo\u00e9";
    event_log.room_event(event, {});
    const std::string line = log.take();
    CHECK(line.find("nick=\"Zo\u00e9\"") != std::string::npos);
    CHECK(line.find("problem=\"Zo\u00e9 kept 1 player waiting 3.0 s\"") != std::string::npos);
    event.event.nick = "a\" reason=\u202eb\n\xff\\";
    event_log.room_event(event, {});
    CHECK(log.take().find("nick=\"a\\x22 reason=\\u202eb\\x0a\\xff\\x5c\"") != std::string::npos);
}

TEST_CASE("who waits for a place is told why if it is not that all are taken")
{
    LogCatcher log;
    net::EventLog event_log;
    lobby::RoomEvent event;
    event.peer = peer;
    event.event.kind = room::RoomEventKind::member_waits;
    event.event.member = {3};
    event.event.nick = "eve";
    event_log.room_event(event, {});
    CHECK(log.take().find("problem") == std::string::npos);
    event.event.players = 2;
    event.event.duration = std::chrono::milliseconds{14200};
    event_log.room_event(event, {});
    CHECK(log.take().find(" problem=\"a newcomer, and 2 have spoilt this game lately: watches for "
                          "15 s at first\"") != std::string::npos);
}

TEST_CASE("a reload says who had to go, and what stays")
{
    LogCatcher log;
    net::EventLog event_log;
    lobby::Reloaded event;
    event.kept = {{"limits.sessions", 2}, {"rooms.password", 0}};
    event.members = 3;
    event_log.reloaded(event);
    const std::string text = log.take();
    CHECK(text.find("reload_denied sessions=0 links=0 waiting_joins=0 members=3 peers=0\n") == 0);
    CHECK(text.find("reload_kept key=limits.sessions count=2 problem=\"what is there stays") !=
          std::string::npos);
    CHECK(text.find("reload_kept key=rooms.password count=0 problem=\"nothing that is there is "
                    "affected\"") != std::string::npos);
}

TEST_CASE("noise of many addresses is bounded in all, and hides nobody's game")
{
    net::LineBudget budget;
    const auto subject = [](int at, net::LineKind kind) {
        return net::LineBudget::Subject{*wire::parse_address("10.0." + std::to_string(at / 250) +
                                                             "." + std::to_string(at % 250)),
                                        kind, 0};
    };
    int written = 0;
    for (int line = 0; line < 6000; ++line)
        written +=
            budget.may_write(subject(line / 2, net::LineKind::turned_away), true, {}) ? 1 : 0;
    CHECK(written == 400);
    CHECK(budget.may_write(subject(7, net::LineKind::session_opened), false, {}));
    const auto end = lobby::Instant{std::chrono::seconds{10}};
    const auto suppressed = budget.take_suppressed(end);
    REQUIRE(suppressed.size() == 1); // one line for all of them
    CHECK(suppressed.front().lines == 5600);
    CHECK(budget.may_write(subject(1, net::LineKind::turned_away), true, end));
}

TEST_CASE("the table of budgets is bounded")
{
    net::LineBudget budget({.noisy_subjects = 3});
    const auto subject = [](int at) {
        return net::LineBudget::Subject{*wire::parse_address("192.0.2." + std::to_string(at)),
                                        net::LineKind::turned_away, 0};
    };
    for (int at = 1; at <= 100; ++at)
        (void)budget.may_write(subject(at), true, {});
    CHECK(budget.size() == 4); // and all others as one
    CHECK(budget.may_write(subject(1), true, {}));
    CHECK_FALSE(budget.may_write(subject(101), true, {}));
    const auto suppressed = budget.take_suppressed(lobby::Instant{std::chrono::seconds{10}});
    REQUIRE(suppressed.size() == 1);
    CHECK(suppressed.front().lines == 78);
    CHECK(budget.size() == 0);
}

TEST_CASE("who is refused at many addresses takes no place from those who are let in")
{
    net::LineBudget budget({.lines = 1, .noisy_subjects = 3, .subjects = 3});
    const auto address = [](int at) {
        return *wire::parse_address("192.0.2." + std::to_string(at));
    };
    for (int at = 1; at <= 100; ++at)
        (void)budget.may_write({address(at), net::LineKind::turned_away, 0}, true, {});
    for (int at = 101; at <= 103; ++at)
        CHECK(budget.may_write({address(at), net::LineKind::session_opened, 0}, false, {}));
    CHECK(budget.may_write({address(104), net::LineKind::session_opened, 0}, false, {}));
    CHECK_FALSE(budget.may_write({address(105), net::LineKind::session_opened, 0}, false, {}));
    CHECK(budget.take_suppressed(lobby::Instant{std::chrono::seconds{10}}).size() == 2);
    CHECK(budget.size() == 0);
    CHECK(budget.may_write({address(1), net::LineKind::turned_away, 0}, true,
                           lobby::Instant{std::chrono::seconds{10}}));
}

TEST_CASE("an opened session is logged with what a friend has to type")
{
    LogCatcher log;
    net::EventLog event_log;
    const lobby::SessionOpened event{
        {1}, *wire::parse_session_id("FRIDAYNIGHTSNES1"), {2}, peer, true};
    event_log.session_opened(event, "relay.example|55435|FRIDAYNIGHTSNES1", lobby::Instant{});
    CHECK(log.take() ==
          "session_opened session=FRIDAYNIGHTSNES1 host=203.0.113.7:4000 reserved=true "
          "join_text=relay.example|55435|FRIDAYNIGHTSNES1\n");
}
