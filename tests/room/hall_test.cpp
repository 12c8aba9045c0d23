#include "dialogue.hpp"

namespace netplay_relay::room {

TEST_CASE("those who play the same meet, and play")
{
    Dialogue hall;
    hall.joins("ann");
    // Nobody plays yet, so the room counts by itself.
    CHECK(hall.heard("ann") == Words{"SYNC 0", "NOINPUT 0"});
    hall.plays("ann");
    CHECK(hall.told("ann") == Words{"MODE 1 ann (you) plays 1"});
    hall.sends("ann", 3);
    CHECK(hall.heard("ann") == Words{"NOINPUT 1", "NOINPUT 2", "NOINPUT 3"});
    hall.comes("bob");
    CHECK(hall.told("ann") == Words{"REQUEST"});
    CHECK(hall["bob"].heard().empty());
    hall.serves("ann");
    CHECK(hall.heard("bob") == Words{"SYNC 4", "STATE 4"});
    hall.plays("bob");
    CHECK(hall.told("bob") == Words{"MODE 4 bob (you) plays 2"});
    CHECK(hall.told("ann") == Words{"MODE 4 bob plays 2"});
    hall.rounds({"ann", "bob"}, 2);
    CHECK(hall.heard("bob") == Words{"INPUT 4 of 1", "NOINPUT 4", "INPUT 5 of 1", "NOINPUT 5"});
    CHECK(hall.heard("ann") == Words{"NOINPUT 4", "INPUT 4 of 2", "NOINPUT 5", "INPUT 5 of 2"});
    CHECK(hall.news() == Words{"room_opened", "member_joined ann", "member_plays ann",
                               "member_joined bob", "state_shared ann", "member_plays bob"});
    hall.leaves("ann");
    hall.leaves("bob");
    CHECK(hall.news() == Words{"room_closed"});
    CHECK(hall.hall.use() == HallUse{});
}

TEST_CASE("all protocols play in one room")
{
    Dialogue hall;
    Visit name_first = speaking(5);
    name_first.implementation = wire::implementation_magic("1.9.0", 5);
    Visit crc_first = speaking(5);
    crc_first.implementation = wire::implementation_magic("1.9.14", 5);
    hall.joins_and_plays("six");
    hall.joins_and_plays("five", crc_first);
    hall.joins_and_plays("old five", name_first);
    hall.joins_and_plays("four", speaking(4));
    CHECK(hall.hall.use() == HallUse{1, 4, 0});
    hall.forget_what_was_told();
    hall.rounds({"six", "five", "old five", "four"}, 20);
    for (const char* name : {"six", "five", "old five", "four"}) {
        INFO(name);
        CHECK(hall.heard(name).size() == 20 + 3 * 20);
    }
    hall.watches("five");
    CHECK(hall.told("four") == Words{"MODE " + std::to_string(hall.frame()) + " 1 watches"});
    hall.rounds({"six", "old five", "four"}, 5);
    hall.plays("five");
    hall.rounds({"four", "five", "six", "old five"}, 5);
    CHECK(hall["four"].players() == 4);
}

TEST_CASE("a hall forgets who is closed or gone, and tells when it wants to be called")
{
    Dialogue hall;
    CHECK(hall.hall.next_deadline() == std::nullopt);
    hall.arrives("silent");
    CHECK(hall.hall.next_deadline() == hall.now + entrance_limit);
    CHECK(hall.hall.use() == HallUse{0, 0, 1});
    hall.joins("ann");
    CHECK(hall.hall.use() == HallUse{1, 1, 1});
    hall.says("ann", wire::from_hex("00000024 00000001 00")); // a SPECTATE has no payload
    CHECK(hall.end_of("ann") == MemberEnd::bad_command);
    CHECK(hall.hall.use() == HallUse{0, 0, 1});
    hall.says("ann", wire::from_hex("00000025 00000004 00000000")); // too late to matter
    hall.carry_out([&](Outcome& out) {
        hall.hall.leave(hall.id_of("silent"), hall.now, out);
        hall.hall.leave(hall.id_of("silent"), hall.now, out); // twice is no harm
        CHECK(out.closings.empty());
    });
    CHECK(hall.hall.use() == HallUse{});
    CHECK(hall.hall.next_deadline() == std::nullopt);
}

TEST_CASE("a port's room is closed with its port, and everything at the end")
{
    Dialogue hall;
    Visit at_port;
    at_port.admission.port = 4000;
    hall.joins("ann", at_port);
    hall.joins("bob");
    hall.arrives("at the port", at_port.admission);
    hall.arrives("elsewhere");
    hall.carry_out([&](Outcome& out) { hall.hall.close_port(0, hall.now, out); });
    CHECK(hall.hall.use() == HallUse{2, 2, 2}); // no port of its own: not meant
    hall.carry_out([&](Outcome& out) { hall.hall.close_port(4000, hall.now, out); });
    CHECK(hall.end_of("ann") == MemberEnd::room_closed);
    CHECK(hall.end_of("at the port") == MemberEnd::room_closed);
    CHECK(hall.hall.use() == HallUse{1, 1, 1});
    hall.carry_out([&](Outcome& out) { hall.hall.close_all(hall.now, out); });
    CHECK(hall.end_of("bob") == MemberEnd::room_closed);
    CHECK(hall.end_of("elsewhere") == MemberEnd::room_closed);
    CHECK(hall.hall.use() == HallUse{});
    CHECK(hall.hall.next_deadline() == std::nullopt);
}

TEST_CASE("new settings hold for who comes next")
{
    Dialogue hall;
    hall.joins_and_plays("ann");
    RoomSettings settings;
    settings.password = "secret";
    hall.carry_out([&](Outcome&) { hall.hall.adopt(settings); });
    CHECK(hall.is_in("ann"));
    hall.comes("bob");
    CHECK(hall["bob"].handshake().end() == netplay::HandshakeEnd::password_needed);
    Visit knowing;
    knowing.password = "secret";
    hall.joins("carl", knowing);
    CHECK(hall.look().members.size() == 2);
}

TEST_CASE("all rooms together hold no more of savestates than they may")
{
    const ByteVector stream = stream_of(0);
    RoomSettings settings;
    settings.savestate_bytes_in_all = static_cast<std::uint32_t>(stream.size() * 2 + 100);
    Dialogue hall(settings);
    const std::array<std::string, 3> players{"ann", "bob", "carl"};
    const auto game = [&](std::uint32_t crc) {
        Visit visit;
        visit.game.content_crc = crc + 1; // 0 is none
        return visit;
    };
    for (std::uint32_t at = 0; at < players.size(); ++at) {
        hall.joins_and_plays(players[at], game(at));
        hall.comes("guest of " + players[at], game(at));
    }
    CHECK(hall.hall.use() == HallUse{3, 6, 0});
    std::array<ByteVector, 3> rests;
    const auto begins = [&](std::size_t at) { // all of its state but the last byte
        Client& player = hall[players[at]];
        const Frame frame = player.now();
        player.serves(frame);
        const ByteVector bytes = player.bytes_of(wire::LoadSavestate{frame, state_size, stream});
        rests[at] = {bytes.back()};
        hall.says(players[at], ByteVector(bytes.begin(), bytes.end() - 1));
    };
    for (std::size_t at = 0; at < players.size(); ++at)
        begins(at);
    // The third found no room for its own, and its guest cannot be helped.
    hall.says("carl", rests[2]);
    CHECK(hall.end_of("guest of carl") == MemberEnd::no_savestate);
    CHECK(hall.is_in("carl"));
    hall.sends("carl", 2); // what is behind it is heard
    CHECK(hall.look("carl").counts.inputs == 2);
    hall.states().clear();
    hall.says("ann", rests[0]);
    CHECK(hall["guest of ann"].is_synced());
    hall.states().clear(); // as if it was sent
    hall.comes("guest of carl", game(2));
    hall.passes(1ms);
    CHECK(hall["carl"].is_asked());
    hall.serves("carl");
    CHECK(hall["guest of carl"].is_synced());
    // One that is given up gives back what it took, too.
    hall.states().clear();
    hall.leaves("bob");
    CHECK(hall["guest of bob"].is_synced());
    hall.leaves("guest of ann");
    hall.leaves("guest of carl");
    hall.comes("guest of ann", game(0));
    hall.comes("guest of carl", game(2));
    hall.passes(1ms);
    begins(0);
    begins(2);
    hall.says("ann", rests[0]);
    hall.says("carl", rests[2]);
    CHECK(hall["guest of ann"].is_synced());
    CHECK(hall["guest of carl"].is_synced());
}

} // namespace netplay_relay::room
