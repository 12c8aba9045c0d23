// Who may join and play at a host, and what all are told of it: protocol.md, "Netplay commands".
#include "script.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::rollback;

TEST_CASE("a new client gets SYNC, settings and a savestate with the next frame")
{
    HostScript host;
    host.ticks(5);
    const auto number = host.session.join(negotiated());
    REQUIRE(number == 1U);
    CHECK(host.heard(1).empty());
    host.ticks();
    CHECK(host.heard(1) == "sync 5 as 1;pausing;latency;state 5;input 5 of 0: 5;");
    host.ticks();
    CHECK(host.heard(1) == "input 6 of 0: 6;");
}

TEST_CASE("settings are for protocol 6 and later")
{
    HostScript host;
    CHECK(host.session.join(negotiated(5)) == 1U);
    host.ticks();
    CHECK(host.heard(1) == "sync 0 as 1;state 0;input 0 of 0: 0;");
}

TEST_CASE("the lowest number that is free is given, until the host is full")
{
    HostScript host;
    CHECK(host.joins() == 1);
    CHECK(host.joins() == 2);
    CHECK(host.joins() == 3);
    CHECK(host.session.full());
    CHECK(host.session.join(negotiated()) == std::nullopt);
    host.session.leave(2);
    CHECK(host.joins() == 2);
    CHECK(host.session.nick(1) == "guest");
    CHECK(host.session.nick(3) == "guest (3)");
}

TEST_CASE("PLAY is answered to the player first, then told to the others")
{
    HostScript host;
    host.joins();
    host.joins();
    (void)host.heard(1);
    CHECK(host.says(2, wire::Play{}) == Receipt::taken);
    CHECK(host.heard(2) == "mode 2 you plays 2 ports 2;");
    CHECK(host.heard(1) == "mode 2 plays 2 ports 2;");
    CHECK(host.session.players() == 1);
    CHECK(host.says(2, wire::Play{}) == Receipt::ended); // plays already
    CHECK(host.dropped() == CloseReason::unexpected);
}

TEST_CASE("PLAY is refused with a reason")
{
    HostScript host;
    const auto refused = [&](std::uint32_t client, const wire::Play& play) {
        CHECK(host.says(client, play) == Receipt::taken);
        return host.heard(client);
    };
    host.player();
    host.player();
    const std::uint32_t third = host.joins();
    CHECK(refused(third, {}) == "refused 2;");                 // no free slot
    CHECK(refused(third, {false, 0, 0b1}) == "refused 4;");    // taken
    CHECK(refused(third, {false, 4, 0b1}) == "refused 4;");    // and not to be shared
    CHECK(refused(third, {false, 0, 0b1000}) == "refused 4;"); // has no device
}

TEST_CASE("who has the right to watch only is told so")
{
    HostScript host;
    netplay::Negotiated watcher = negotiated();
    watcher.may_play = false;
    CHECK(host.session.join(watcher) == 1U);
    host.ticks();
    (void)host.heard(1);
    CHECK(host.says(1, wire::Play{}) == Receipt::taken);
    CHECK(host.heard(1) == "refused 1;");
}

TEST_CASE("a port may be shared by those who both said how")
{
    HostScript host;
    host.joins();
    host.joins();
    (void)host.heard(1);
    CHECK(host.says(1, wire::Play{false, 0x01, 0b10}) == Receipt::taken);
    CHECK(host.session.timeline().seats().share_modes[1] == 0x24); // OR, and the farthest axis
    CHECK(host.says(2, wire::Play{false, 0x08, 0b110}) == Receipt::taken);
    CHECK(host.session.timeline().seats().share_modes[1] == 0x28);
    CHECK(host.session.timeline().seats().clients[1] == 0b110);
    CHECK(host.session.timeline().seats().ports_of(2) == 0b110);
}

TEST_CASE("with one port only, and that one shared, newcomers share it")
{
    HostSessionSettings settings = host_settings();
    settings.devices = {1};
    settings.spectate = true;
    HostScript host(settings);
    host.joins();
    host.joins();
    CHECK(host.says(1, wire::Play{false, 0x04, 0b1}) == Receipt::taken);
    CHECK(host.says(2, wire::Play{}) == Receipt::taken);
    CHECK(host.session.players() == 2);
}

TEST_CASE("ports behind one without a device are not given by themselves")
{
    HostSessionSettings settings = host_settings();
    settings.devices = {1, 0, 1};
    HostScript host(settings);
    host.joins();
    CHECK(host.says(1, wire::Play{}) == Receipt::taken);
    CHECK(host.heard(1) == "refused 2;");
}

TEST_CASE("more words than INPUT can carry are not given")
{
    HostSessionSettings settings = host_settings();
    settings.devices.fill(5);
    HostScript host(settings);
    host.joins();
    CHECK(host.says(1, wire::Play{false, 0, 0b111110}) == Receipt::taken);
    CHECK(host.heard(1) == "refused 4;");
}

TEST_CASE("SPECTATE is told to the others at once, if they have come that far")
{
    HostScript host;
    const std::uint32_t watcher = host.joins();
    const std::uint32_t player = host.joins();
    CHECK(host.says(player, wire::Play{}) == Receipt::taken);
    const Frame frame = host.self();
    host.ticks(2);
    (void)host.heard(player);
    (void)host.heard(watcher);
    CHECK(host.says(player, wire::Spectate{}) == Receipt::taken);
    const std::string at = std::to_string(frame);
    CHECK(host.heard(player) == "mode " + at + " you watches 2 ports 0;");
    CHECK(host.heard(watcher) == "mode " + at + " watches 2 ports 0;");
    CHECK(host.says(player, wire::Spectate{}) == Receipt::ended);
    CHECK(host.dropped() == CloseReason::mode_unprompted);
}

TEST_CASE("SPECTATE of one who is ahead is told to the others when they are there")
{
    HostScript host;
    const std::uint32_t watcher = host.joins();
    const std::uint32_t player = host.player();
    host.presses(player, 2); // frames 2 and 3
    (void)host.heard(watcher);
    CHECK(host.says(player, wire::Spectate{}) == Receipt::taken);
    CHECK(host.heard(player) == "mode 4 you watches 2 ports 0;");
    CHECK(host.says(player, wire::Play{}) == Receipt::taken);
    CHECK(host.heard(player) == "refused 3;"); // too fast
    host.ticks(2);
    CHECK(host.heard(watcher) ==
          "input 2 of 2: 4;input 2 of 0: 2;input 3 of 2: 5;input 3 of 0: 3;");
    CHECK(host.says(player, wire::Play{}) == Receipt::taken);
    CHECK(host.heard(watcher) == "mode 4 watches 2 ports 0;mode 4 plays 2 ports 2;");
}

TEST_CASE("who leaves is taken out from the first frame that others do not have of it")
{
    HostScript host;
    const std::uint32_t watcher = host.joins();
    const std::uint32_t player = host.player();
    host.presses(player, 1);
    host.ticks(3);
    (void)host.heard(watcher);
    host.session.leave(player);
    CHECK(host.heard(watcher) == "mode 3 watches 2 ports 0;");

    const std::uint32_t next = host.player();
    CHECK(next == player);
    host.presses(next, 5); // ahead: nobody was told of these
    host.session.leave(next);
    CHECK(host.heard(watcher).ends_with("mode " + std::to_string(host.self()) +
                                        " watches 2 ports 0;"));
}

TEST_CASE("the host itself can leave its seat and take one")
{
    HostScript host;
    host.joins();
    host.session.spectate();
    CHECK(host.heard(1) == "mode 1 watches 0 ports 0;");
    host.ticks();
    CHECK(host.heard(1) == "noinput 1;");
    host.session.play();
    host.ticks();
    CHECK(host.heard(1) == "mode 2 plays 0 ports 1;input 2 of 0: 2;");
}

TEST_CASE("protocol 4 hears of ports instead of clients, and can be flipped")
{
    HostScript host;
    const std::uint32_t old = host.joins(4);
    CHECK(host.says(old, wire::Play{}) == Receipt::taken);
    CHECK(host.heard(old) == "mode4 1 you plays 1;");
    CHECK(host.session.flip_players());
    CHECK(host.heard(old) == "flip 1;");
    host.joins(6); // knows nothing of flipping
    CHECK(host.heard(old).find("flip") != std::string::npos);
    CHECK_FALSE(host.session.timeline().seats().flipped);
    CHECK_FALSE(host.session.flip_players());
}
