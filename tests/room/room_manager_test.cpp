#include "script.hpp"

namespace netplay_relay::room {

TEST_CASE("those who play the same meet, and play")
{
    Script script;
    script.joins("ann");
    // Nobody plays yet, so the room counts by itself.
    CHECK(script.heard("ann") == Words{"SYNC 0", "NOINPUT 0"});
    script.plays("ann");
    CHECK(script.told("ann") == Words{"MODE 1 ann (you) plays 1"});
    script.sends("ann", 3);
    CHECK(script.heard("ann") == Words{"NOINPUT 1", "NOINPUT 2", "NOINPUT 3"});
    script.comes("bob");
    CHECK(script.told("ann") == Words{"REQUEST"});
    CHECK(script["bob"].heard().empty());
    script.serves("ann");
    CHECK(script.heard("bob") == Words{"SYNC 4", "STATE 4"});
    script.plays("bob");
    CHECK(script.told("bob") == Words{"MODE 4 bob (you) plays 2"});
    CHECK(script.told("ann") == Words{"MODE 4 bob plays 2"});
    script.rounds({"ann", "bob"}, 2);
    CHECK(script.heard("bob") == Words{"INPUT 4 of 1", "NOINPUT 4", "INPUT 5 of 1", "NOINPUT 5"});
    CHECK(script.heard("ann") == Words{"NOINPUT 4", "INPUT 4 of 2", "NOINPUT 5", "INPUT 5 of 2"});
    CHECK(script.events() == Words{"room_opened", "member_joined ann", "member_plays ann",
                                   "member_joined bob", "state_shared ann", "member_plays bob"});
    script.leaves("ann");
    script.leaves("bob");
    CHECK(script.events() == Words{"room_closed"});
    CHECK(script.manager.use() == RoomUse{});
}

TEST_CASE("all protocols play in one room")
{
    Script script;
    Visit name_first = speaking(5);
    name_first.implementation = wire::implementation_magic("1.9.0", 5);
    Visit crc_first = speaking(5);
    crc_first.implementation = wire::implementation_magic("1.9.14", 5);
    script.joins_and_plays("six");
    script.joins_and_plays("five", crc_first);
    script.joins_and_plays("old five", name_first);
    script.joins_and_plays("four", speaking(4));
    CHECK(script.manager.use() == RoomUse{1, 4, 0});
    script.forget_what_was_told();
    script.rounds({"six", "five", "old five", "four"}, 20);
    for (const char* name : {"six", "five", "old five", "four"}) {
        INFO(name);
        CHECK(script.heard(name).size() == 20 + 3 * 20);
    }
    script.watches("five");
    CHECK(script.told("four") == Words{"MODE " + std::to_string(script.frame()) + " 1 watches"});
    script.rounds({"six", "old five", "four"}, 5);
    script.plays("five");
    script.rounds({"four", "five", "six", "old five"}, 5);
    CHECK(script["four"].players() == 4);
}

TEST_CASE("a room manager forgets who is closed or gone, and tells when it wants to be called")
{
    Script script;
    CHECK(script.manager.next_deadline() == std::nullopt);
    script.arrives("silent");
    CHECK(script.manager.next_deadline() == script.now + handshake_limit);
    CHECK(script.manager.use() == RoomUse{0, 0, 1});
    script.joins("ann");
    CHECK(script.manager.use() == RoomUse{1, 1, 1});
    script.says("ann", wire::from_hex("00000024 00000001 00")); // a SPECTATE has no payload
    CHECK(script.end_of("ann") == CloseReason::bad_command);
    CHECK(script.manager.use() == RoomUse{0, 0, 1});
    script.says("ann", wire::from_hex("00000025 00000004 00000000")); // too late to matter
    script.carry_out([&](Output& out) {
        script.manager.leave(script.id_of("silent"), script.now, out);
        script.manager.leave(script.id_of("silent"), script.now, out); // twice is no harm
        CHECK(out.closings.empty());
    });
    CHECK(script.manager.use() == RoomUse{});
    CHECK(script.manager.next_deadline() == std::nullopt);
}

TEST_CASE("who is sent away reads why, and who is still in its handshake only goes")
{
    Script script;
    script.joins_and_plays("ann");
    script.joins_and_plays("bob");
    script.arrives("new");
    script.forget_what_was_told();
    const auto sends_away = [&](const char* name, CloseReason end) {
        script.carry_out([&](Output& out) {
            script.manager.send_away(script.id_of(name), end, script.now, out);
        });
    };
    sends_away("bob", CloseReason::join_denied);
    sends_away("bob", CloseReason::join_denied); // is gone
    sends_away("new", CloseReason::join_denied);
    CHECK(script.end_of("bob") == CloseReason::join_denied);
    CHECK(script.end_of("new") == CloseReason::join_denied);
    CHECK(script.told("bob") == Words{"CHAT netplay-relay: you are sent away: join_denied"});
    CHECK(script.answer("new").empty());
    CHECK(script.manager.use() == RoomUse{1, 1, 0});
}

TEST_CASE("a port's room is closed with its port, and everything at the end")
{
    Script script;
    Visit at_port;
    at_port.admission.port = 4000;
    script.joins("ann", at_port);
    script.joins("bob");
    script.arrives("at the port", at_port.admission);
    script.arrives("elsewhere");
    script.carry_out([&](Output& out) { script.manager.close_port(0, script.now, out); });
    CHECK(script.manager.use() == RoomUse{2, 2, 2}); // no port of its own: not meant
    script.carry_out([&](Output& out) { script.manager.close_port(4000, script.now, out); });
    CHECK(script.end_of("ann") == CloseReason::room_closed);
    CHECK(script.end_of("at the port") == CloseReason::room_closed);
    CHECK(script.manager.use() == RoomUse{1, 1, 1});
    script.carry_out([&](Output& out) { script.manager.close_all(script.now, out); });
    CHECK(script.end_of("bob") == CloseReason::room_closed);
    CHECK(script.end_of("elsewhere") == CloseReason::room_closed);
    CHECK(script.manager.use() == RoomUse{});
    CHECK(script.manager.next_deadline() == std::nullopt);
}

TEST_CASE("new settings hold for who comes next")
{
    Script script;
    script.joins_and_plays("ann");
    RoomSettings settings;
    settings.password = "secret";
    script.carry_out([&](Output&) { script.manager.adopt(settings); });
    CHECK(script.is_in("ann"));
    script.comes("bob");
    CHECK(script["bob"].handshake().end() == wire::CloseReason::password_needed);
    Visit knowing;
    knowing.password = "secret";
    script.joins("carl", knowing);
    CHECK(script.look().members.size() == 2);
}

TEST_CASE("all rooms together hold no more of savestates than they may")
{
    const ByteVector stream = stream_of(0);
    RoomSettings settings;
    settings.savestate_bytes_in_all = static_cast<std::uint32_t>(stream.size() * 2 + 100);
    Script script(settings);
    const std::array<std::string, 3> players{"ann", "bob", "carl"};
    const auto game = [&](std::uint32_t crc) {
        Visit visit;
        visit.game.content_crc = crc + 1; // 0 is none
        return visit;
    };
    for (std::uint32_t at = 0; at < players.size(); ++at) {
        script.joins_and_plays(players[at], game(at));
        script.comes("guest of " + players[at], game(at));
    }
    CHECK(script.manager.use() == RoomUse{3, 6, 0});
    std::array<ByteVector, 3> rests;
    const auto begins = [&](std::size_t at) { // all of its state but the last byte
        Client& player = script[players[at]];
        const Frame frame = player.now();
        player.serves(frame);
        const ByteVector bytes = player.bytes_of(wire::LoadSavestate{frame, state_size, stream});
        rests[at] = {bytes.back()};
        script.says(players[at], ByteVector(bytes.begin(), bytes.end() - 1));
    };
    for (std::size_t at = 0; at < players.size(); ++at)
        begins(at);
    // The third found no room for its own, and its guest cannot be helped.
    script.says("carl", rests[2]);
    CHECK(script.end_of("guest of carl") == CloseReason::no_savestate);
    CHECK(script.is_in("carl"));
    script.sends("carl", 2); // what is behind it is heard
    CHECK(script.look("carl").counts.inputs == 2);
    script.states().clear();
    script.says("ann", rests[0]);
    CHECK(script["guest of ann"].is_synced());
    script.states().clear(); // as if it was sent
    script.comes("guest of carl", game(2));
    script.passes(1ms);
    CHECK(script["carl"].is_asked());
    script.serves("carl");
    CHECK(script["guest of carl"].is_synced());
    // One that is given up gives back what it took, too.
    script.states().clear();
    script.leaves("bob");
    CHECK(script["guest of bob"].is_synced());
    script.leaves("guest of ann");
    script.leaves("guest of carl");
    script.comes("guest of ann", game(0));
    script.comes("guest of carl", game(2));
    script.passes(1ms);
    begins(0);
    begins(2);
    script.says("ann", rests[0]);
    script.says("carl", rests[2]);
    CHECK(script["guest of ann"].is_synced());
    CHECK(script["guest of carl"].is_synced());
}

} // namespace netplay_relay::room
