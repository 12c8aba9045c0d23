// The life of a connection: the changes that are listed happen, and no others can.
#include "lobby/stages.hpp"

#include "script.hpp"

#include "support/catch.hpp"

#include <csignal>
#include <cstdio>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

constexpr std::array all_stages{
    Stage::greeting,  Stage::asking,      Stage::host,   Stage::waiting,    Stage::guest,
    Stage::host_side, Stage::asking_port, Stage::member, Stage::party_peer, Stage::introducing};

// True if it stops the process as ensure() does. Runs in a process of its own.
bool aborts(const std::function<void()>& action)
{
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(2);
        action();
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

// A script with one connection in each stage, named after it.
void fill(Script& talk)
{
    talk.hosts("host");
    talk.links("guest", "host");
    talk.waits("waiting", "host");
    talk.profile.manual_ip = ManualIp::room;
    REQUIRE(talk.comes("member") == Words{"enter member"});
    talk.profile = {};
    REQUIRE(talk.requests_web("party-peer") == Words{"enter party party-peer"});
    REQUIRE(talk.asks("asking") == Words{});
    REQUIRE(talk.arrives("greeting") == Words{});
    REQUIRE(talk.arrives("introducing", "192.0.2.250") == Words{});
    // Without an answer of the shell it waits for its port.
    REQUIRE(talk.arrives("asking-port") == Words{});
    Output output;
    talk.lobby.handle(Greeted{talk.id_of("asking-port"), wire::LegacyPortRequest{}, false},
                      talk.now, output);
    REQUIRE(output.commands.size() == 2); // what it is now, and the port
}

std::string name_of(Stage stage)
{
    switch (stage) {
    case Stage::greeting: return "greeting";
    case Stage::asking: return "asking";
    case Stage::host: return "host";
    case Stage::waiting: return "waiting";
    case Stage::guest: return "guest";
    case Stage::host_side: return "guest-side";
    case Stage::asking_port: return "asking-port";
    case Stage::member: return "member";
    case Stage::party_peer: return "party-peer";
    case Stage::introducing: return "introducing";
    case Stage::lingering:
    case Stage::closed: break;
    }
    return {};
}

bool is_our_bug(const std::function<Event(ConnectionId)>& event, Stage stage)
{
    Policy policy = quiet_policy();
    policy.legacy_ports.range = {5000, 5009};
    policy.trusted_proxies = {*wire::parse_network("192.0.2.250")};
    policy.proxy_protocol = true;
    Script talk(policy);
    fill(talk);
    const Event told = event(talk.id_of(name_of(stage)));
    return aborts([&] {
        Output output;
        talk.lobby.handle(told, talk.now, output);
    });
}

} // namespace

TEST_CASE("the changes of stage that there are")
{
    for (std::size_t one = 0; one < stage_count; ++one)
        for (std::size_t other = 0; other < stage_count; ++other) {
            const auto from = static_cast<Stage>(one);
            const auto to = static_cast<Stage>(other);
            const bool listed = (from == Stage::greeting && to == Stage::introducing) ||
                                (from == Stage::introducing && to == Stage::greeting) ||
                                (from == Stage::greeting && to == Stage::asking) ||
                                (from == Stage::asking && to == Stage::host) ||
                                (from == Stage::greeting && to == Stage::waiting) ||
                                (from == Stage::greeting && to == Stage::host_side) ||
                                (from == Stage::waiting && to == Stage::guest) ||
                                (from == Stage::greeting && to == Stage::asking_port) ||
                                (from == Stage::greeting && to == Stage::member) ||
                                (from == Stage::greeting && to == Stage::party_peer) ||
                                (to == Stage::lingering && is_alive(from)) ||
                                (to == Stage::closed && from != Stage::closed);
            CHECK(may_change(from, to) == listed);
        }
    CHECK(is_unsettled(Stage::greeting));
    CHECK(is_unsettled(Stage::introducing));
    CHECK(is_unsettled(Stage::asking));
    CHECK(is_unsettled(Stage::asking_port));
    CHECK_FALSE(is_unsettled(Stage::member));
    CHECK_FALSE(is_unsettled(Stage::host));
    CHECK_FALSE(is_unsettled(Stage::waiting));
}

TEST_CASE("what the end of a connection means is told by its stage")
{
    CHECK(ends_of(Stage::greeting).left == CloseReason::left_early);
    CHECK(ends_of(Stage::host).lost == CloseReason::host_lost);
    CHECK(ends_of(Stage::host).too_slow == CloseReason::too_slow);
    CHECK(ends_of(Stage::waiting).lost == CloseReason::left_while_waiting);
    CHECK(ends_of(Stage::guest).left == CloseReason::guest_left);
    CHECK(ends_of(Stage::host_side).left == CloseReason::host_dropped_guest);
    CHECK(ends_of(Stage::member).too_slow == CloseReason::member_backlog);
    CHECK(ends_of(Stage::party_peer).lost == CloseReason::peer_absent);
    CHECK(ends_of(Stage::party_peer).too_slow == CloseReason::peer_backlog);
    for (const Stage stage : {Stage::host, Stage::waiting, Stage::guest, Stage::host_side,
                              Stage::member, Stage::party_peer})
        CHECK(ends_of(stage).memory_short == CloseReason::memory_short);
    CHECK(aborts([] { (void)ends_of(Stage::lingering); }));
}

TEST_CASE("each change of stage happens in a script")
{
    Script talk;
    REQUIRE(talk.arrives("ann") == Words{});
    REQUIRE(talk.arrives("bob") == Words{});
    REQUIRE(talk.arrives("side") == Words{});
    CHECK(talk.lobby.use() == Use{3, 3, 0, 0, 0, 0, 0, 0, 3});
    REQUIRE(talk.asks("ann") == Words{}); // greeting to asking
    CHECK(talk.lobby.use() == Use{3, 3, 0, 0, 0, 0, 0, 0, 3});
    REQUIRE(talk.passes(lost_guest_watch) == Words{"ann <- RATS"}); // asking to host
    CHECK(talk.lobby.use() == Use{3, 2, 1, 0, 0, 0, 0, 0, 3});
    REQUIRE(talk.joins("bob", "ann") == Words{"ann <- RATL bob"}); // greeting to waiting
    CHECK(talk.lobby.use() == Use{3, 1, 1, 1, 0, 0, 0, 0, 3});
    // Greeting to host_side, and waiting to guest.
    REQUIRE(talk.accepts("side", "bob") == Words{"join bob side"});
    CHECK(talk.lobby.use() == Use{3, 0, 1, 0, 1, 0, 0, 0, 3});
}

TEST_CASE("nobody greets twice: that would be our bug")
{
    const auto greet = [](const wire::Greeting& greeting) {
        return [greeting](ConnectionId id) { return Event{Greeted{id, greeting, false}}; };
    };
    const wire::JoinSession join{};
    for (const Stage stage : all_stages) {
        if (stage == Stage::greeting) continue;
        INFO(name_of(stage));
        CHECK(is_our_bug(greet(wire::NewSession{}), stage));
        CHECK(is_our_bug(greet(join), stage));
        CHECK(is_our_bug(greet(wire::AcceptTicket{}), stage));
        CHECK(is_our_bug(greet(wire::ManualJoin{}), stage));
        CHECK(is_our_bug(greet(wire::LegacyPortRequest{}), stage));
        CHECK(is_our_bug(greet(wire::WebRequest{}), stage));
    }
    CHECK_FALSE(is_our_bug(greet(wire::NewSession{}), Stage::greeting));
}

TEST_CASE("what a connection of one stage cannot do is our bug in every other")
{
    const auto check = [](const std::function<Event(ConnectionId)>& event,
                          const std::vector<Stage>& possible) {
        for (const Stage stage : all_stages) {
            INFO(name_of(stage));
            const bool may = std::ranges::find(possible, stage) != possible.end();
            CHECK(is_our_bug(event, stage) != may);
        }
    };
    SECTION("messages of a control connection")
    {
        check([](ConnectionId id) { return Said{id, wire::Pong{}}; }, {Stage::asking, Stage::host});
    }
    SECTION("the first word of a guest")
    {
        check([](ConnectionId id) { return Spoke{id}; }, {Stage::waiting, Stage::guest});
    }
    SECTION("the first word of a host to a guest")
    {
        check([](ConnectionId id) { return Answered{id}; }, {Stage::guest});
    }
    SECTION("bytes of a link")
    {
        check([](ConnectionId id) { return Progressed{id, Instant{}}; }, {Stage::guest});
    }
    SECTION("one end of a link that finishes")
    {
        check([](ConnectionId id) { return HalfClosed{id}; }, {Stage::guest, Stage::host_side});
    }
    SECTION("bytes that are no message")
    {
        check(
            [](ConnectionId id) {
                return Refused{id, wire::Refusal::unknown_message};
            },
            {Stage::greeting, Stage::introducing, Stage::asking, Stage::asking_port, Stage::host});
    }
    SECTION("a PROXY header")
    {
        check([](ConnectionId id) { return Introduced{id, {}}; }, {Stage::introducing});
    }
    SECTION("what a member or a peer says")
    {
        check(
            [](ConnectionId id) {
                return SaidBytes{id, {}};
            },
            {Stage::member, Stage::party_peer});
    }
    SECTION("leaving")
    {
        check(
            [](ConnectionId id) {
                return Left{id, CloseReason::left};
            },
            {all_stages.begin(), all_stages.end()});
    }
}

TEST_CASE("time that goes back is our bug")
{
    Script talk;
    REQUIRE(talk.arrives("ann") == Words{});
    CHECK(aborts([&] {
        Output output;
        talk.lobby.handle(Tick{}, talk.now - 1ns, output);
    }));
}
