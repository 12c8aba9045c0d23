// Those who try passwords, and those who know theirs beside them.
#include "../wire/bytes.hpp"
#include "dialogue.hpp"
#include "guess_memory.hpp"

#include "netplay_relay/netplay/password.hpp"
#include "netplay_relay/wire/netplay_encode.hpp"

namespace netplay_relay::room {

namespace {

using wire::from_hex;

RoomSettings with_password(const std::string& play, const std::string& watch = {})
{
    RoomSettings settings;
    settings.password = play;
    settings.spectate_password = watch;
    return settings;
}

Visit trying(const std::string& password, const char* from = "192.0.2.66")
{
    Visit visit;
    visit.password = password;
    visit.admission.address = address_of(from);
    return visit;
}

Visit at_door(const std::string& password, const char* from = "192.0.2.66")
{
    Visit visit = trying(password, from);
    visit.admission.by_password = true;
    return visit;
}

// Wrong ones until the next has to wait.
void use_up(Dialogue& hall)
{
    for (unsigned at = 0; at < free_guesses; ++at) {
        const std::string name = "early" + std::to_string(at);
        hall.comes(name, trying(name));
        REQUIRE(hall.end_of(name) == MemberEnd::wrong_password);
    }
}

} // namespace

TEST_CASE("behind some wrong passwords the next is looked at later and later")
{
    Dialogue hall(with_password("moon"));
    use_up(hall);
    hall.comes("4", trying("4"));
    CHECK(hall.hall.use().entering == 1);
    hall.passes(1s - 1ns);
    CHECK(hall.end_of("4") == std::nullopt);
    hall.passes(1ns);
    CHECK(hall.end_of("4") == MemberEnd::wrong_password);
    hall.comes("5", trying("5"));
    hall.passes(2s);
    CHECK(hall.end_of("5") == MemberEnd::wrong_password);
    // Longer than its frontend would like to wait: it is told at once.
    CHECK(hall.hall.has_guessed_too_often(trying("").admission, hall.now));
    hall.comes("6", trying("moon"));
    CHECK(hall.end_of("6") == MemberEnd::password_too_often);
    hall.passes(1s);
    CHECK_FALSE(hall.hall.has_guessed_too_often(trying("").admission, hall.now));
    hall.comes("7", trying("moon")); // the right one waits as the others
    CHECK_FALSE(hall.is_in("7"));
    hall.passes(3s);
    CHECK(hall.is_in("7"));
    use_up(hall); // and all is forgotten
    hall.joins("ann", trying("moon", "192.0.2.1"));
}

TEST_CASE("many at once from one address have as many guesses as one")
{
    Dialogue hall(with_password("moon"));
    for (int at = 0; at < 30; ++at)
        hall.comes(std::to_string(at), trying(std::to_string(at)));
    std::map<MemberEnd, int> ends;
    for (int at = 0; at < 30; ++at)
        if (const auto end = hall.end_of(std::to_string(at))) ++ends[*end];
    CHECK(ends[MemberEnd::wrong_password] == free_guesses);
    CHECK(ends[MemberEnd::password_too_often] == 30 - free_guesses - 1);
    CHECK(hall.hall.use().entering == 1);
    hall.joins("ann", trying("moon", "192.0.2.1"));
    hall.passes(1s);
    CHECK(hall.end_of(std::to_string(free_guesses)) == MemberEnd::wrong_password);
    hall.hall.check_consistency();
}

TEST_CASE("who waits may leave, and another of the address waits instead")
{
    Dialogue hall(with_password("moon"));
    use_up(hall);
    hall.comes("a", trying("moon"));
    hall.comes("b", trying("moon"));
    CHECK(hall.end_of("b") == MemberEnd::password_too_often);
    hall.leaves("a");
    hall.comes("c", trying("moon"));
    hall.hall.check_consistency();
    hall.passes(1s);
    CHECK(hall.is_in("c"));
    hall.leaves("c");
    CHECK(hall.hall.use() == HallUse{});
    CHECK(hall.hall.next_deadline() == std::nullopt);
}

TEST_CASE("everything goes, those who wait as well")
{
    Dialogue hall(with_password("moon"));
    use_up(hall);
    hall.comes("a", trying("moon"));
    hall.carry_out([&](Outcome& out) { hall.hall.close_all(hall.now, out); });
    CHECK(hall.end_of("a") == MemberEnd::room_closed);
    hall.hall.check_consistency();
}

TEST_CASE("nobody makes us keep much while it waits")
{
    Dialogue hall(with_password("moon"));
    use_up(hall);
    hall.comes("a", trying("moon"));
    hall.says("a", ByteVector(unread_while_waiting, 0));
    CHECK(hall.end_of("a") == std::nullopt);
    hall.says("a", ByteVector(1, 0));
    CHECK(hall.end_of("a") == MemberEnd::password_too_often);
}

TEST_CASE("who said everything at once has time to answer behind its turn")
{
    Dialogue hall(with_password("moon"));
    use_up(hall);
    hall.arrives("a", trying("moon").admission);
    ByteVector said = from_hex("52414e50 00040008 00000001 00000006 00000005 00000469");
    const wire::Dialect dialect{6, {}, wire::Side::client, 0};
    wire::encode_command(wire::Nick{"a"}, dialect, said);
    wire::encode_command(wire::Password{netplay::password_hash(0x01abcdef, "moon")}, dialect, said);
    hall.says("a", said);
    hall.passes(1s);
    hall.passes(entrance_limit - 1ns);
    CHECK(hall.end_of("a") == std::nullopt);
    hall.passes(1ns);
    CHECK(hall.end_of("a") == MemberEnd::entrance_timeout);
}

TEST_CASE("the password to watch does not help to find the one to play")
{
    Dialogue hall(with_password("moon", "sun"));
    use_up(hall);
    hall.comes("a", trying("sun"));
    hall.passes(1s);
    CHECK(hall.is_in("a"));
    hall.comes("b", trying("x"));
    CHECK(hall.end_of("b") == MemberEnd::wrong_password);
    CHECK(hall.hall.has_guessed_too_often(trying("").admission, hall.now + 1s) == false);
    hall.comes("c", trying("y"));
    hall.passes(2s);
    CHECK(hall.end_of("c") == MemberEnd::wrong_password);
    CHECK(hall.hall.has_guessed_too_often(trying("").admission, hall.now));
}

TEST_CASE("where no password is asked for nobody guesses")
{
    Dialogue hall(with_password("moon"));
    use_up(hall);
    hall.comes("4", trying("4"));
    hall.passes(1s);
    hall.comes("5", trying("5"));
    hall.passes(2s);
    REQUIRE(hall.hall.has_guessed_too_often(trying("").admission, hall.now));
    CHECK_FALSE(hall.hall.has_guessed_too_often(at_door("").admission, hall.now));
    hall.hall.adopt({});
    CHECK_FALSE(hall.hall.has_guessed_too_often(trying("").admission, hall.now));
    hall.joins("ann", trying(""));
}

TEST_CASE("at a door by password, who opens room after room looks for those of others")
{
    Dialogue hall;
    hall.joins("ann", at_door("moon", "192.0.2.1"));
    for (unsigned at = 0; at < free_rooms; ++at) {
        const std::string name = "early" + std::to_string(at);
        hall.joins(name, at_door(name));
        hall.leaves(name);
    }
    for (int at = 0; at < 30; ++at)
        hall.comes(std::to_string(at), at_door(std::to_string(at)));
    CHECK(hall.hall.use() == HallUse{1, 1, 1});
    CHECK(hall.end_of("1") == MemberEnd::password_too_often);
    hall.joins("bob", at_door("moon", "192.0.2.2"));
    hall.passes(1s);
    CHECK(hall.is_in("0"));
    // Whether there is such a room is told later as well, to who has guessed right.
    hall.leaves("0");
    hall.comes("right", at_door("moon"));
    CHECK(hall.hall.use() == HallUse{1, 2, 1});
    hall.passes(1999ms);
    CHECK(hall.hall.use() == HallUse{1, 2, 1});
    hall.serves("ann");
    hall.passes(1ms);
    CHECK(hall.hall.use() == HallUse{1, 3, 0});
}

TEST_CASE("the same room again and again, and rooms of friends, are no guesses")
{
    Dialogue hall;
    for (unsigned time = 0; time < 5 * free_rooms; ++time) {
        const std::string name = "ann" + std::to_string(time);
        hall.joins(name, at_door("moon"));
        hall.leaves(name);
    }
    for (unsigned at = 0; at < 2 * free_rooms; ++at) {
        const std::string room = "room" + std::to_string(at);
        hall.joins(room, at_door(room, ("198.51.100." + std::to_string(at)).c_str()));
        hall.joins("guest of " + room, at_door(room));
    }
    hall.joins("bob", at_door("sun"));
    CHECK(hall.hall.use().entering == 0);
}

TEST_CASE("one password with game after game is guessing as well")
{
    Dialogue hall;
    Visit visit = at_door("moon");
    for (unsigned at = 0; at < free_rooms; ++at) {
        visit.game.content_crc = at + 1;
        const std::string name = "early" + std::to_string(at);
        hall.joins(name, visit);
        hall.leaves(name);
    }
    visit.game.content_crc = 0;
    hall.comes("late", visit);
    CHECK(hall.hall.use() == HallUse{0, 0, 1});
    hall.passes(1s);
    CHECK(hall.is_in("late"));
}

TEST_CASE("a friend comes in while somebody guesses behind the same address")
{
    Dialogue hall(with_password("moon"));
    hall.joins("ann", trying("moon"));
    hall.leaves("ann");
    for (int number = 0; number < 20; ++number)
        hall.comes("guess " + std::to_string(number), trying(std::to_string(number)));
    CHECK_FALSE(hall.hall.has_guessed_too_often(trying("").admission, hall.now));
    Visit again = trying("moon");
    again.nick = "ann";
    hall.joins("ann again", again);
}

} // namespace netplay_relay::room
