// Those who try passwords, and those who know theirs beside them.
#include "../wire/bytes.hpp"
#include "guess_memory.hpp"
#include "script.hpp"

#include "netplay/password.hpp"
#include "wire/netplay_encode.hpp"

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

Visit at_listener(const std::string& password, const char* from = "192.0.2.66")
{
    Visit visit = trying(password, from);
    visit.admission.by_password = true;
    return visit;
}

// Wrong ones until the next has to wait.
void use_up(Script& script)
{
    for (unsigned at = 0; at < free_guesses; ++at) {
        const std::string name = "early" + std::to_string(at);
        script.comes(name, trying(name));
        REQUIRE(script.end_of(name) == CloseReason::wrong_password);
    }
}

} // namespace

TEST_CASE("behind some wrong passwords the next is looked at later and later")
{
    Script script(with_password("moon"));
    use_up(script);
    script.comes("4", trying("4"));
    CHECK(script.manager.use().entering == 1);
    script.passes(1s - 1ns);
    CHECK(script.end_of("4") == std::nullopt);
    script.passes(1ns);
    CHECK(script.end_of("4") == CloseReason::wrong_password);
    script.comes("5", trying("5"));
    script.passes(2s);
    CHECK(script.end_of("5") == CloseReason::wrong_password);
    // Longer than its frontend would like to wait: it is told at once.
    CHECK(script.manager.has_guessed_too_often(trying("").admission, script.now));
    script.comes("6", trying("moon"));
    CHECK(script.end_of("6") == CloseReason::password_too_often);
    script.passes(1s);
    CHECK_FALSE(script.manager.has_guessed_too_often(trying("").admission, script.now));
    script.comes("7", trying("moon")); // the right one waits as the others
    CHECK_FALSE(script.is_in("7"));
    script.passes(3s);
    CHECK(script.is_in("7"));
    use_up(script); // and all is forgotten
    script.joins("ann", trying("moon", "192.0.2.1"));
}

TEST_CASE("many at once from one address have as many guesses as one")
{
    Script script(with_password("moon"));
    for (int at = 0; at < 30; ++at)
        script.comes(std::to_string(at), trying(std::to_string(at)));
    std::map<CloseReason, int> ends;
    for (int at = 0; at < 30; ++at)
        if (const auto end = script.end_of(std::to_string(at))) ++ends[*end];
    CHECK(ends[CloseReason::wrong_password] == free_guesses);
    CHECK(ends[CloseReason::password_too_often] == 30 - free_guesses - 1);
    CHECK(script.manager.use().entering == 1);
    script.joins("ann", trying("moon", "192.0.2.1"));
    script.passes(1s);
    CHECK(script.end_of(std::to_string(free_guesses)) == CloseReason::wrong_password);
    script.manager.check_consistency();
}

TEST_CASE("who waits may leave, and another of the address waits instead")
{
    Script script(with_password("moon"));
    use_up(script);
    script.comes("a", trying("moon"));
    script.comes("b", trying("moon"));
    CHECK(script.end_of("b") == CloseReason::password_too_often);
    script.leaves("a");
    script.comes("c", trying("moon"));
    script.manager.check_consistency();
    script.passes(1s);
    CHECK(script.is_in("c"));
    script.leaves("c");
    CHECK(script.manager.use() == RoomUse{});
    CHECK(script.manager.next_deadline() == std::nullopt);
}

TEST_CASE("everything goes, those who wait as well")
{
    Script script(with_password("moon"));
    use_up(script);
    script.comes("a", trying("moon"));
    script.carry_out([&](Output& out) { script.manager.close_all(script.now, out); });
    CHECK(script.end_of("a") == CloseReason::room_closed);
    script.manager.check_consistency();
}

TEST_CASE("nobody makes us keep much while it waits")
{
    Script script(with_password("moon"));
    use_up(script);
    script.comes("a", trying("moon"));
    script.says("a", ByteVector(unread_while_waiting, 0));
    CHECK(script.end_of("a") == std::nullopt);
    script.says("a", ByteVector(1, 0));
    CHECK(script.end_of("a") == CloseReason::password_too_often);
}

TEST_CASE("who said everything at once has time to answer behind its turn")
{
    Script script(with_password("moon"));
    use_up(script);
    script.arrives("a", trying("moon").admission);
    ByteVector said = from_hex("52414e50 00040008 00000001 00000006 00000005 00000469");
    const wire::Dialect dialect{6, {}, wire::Side::client, 0};
    wire::encode_command(wire::Nick{"a"}, dialect, said);
    wire::encode_command(wire::Password{netplay::password_hash(0x01abcdef, "moon")}, dialect, said);
    script.says("a", said);
    script.passes(1s);
    script.passes(handshake_limit - 1ns);
    CHECK(script.end_of("a") == std::nullopt);
    script.passes(1ns);
    CHECK(script.end_of("a") == CloseReason::entrance_timeout);
}

TEST_CASE("the password to watch does not help to find the one to play")
{
    Script script(with_password("moon", "sun"));
    use_up(script);
    script.comes("a", trying("sun"));
    script.passes(1s);
    CHECK(script.is_in("a"));
    script.comes("b", trying("x"));
    CHECK(script.end_of("b") == CloseReason::wrong_password);
    CHECK(script.manager.has_guessed_too_often(trying("").admission, script.now + 1s) == false);
    script.comes("c", trying("y"));
    script.passes(2s);
    CHECK(script.end_of("c") == CloseReason::wrong_password);
    CHECK(script.manager.has_guessed_too_often(trying("").admission, script.now));
}

TEST_CASE("where no password is asked for nobody guesses")
{
    Script script(with_password("moon"));
    use_up(script);
    script.comes("4", trying("4"));
    script.passes(1s);
    script.comes("5", trying("5"));
    script.passes(2s);
    REQUIRE(script.manager.has_guessed_too_often(trying("").admission, script.now));
    CHECK_FALSE(script.manager.has_guessed_too_often(at_listener("").admission, script.now));
    script.manager.adopt({});
    CHECK_FALSE(script.manager.has_guessed_too_often(trying("").admission, script.now));
    script.joins("ann", trying(""));
}

TEST_CASE("at a listener by password, who opens room after room looks for those of others")
{
    Script script;
    script.joins("ann", at_listener("moon", "192.0.2.1"));
    for (unsigned at = 0; at < free_rooms; ++at) {
        const std::string name = "early" + std::to_string(at);
        script.joins(name, at_listener(name));
        script.leaves(name);
    }
    for (int at = 0; at < 30; ++at)
        script.comes(std::to_string(at), at_listener(std::to_string(at)));
    CHECK(script.manager.use() == RoomUse{1, 1, 1});
    CHECK(script.end_of("1") == CloseReason::password_too_often);
    script.joins("bob", at_listener("moon", "192.0.2.2"));
    script.passes(1s);
    CHECK(script.is_in("0"));
    // Whether there is such a room is told later as well, to who has guessed right.
    script.leaves("0");
    script.comes("right", at_listener("moon"));
    CHECK(script.manager.use() == RoomUse{1, 2, 1});
    script.passes(1999ms);
    CHECK(script.manager.use() == RoomUse{1, 2, 1});
    script.serves("ann");
    script.passes(1ms);
    CHECK(script.manager.use() == RoomUse{1, 3, 0});
}

TEST_CASE("the same room again and again, and rooms of friends, are no guesses")
{
    Script script;
    for (unsigned time = 0; time < 5 * free_rooms; ++time) {
        const std::string name = "ann" + std::to_string(time);
        script.joins(name, at_listener("moon"));
        script.leaves(name);
    }
    for (unsigned at = 0; at < 2 * free_rooms; ++at) {
        const std::string room = "room" + std::to_string(at);
        script.joins(room, at_listener(room, ("198.51.100." + std::to_string(at)).c_str()));
        script.joins("guest of " + room, at_listener(room));
    }
    script.joins("bob", at_listener("sun"));
    CHECK(script.manager.use().entering == 0);
}

TEST_CASE("one password with game after game is guessing as well")
{
    Script script;
    Visit visit = at_listener("moon");
    for (unsigned at = 0; at < free_rooms; ++at) {
        visit.game.content_crc = at + 1;
        const std::string name = "early" + std::to_string(at);
        script.joins(name, visit);
        script.leaves(name);
    }
    visit.game.content_crc = 0;
    script.comes("late", visit);
    CHECK(script.manager.use() == RoomUse{0, 0, 1});
    script.passes(1s);
    CHECK(script.is_in("late"));
}

TEST_CASE("a friend comes in while somebody guesses behind the same address")
{
    Script script(with_password("moon"));
    script.joins("ann", trying("moon"));
    script.leaves("ann");
    for (int number = 0; number < 20; ++number)
        script.comes("guess " + std::to_string(number), trying(std::to_string(number)));
    CHECK_FALSE(script.manager.has_guessed_too_often(trying("").admission, script.now));
    Visit again = trying("moon");
    again.nick = "ann";
    script.joins("ann again", again);
}

} // namespace netplay_relay::room
