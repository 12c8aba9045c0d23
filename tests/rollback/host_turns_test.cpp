// What a host does with inputs, frames, states and time: protocol.md, "Frames".
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::rollback;

TEST_CASE("INPUT is passed on at once for frames that are over, else at its frame")
{
    HostScript host;
    const std::uint32_t watcher = host.joins();
    const std::uint32_t player = host.player();
    host.ticks(2); // frames 2 and 3
    (void)host.heard(watcher);
    host.presses(player, 1);
    CHECK(host.heard(watcher) == "input 2 of 2: 4;");
    host.presses(player, 2);
    CHECK(host.heard(watcher) == "input 3 of 2: 5;");
    host.ticks();
    CHECK(host.heard(watcher) == "input 4 of 2: 6;input 4 of 0: 4;");
    CHECK(host.heard(player).find("of 2") == std::string::npos);
    CHECK(host.session.counts(player).inputs_late == 2);
}

TEST_CASE("INPUT that no honest client sends closes its connection")
{
    const auto end_after = [](bool plays, const wire::Input& input) {
        HostScript host;
        const std::uint32_t client = plays ? host.player() : host.joins();
        (void)host.says(client, input);
        return host.dropped();
    };
    CHECK(end_after(false, {1, 1, false, words_of({1})}) == CloseReason::unknown_player);
    CHECK(end_after(true, {1, 1, false, words_of({1, 2})}) == CloseReason::input_size);
    CHECK(end_after(true, {2, 1, false, words_of({1})}) == CloseReason::input_out_of_order);
    CHECK(end_after(true, {0, 1, false, words_of({1})}) == CloseReason::none);  // old
    CHECK(end_after(true, {1, 77, false, words_of({1})}) == CloseReason::none); // whoever it says
}

TEST_CASE("INPUT too far ahead waits for room")
{
    HostScript host;
    const std::uint32_t player = host.player();
    const Frame first = host.session.timeline().other();
    while (host.session.timeline().read(player) < first + server_ring_frames)
        host.presses(player, 1);
    const wire::Input next{host.session.timeline().read(player), player, false, words_of({1})};
    CHECK(host.says(player, next) == Receipt::later);
    host.ticks(4);
    CHECK(host.says(player, next) == Receipt::taken);
}

TEST_CASE("what only a host sends closes the connection of a client")
{
    const auto end_after = [](const wire::Command& command) {
        HostScript host;
        (void)host.says(host.player(5), command);
        return host.dropped();
    };
    CHECK(end_after(wire::LoadSavestate{}) == CloseReason::not_allowed);
    CHECK(end_after(wire::Reset{}) == CloseReason::not_allowed);
    CHECK(end_after(wire::Mode{}) == CloseReason::unexpected);
    CHECK(end_after(wire::NoInput{}) == CloseReason::unexpected);
    CHECK(end_after(wire::Pause{}) == CloseReason::not_allowed);
    CHECK(end_after(wire::Nak{}) == CloseReason::nak);
    CHECK(end_after(wire::UnknownCommand{99, 0}) == CloseReason::unknown_command);
    CHECK(end_after(wire::Ack{}) == CloseReason::none);
}

TEST_CASE("a host waits 60 frames ahead of a player, and closes its connection after 5 s")
{
    HostScript host;
    const std::uint32_t quick = host.player();
    const std::uint32_t slow = host.player();
    for (int n = 0; n < 70; ++n) {
        host.presses(quick, 1);
        host.ticks();
    }
    CHECK(host.self() - host.session.timeline().read(slow) == stall_distance);
    CHECK(host.ticks() == Turn::stalled);
    host.presses(slow, 1);
    CHECK(host.ticks() == Turn::stalled);
    host.presses(slow, 2);
    CHECK(host.ticks() == Turn::ran); // as near as 58
    host.ticks(3);
    CHECK(host.ticks(4, 1s) == Turn::stalled);
    CHECK(host.session.counts(slow).waited_for > 2s);
    CHECK(host.session.counts(quick).waited_for == 0s);
    host.ticks(3, 1s);
    CHECK(host.dropped() == CloseReason::silent);
    CHECK(host.session.clients() == 1);
    CHECK(host.ticks(2) == Turn::ran);
}

TEST_CASE("STALL is sent to one who is more than three frames ahead, every 120 frames")
{
    HostScript host;
    const std::uint32_t player = host.player();
    const auto stalls_in = [&](int frames) {
        std::string all;
        for (int n = 0; n < frames; ++n) {
            host.ticks();
            host.presses(player, 1);
            all += host.heard(player);
        }
        std::size_t count = 0;
        for (std::size_t at = 0; (at = all.find("stall", at)) != std::string::npos; ++at)
            ++count;
        return count;
    };
    host.presses(player, 3);
    CHECK(stalls_in(10) == 0);
    host.presses(player, 4);
    CHECK(stalls_in(110) == 1);
    CHECK(stalls_in(120) == 1);
    CHECK(host.session.counts(player).stalls_sent == 2);
}

TEST_CASE("a host that is behind all its players may hurry")
{
    HostScript host;
    const std::uint32_t player = host.player();
    host.presses(player, 30);
    for (int n = 0; n < 20; ++n) {
        host.presses(player, 1);
        host.ticks(1, 40ms);
    }
    CHECK(host.session.hurrying());
    host.ticks(60, 1ms);
    CHECK_FALSE(host.session.hurrying());
}

TEST_CASE("CRCs are of frames divisible by the interval, when they are confirmed")
{
    HostSessionSettings settings = host_settings();
    settings.crc_interval = 4;
    HostScript host(settings);
    const std::uint32_t player = host.player();
    host.ticks(10);
    CHECK(host.heard(player).find("crc 4") == std::string::npos);
    host.presses(player, 10);
    host.ticks();
    CHECK(host.heard(player).starts_with("crc 4;crc 8;"));
    CHECK(host.session.counts().crcs_sent == 3); // frame 0 too
}

TEST_CASE("a client that asks for a state makes all get one, once a frame")
{
    HostScript host;
    const std::uint32_t one = host.joins();
    const std::uint32_t two = host.player();
    host.ticks(2);
    (void)host.heard(one);
    (void)host.heard(two);
    CHECK(host.says(one, wire::RequestSavestate{}) == Receipt::taken);
    CHECK(host.says(one, wire::RequestSavestate{}) == Receipt::taken);
    host.ticks();
    CHECK(host.heard(one) == "state 4;input 4 of 0: 4;");
    CHECK(host.heard(two) == "state 4;input 4 of 0: 4;");
    CHECK(host.session.timeline().read(two) == 4); // what it pressed before is not waited for
    CHECK(host.says(two, wire::Input{2, two, false, words_of({1})}) == Receipt::taken);
    CHECK(host.session.counts().inputs_ignored == 1);
    CHECK(host.session.counts(one).states_asked == 2);
}

TEST_CASE("a reset and a loaded state are told to all, at the present frame")
{
    HostScript host;
    host.joins();
    host.ticks(3);
    (void)host.heard(1);
    const Bytes kept = host.core.state();
    host.session.reset();
    host.ticks();
    CHECK(host.heard(1) == "reset 4;state 4;input 4 of 0: 4;");
    host.session.load_state(kept);
    host.ticks();
    CHECK(host.heard(1) == "state 5;input 5 of 0: 5;");
    CHECK(host.session.counts().resets == 1);
}

TEST_CASE("chat goes to the players of protocol 6, and spectators may not speak")
{
    HostScript host;
    const std::uint32_t speaker = host.player();
    const std::uint32_t old = host.player(5);
    const std::uint32_t watcher = host.joins();
    (void)host.heard(speaker);
    (void)host.heard(old);
    CHECK(host.says(speaker, wire::Chat{{}, "hello"}) == Receipt::taken);
    CHECK(host.heard(speaker) == "guest: hello;");
    CHECK(host.heard(old).empty());
    CHECK(host.heard(watcher).empty());
    CHECK(host.says(watcher, wire::Chat{{}, "hello"}) == Receipt::ended);
    CHECK(host.dropped() == CloseReason::not_allowed);
}

TEST_CASE("pings are answered and returned")
{
    HostScript host;
    host.joins();
    CHECK(host.says(1, wire::PingRequest{}) == Receipt::taken);
    CHECK(host.heard(1) == "pong;ping;");
    CHECK(host.says(1, wire::PingRequest{}) == Receipt::taken);
    CHECK(host.heard(1) == "pong;"); // one at a time
    host.now += 30ms;
    CHECK(host.says(1, wire::PingResponse{}) == Receipt::taken);
    CHECK(host.session.counts(1).pings.last == 30ms);
}

TEST_CASE("whoever pauses pauses all others, until nobody does any more")
{
    HostSessionSettings settings = host_settings();
    settings.pausing_allowed = true;
    HostScript host(settings);
    const std::uint32_t one = host.player();
    const std::uint32_t two = host.player();
    (void)host.heard(one);
    CHECK(host.says(one, wire::Pause{"me"}) == Receipt::taken);
    CHECK(host.heard(two) == "pause by guest;");
    CHECK(host.ticks() == Turn::paused);
    CHECK(host.says(two, wire::Pause{"me"}) == Receipt::taken);
    CHECK(host.heard(one) == "pause by guest (2);");
    CHECK(host.says(one, wire::Resume{}) == Receipt::taken);
    CHECK(host.heard(two) == "resume;");
    CHECK(host.ticks() == Turn::paused);
    host.session.leave(two);
    CHECK(host.heard(one).starts_with("mode"));
    CHECK(host.ticks() == Turn::ran);
}

TEST_CASE("a newcomer does not wait for the end of a pause, and is told of it")
{
    HostSessionSettings settings = host_settings();
    settings.pausing_allowed = true;
    HostScript host(settings);
    const std::uint32_t one = host.player();
    CHECK(host.says(one, wire::Pause{"me"}) == Receipt::taken);
    const auto two = host.session.join(negotiated());
    REQUIRE(two == 2U);
    CHECK(host.ticks() == Turn::paused);
    const std::string heard = host.heard(2);
    INFO(heard);
    CHECK(heard.starts_with("sync " + std::to_string(host.self()) + " as 2 paused;"));
    CHECK(heard.ends_with("state " + std::to_string(host.self()) + ";"));
    CHECK(host.says(one, wire::Resume{}) == Receipt::taken);
    CHECK(host.heard(2) == "resume;");
}

TEST_CASE("input latency: the host's input is sent ahead of what it runs")
{
    HostSessionSettings settings = host_settings();
    settings.latency = {4, 4};
    HostScript host(settings);
    host.joins();
    host.ticks(10);
    CHECK(host.self() - host.session.timeline().run() == 4);
    host.session.load_state(host.core.state());
    host.ticks();
    CHECK(host.self() - host.session.timeline().run() == 1); // what was not run is dropped
}
