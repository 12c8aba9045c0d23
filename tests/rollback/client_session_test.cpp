// Each rule that a client keeps: protocol.md, "Netplay commands" and "Frames".
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::rollback;

namespace {

// In its seat at port 1, from frame 100 on.
struct PlayingClient : ClientScript
{
    explicit PlayingClient(std::uint32_t protocol = 6, ClientSessionSettings settings = {})
        : ClientScript(protocol, std::move(settings))
    {
        CHECK(plays(100, 1, 0b10, true) == Receipt::taken);
        said();
    }
};

ClientSessionSettings watching()
{
    ClientSessionSettings settings;
    settings.spectate = true;
    return settings;
}

} // namespace

TEST_CASE("a client asks to play at once, unless it is to watch")
{
    TestCore core;
    const auto sync = ClientScript::sync(6, 1);
    ClientSession eager(core, {}, negotiated(), sync, 0ms);
    CHECK_FALSE(eager.out().empty());
    ClientSession shy(core, watching(), negotiated(), sync, 0ms);
    CHECK(shy.out().empty());
    CHECK(eager.timeline().self() == 100);
}

TEST_CASE("a spectator waits for the host's frames")
{
    ClientScript client(6, watching());
    CHECK(client.ticks() == Turn::stalled);
    client.host_plays(1);
    CHECK(client.ticks() == Turn::ran);
    CHECK(client.ticks() == Turn::stalled);
    CHECK(client.hears(wire::NoInput{101}) == Receipt::taken);
    CHECK(client.session.server_frame() == 102);
    CHECK(client.said().empty());
}

TEST_CASE("MODE makes a player, at the host's frame only")
{
    ClientScript client;
    CHECK(client.plays(101, 1, 0b10, true) == Receipt::ended);
    CHECK(client.session.end() == CloseReason::mode_out_of_order);

    PlayingClient player;
    CHECK(player.session.playing());
    CHECK(player.ticks() == Turn::ran);
    CHECK(player.said() == "input 100 of 1: 100;");
    CHECK(player.plays(100, 1, 0b10, true) == Receipt::ended); // plays already
    CHECK(player.session.end() == CloseReason::mode_unprompted);
}

TEST_CASE("who becomes a player late sends zeros for the frames it has run")
{
    PlayingClient client;
    client.ticks(3);
    client.session.spectate();
    CHECK(client.said() == "input 100 of 1: 100;input 101 of 1: 101;input 102 of 1: 102;spectate;");
    CHECK(client.watches(103, 1, true) == Receipt::taken);
    CHECK(client.plays(100, 1, 0b10, true) == Receipt::taken);
    CHECK(client.said() == "input 100 of 1: 0;input 101 of 1: 0;input 102 of 1: 0;");
}

TEST_CASE("who becomes a player in the future sends nothing before")
{
    ClientScript client;
    client.host_plays(3);
    CHECK(client.plays(103, 1, 0b10, true) == Receipt::taken);
    client.ticks(3);
    CHECK(client.said().empty());
    client.ticks();
    CHECK(client.said() == "input 103 of 1: 103;");
}

TEST_CASE("MODE of others: to play at the host's frame, to leave at any")
{
    PlayingClient client;
    CHECK(client.plays(100, 2, 0b100, false) == Receipt::taken);
    CHECK(client.watches(50, 2, false) == Receipt::taken);
    CHECK(client.plays(99, 2, 0b100, false) == Receipt::ended);
    CHECK(client.session.end() == CloseReason::mode_out_of_order);
}

TEST_CASE("a player cannot be sent to watch")
{
    PlayingClient client;
    CHECK(client.watches(100, 1, true) == Receipt::ended);
    CHECK(client.session.end() == CloseReason::mode_unprompted);
}

TEST_CASE("who leaves in the past is taken out of frames already run")
{
    PlayingClient client;
    CHECK(client.plays(100, 2, 0b100, false) == Receipt::taken);
    CHECK(client.hears(wire::Input{100, 2, false, words_of({8})}) == Receipt::taken);
    client.ticks(3);
    CHECK(client.core.last[2].words[0] == 8);
    CHECK(client.watches(101, 2, false) == Receipt::taken);
    client.ticks();
    CHECK(client.core.last[2].words[0] == 0);
    CHECK(client.session.timeline().counts().rollbacks > 0);
}

TEST_CASE("INPUT of who does not play, of another size or out of order ends the session")
{
    const auto end_after = [](const wire::Input& input) {
        PlayingClient client;
        client.hears(input);
        return client.session.end();
    };
    CHECK(end_after({100, 2, false, words_of({1})}) == CloseReason::unknown_player);
    CHECK(end_after({100, 1, false, words_of({1})}) == CloseReason::unknown_player); // ourselves
    CHECK(end_after({100, 0, false, words_of({1, 2})}) == CloseReason::input_size);
    CHECK(end_after({100, 0, false, {}}) == CloseReason::input_size);
    CHECK(end_after({101, 0, false, words_of({1})}) == CloseReason::input_out_of_order);
    CHECK(end_after({99, 0, false, words_of({1})}) == CloseReason::none); // an old one
    CHECK(end_after({100, 0, false, words_of({1})}) == CloseReason::none);
}

TEST_CASE("INPUT without room in the ring waits, and is taken later")
{
    ClientScript client(6, watching());
    client.host_plays(client_ring_frames);
    const Frame next = 100 + client_ring_frames;
    const wire::Input input{next, 0, false, words_of({1})};
    CHECK(client.hears(input) == Receipt::later);
    CHECK(client.session.server_frame() == next);
    client.ticks(3);
    CHECK(client.hears(input) == Receipt::taken);
}

TEST_CASE("NOINPUT counts the host's frames, in order")
{
    ClientScript client(6, watching(), 0);
    CHECK(client.hears(wire::NoInput{100}) == Receipt::taken);
    CHECK(client.hears(wire::NoInput{100}) == Receipt::taken); // old
    CHECK(client.session.server_frame() == 101);
    CHECK(client.hears(wire::NoInput{102}) == Receipt::ended);
    CHECK(client.session.end() == CloseReason::input_out_of_order);
}

TEST_CASE("a savestate is taken at the host's frame only")
{
    PlayingClient client;
    CHECK(client.state(101) == Receipt::ended);
    CHECK(client.session.end() == CloseReason::state_out_of_order);

    PlayingClient other;
    other.host_plays(10);
    CHECK(other.state(110) == Receipt::taken);
    CHECK(other.session.timeline().self() == 110);
    CHECK(other.ticks() == Turn::ran);
    CHECK(other.said() == "input 110 of 1: 110;"); // never those that were skipped
    CHECK(other.session.counts().states_received == 1);
}

TEST_CASE("a savestate of another size, damaged, or refused by the core ends the session")
{
    PlayingClient client;
    const Bytes state = netplay::compress(Bytes(17));
    CHECK(client.hears(wire::LoadSavestate{100, 17, state}) == Receipt::ended);
    CHECK(client.session.end() == CloseReason::state_size);

    PlayingClient other;
    CHECK(other.hears(wire::LoadSavestate{100, 16, std::span(state).first(5)}) == Receipt::ended);
    CHECK(other.session.end() == CloseReason::state_damaged);
}

TEST_CASE("a reset is like a savestate")
{
    PlayingClient client;
    client.host_plays(5);
    client.ticks(3);
    CHECK(client.hears(wire::Reset{105}) == Receipt::taken);
    CHECK(client.session.timeline().self() == 105);
    CHECK(client.core.state() == TestCore{}.state());
    CHECK(client.hears(wire::Reset{104}) == Receipt::ended);
    CHECK(client.session.end() == CloseReason::state_out_of_order);
}

TEST_CASE("a client that is asked for its state serves it, and counts the host's frames as given")
{
    PlayingClient client;
    client.ticks(3);
    client.said();
    CHECK(client.hears(wire::RequestSavestate{}) == Receipt::taken);
    client.ticks();
    CHECK(client.said() == "state 103;input 103 of 1: 103;");
    CHECK(client.session.server_frame() == 103);
    CHECK(client.session.timeline().other() == 103);
    CHECK(client.hears(wire::Input{100, 0, false, words_of({1})}) == Receipt::taken); // too late
}

TEST_CASE("a CRC is compared as soon as its frame is confirmed, and asks for a state once")
{
    PlayingClient client;
    CHECK(client.hears(wire::Crc{102, 1}) == Receipt::taken);
    client.ticks(4);
    CHECK(client.session.counts().crcs_checked == 0);
    client.said();
    client.host_plays(4);
    client.ticks();
    CHECK(client.session.counts().crcs_failed == 1);
    CHECK(client.session.counts().first_failed_crc == 102U);
    CHECK(client.said() == "state, please;input 104 of 1: 104;");
    CHECK(client.hears(wire::Crc{103, 1}) == Receipt::taken); // at once
    client.ticks();
    CHECK(client.session.counts().crcs_failed == 2);
    CHECK(client.said() == "input 105 of 1: 105;");
    CHECK(client.hears(wire::Crc{50, 1}) == Receipt::taken); // of no frame that is known
    client.ticks();
    CHECK(client.session.counts().crcs_checked == 2);
}

TEST_CASE("a CRC that is right is the last good one")
{
    PlayingClient client;
    CHECK(client.hears(wire::Crc{100, netplay::crc32(TestCore{}.state())}) == Receipt::taken);
    client.ticks(2);
    CHECK(client.session.counts().last_good_crc == 100U);
    CHECK(client.session.counts().crcs_failed == 0);
}

TEST_CASE("a client stalls 60 frames ahead, goes on at 58, and gives up after ten seconds")
{
    PlayingClient client;
    client.ticks(60);
    CHECK(client.session.timeline().self() == 160);
    CHECK(client.ticks() == Turn::stalled);
    client.host_plays(2);
    CHECK(client.ticks() == Turn::stalled);
    client.host_plays(1);
    CHECK(client.ticks() == Turn::ran);
    client.ticks(60);
    CHECK(client.session.timeline().self() == 163);
    client.ticks(9, 1s);
    CHECK(client.session.end() == CloseReason::none);
    CHECK(client.ticks(2, 1s) == Turn::ended);
    CHECK(client.session.end() == CloseReason::silent);
}

TEST_CASE("a spectator gives up after ten seconds without a frame, not while it is paused")
{
    ClientScript client(6, watching());
    client.ticks(9, 1s);
    CHECK(client.hears(wire::Pause{"somebody"}) == Receipt::taken);
    CHECK(client.ticks(30, 1s) == Turn::paused);
    CHECK(client.hears(wire::Resume{}) == Receipt::taken);
    CHECK(client.ticks(9, 1s) == Turn::stalled);
    CHECK(client.ticks(2, 1s) == Turn::ended);
    CHECK(client.session.end() == CloseReason::silent);
}

TEST_CASE("a spectator that is behind comes up to the others while they are paused")
{
    ClientScript client(6, watching());
    client.host_plays(client_ring_frames);
    CHECK(client.hears(wire::Pause{"somebody"}) == Receipt::taken);
    const wire::Input behind{client.session.server_frame(), 0, false,
                             client.host_words(client.session.server_frame())};
    CHECK(client.hears(behind) == Receipt::later); // and RESUME would be behind it
    CHECK(client.ticks(2) == Turn::paused);
    CHECK(client.session.timeline().self() == 102);
    CHECK(client.hears(behind) == Receipt::taken);
    CHECK(client.hears(wire::Resume{}) == Receipt::taken);
    CHECK(client.ticks() == Turn::ran);
}

TEST_CASE("STALL is obeyed, for 60 frames at most")
{
    PlayingClient client;
    client.host_plays(200 > client_ring_frames ? client_ring_frames : 200);
    CHECK(client.hears(wire::Stall{1000}) == Receipt::taken);
    CHECK(client.hears(wire::Stall{5}) == Receipt::taken); // while another holds
    CHECK(client.ticks(60) == Turn::stalled);
    CHECK(client.ticks() == Turn::ran);
    CHECK(client.session.counts().requested.count == 1);
}

TEST_CASE("a client that is behind and comes no nearer may hurry")
{
    PlayingClient client;
    client.host_plays(20);
    client.ticks(10, 40ms);
    CHECK_FALSE(client.session.hurrying());
    client.host_plays(20);
    client.ticks(15, 40ms);
    CHECK(client.session.hurrying());
    client.ticks(20, 1ms);
    CHECK_FALSE(client.session.hurrying());
}

TEST_CASE("input latency: input is read ahead of what runs")
{
    ClientSessionSettings settings;
    settings.latency = InputLatency{3, 3};
    PlayingClient client(6, settings);
    client.ticks(10);
    CHECK(client.session.timeline().self() - client.session.timeline().run() == 3);

    PlayingClient told;
    CHECK(told.hears(wire::InputLatencyFrames{2, 100}) == Receipt::taken);
    told.ticks(30);
    CHECK(told.session.timeline().self() - told.session.timeline().run() == input_latency_max);
}

TEST_CASE("pings are answered and sent, in protocol 6")
{
    ClientScript client;
    CHECK(client.hears(wire::PingRequest{}) == Receipt::taken);
    CHECK(client.said() == "pong;");
    client.now += ping_interval;
    client.ticks(2, 20ms);
    CHECK(client.said() == "ping;");
    CHECK(client.hears(wire::PingResponse{}) == Receipt::taken);
    CHECK(client.session.counts().pings.last == 40ms);
}

TEST_CASE("a refusal leaves a spectator, who may ask again")
{
    ClientScript client;
    client.session.play();
    CHECK(client.said().empty()); // it has asked already
    CHECK(client.hears(wire::ModeRefused{2}) == Receipt::taken);
    CHECK(client.session.refused()->reason == 2);
    client.session.play();
    CHECK(client.said() == "play;");
}

TEST_CASE("commands that end a session, and one that does so in old protocols only")
{
    const auto end_after = [](std::uint32_t protocol, const wire::Command& command) {
        ClientScript client(protocol);
        client.hears(command);
        return client.session.end();
    };
    CHECK(end_after(6, wire::Nak{}) == CloseReason::nak);
    CHECK(end_after(6, wire::Disconnect{}) == CloseReason::nak);
    CHECK(end_after(6, wire::Spectate{}) == CloseReason::unexpected);
    CHECK(end_after(6, wire::UnknownCommand{99, 0}) == CloseReason::none);
    CHECK(end_after(5, wire::UnknownCommand{99, 0}) == CloseReason::unknown_command);
}

TEST_CASE("protocol 4: a player is a port, and players can be flipped")
{
    ClientScript client(4);
    CHECK(client.hears(wire::Mode4{100, 1, true, true, false}) == Receipt::taken);
    client.ticks();
    CHECK(client.said() == "input 100 of 1: 100 0 0;");
    CHECK(client.core.last[1].words[0] == 100);
    client.host_plays(1);
    CHECK(client.hears(wire::FlipPlayers{101}) == Receipt::taken);
    client.ticks();
    CHECK(client.core.last[0].words[0] == 101);
    CHECK(client.hears(wire::FlipPlayers{100}) == Receipt::ended);
    CHECK(client.session.end() == CloseReason::mode_out_of_order);
}

TEST_CASE("protocol 4: a seat taken over in the future is its former owner's until then")
{
    ClientScript client(4, {}, 0b11); // player 1 is another
    client.host_plays(5);
    for (Frame frame = 100; frame < 103; ++frame)
        CHECK(client.hears(wire::Input{frame, 1, false, words_of({8, 0, 0})}) == Receipt::taken);
    CHECK(client.hears(wire::Mode4{103, 1, false, false, false}) == Receipt::taken);
    CHECK(client.hears(wire::Mode4{105, 1, true, true, false}) == Receipt::taken);
    client.ticks(3);
    CHECK(client.core.last[1].words[0] == 8);
    client.ticks(2);
    CHECK(client.said().empty());
    client.ticks();
    CHECK(client.said() == "input 105 of 1: 105 0 0;");
}
