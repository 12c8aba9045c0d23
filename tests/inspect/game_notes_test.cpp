// What is made of the commands of a game: who plays, and when it went apart.
#include "talk.hpp"

namespace netplay_relay::inspect {

namespace {

using Numbers = std::vector<std::string>;

Numbers players_of(const Talk& talk)
{
    Numbers all;
    for (const Player& player : talk.facts().players)
        all.push_back(std::to_string(player.number) + " " + player.nick);
    return all;
}

wire::Input hosts_input(wire::Frame frame) { return {frame, 0, true, {}}; }

} // namespace

TEST_CASE("who plays is told by SYNC and MODE")
{
    Talk talk;
    wire::Sync sync = std::get<wire::Sync>(sync_for(6, "bob"));
    sync.clients = {1, 0x80000004, 0x4};
    talk.headers().host(wire::Nick{"alice"}).host(sync);
    CHECK(players_of(talk) == Numbers{"0 alice", "2 ", "31 "}); // SYNC has no nicks
    talk.host(mode_for(6, true, true, 1, "bob")).host(mode_for(6, false, true, 2, "carol"));
    CHECK(players_of(talk) == Numbers{"0 alice", "1 bob", "2 carol", "31 "});
    talk.host(mode_for(6, false, false, 0, "alice")).host(mode_for(6, false, false, 31, "dave"));
    talk.host(mode_for(6, false, false, 9, "nobody"));
    CHECK(players_of(talk) == Numbers{"1 bob", "2 carol"});
    talk.host(mode_for(6, false, true, 1, "bobby"));
    CHECK(players_of(talk) == Numbers{"1 bobby", "2 carol"});
    talk.host(sync_for(6, "bob"));
    CHECK(players_of(talk) == Numbers{"0 alice"});
}

TEST_CASE("there are never more than 32 players")
{
    Talk talk;
    talk.handshake();
    for (std::uint32_t round = 0; round < 3; ++round)
        for (std::uint32_t number = 0; number < 32; ++number)
            talk.host(mode_for(6, false, true, number, "p" + std::to_string(number)));
    const auto players = players_of(talk);
    REQUIRE(players.size() == 32);
    CHECK(players.back() == "31 p31");
}

TEST_CASE("a request soon after a CRC is a mismatch, and a savestate answers it")
{
    Talk talk;
    talk.handshake().host(hosts_input(600)).host(wire::Crc{590, 1}).host(hosts_input(610));
    CHECK(talk.facts().crcs == 1);
    CHECK(talk.facts().crc_mismatches == 0);
    talk.guest(wire::RequestSavestate{});
    CHECK(talk.facts().crc_mismatches == 1);
    CHECK(talk.facts().resyncs == 0);
    talk.host(wire::LoadSavestate{611, 8, {}}).host(wire::LoadSavestate{612, 8, {}});
    CHECK(talk.facts().resyncs == 1);
    CHECK(talk.facts().savestates == 2);
    talk.guest(wire::RequestSavestate{}); // of the same CRC: for another reason
    CHECK(talk.facts().crc_mismatches == 1);
    talk.host(wire::Crc{700, 1}).guest(wire::RequestSavestate{});
    CHECK(talk.facts().crc_mismatches == 2);
}

TEST_CASE("requests for other reasons are no mismatches")
{
    const auto mismatches = [](const auto& says) {
        Talk talk;
        talk.handshake().host(hosts_input(600));
        says(talk);
        return talk.facts().crc_mismatches;
    };
    const wire::Crc crc{590, 1};
    const wire::RequestSavestate request;
    CHECK(mismatches([&](Talk& talk) { talk.host(crc).guest(request); }) == 1);
    CHECK(mismatches([&](Talk& talk) { talk.guest(request); }) == 0);
    CHECK(mismatches([&](Talk& talk) { talk.host(crc).host(request); }) == 0);
    const auto later = [&](wire::Frame frames) {
        return mismatches(
            [&](Talk& talk) { talk.host(crc).host(hosts_input(600 + frames)).guest(request); });
    };
    CHECK(later(crc_answer_frames) == 1);
    CHECK(later(crc_answer_frames + 1) == 0);
    const auto mode = mode_for(6, false, true, 2, "carol");
    CHECK(mismatches([&](Talk& talk) { talk.host(crc).host(mode).guest(request); }) == 0);
}

TEST_CASE("what is only counted")
{
    Talk talk;
    talk.handshake().host(wire::Reset{700}).guest(wire::Reset{701}).guest(wire::Pause{"bob"});
    talk.guest(wire::LoadSavestate{702, 4, {}}).host(wire::Resume{});
    const GameFacts facts = talk.facts();
    CHECK(facts.resets == 2);
    CHECK(facts.pauses == 1);
    CHECK(facts.savestates == 1);
    CHECK((facts.last_savestate->from == End::guest));
    CHECK(facts.last_command->name == "RESUME");
    CHECK((facts.last_command->from == End::host));
}

TEST_CASE("a host that does not play counts its frames all the same")
{
    Talk talk;
    talk.handshake().host(wire::NoInput{700}).host(wire::Input{650, 2, false, {}});
    CHECK((talk.facts().host.frame == std::optional<wire::Frame>(700)));
    CHECK_FALSE(talk.facts().guest.frame.has_value());
}

TEST_CASE("texts from outside are made plain")
{
    Talk talk;
    talk.headers().guest(wire::Nick{"b\x1b[2J\xff\xc3"}).host(wire::Nick{std::string(31, '\n')});
    talk.host(wire::Info{1, "c\xe2\x80\xae", "\x80"});
    CHECK(talk.facts().guest.nick == "b?[2J??");
    CHECK(talk.facts().host.nick == std::string(31, '?'));
    CHECK(talk.facts().core_name == "c?");
    CHECK(talk.facts().core_version == "?");
}

} // namespace netplay_relay::inspect
