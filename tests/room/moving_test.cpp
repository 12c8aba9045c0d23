// A room in the middle of something difficult, and those in its handshake, go to another room
// manager and back: whatever happens then is what would have happened without.
#include "script.hpp"

#include <functional>

namespace netplay_relay::room {

namespace {

struct Story
{
    RoomSettings settings;
    std::function<void(Script&)> before; // in the middle of this it moves,
    std::function<void(Script&)> behind; // and this shows whether it went on
};

// What came out behind the middle.
Words told(const Story& story, bool moves)
{
    Script script(story.settings);
    story.before(script);
    if (moves) script.moves();
    const std::size_t known = script.transcript().size();
    story.behind(script);
    return {script.transcript().begin() + static_cast<std::ptrdiff_t>(known),
            script.transcript().end()};
}

void goes_on_the_same(const Story& story)
{
    const Words stayed = told(story, false);
    const Words moved = told(story, true);
    CHECK(stayed.size() > 1);
    REQUIRE(moved.size() == stayed.size());
    for (std::size_t at = 0; at < stayed.size(); ++at) {
        INFO(at << " of " << stayed.size());
        REQUIRE(moved[at] == stayed[at]);
    }
}

void ann_and_bob_play(Script& script)
{
    script.joins_and_plays("ann", from("192.0.2.1"));
    script.joins_and_plays("bob", from("192.0.2.2"));
    script.rounds({"ann", "bob"}, 20);
}

// A LOAD_SAVESTATE of what all have, whose bytes are many.
ByteVector large_state(Script& script, const std::string& name, std::size_t size)
{
    static ByteVector stream; // the command points into it
    const Frame frame = script[name].now();
    ByteVector state = state_of(frame, size);
    for (std::size_t at = 0; at < state.size(); ++at)
        state[at] = static_cast<std::uint8_t>(at * at >> 7U);
    stream = netplay::compress(state);
    script[name].serves(frame);
    wire::LoadSavestate load;
    load.frame = frame;
    load.size = static_cast<std::uint32_t>(size);
    load.data = stream;
    return script[name].bytes_of(load);
}

} // namespace

TEST_CASE("a savestate that has come half goes on coming in another room manager")
{
    const std::uint32_t protocol = GENERATE(6U, 7U);
    const std::size_t part = GENERATE(1U, 17U, 60U, 99U);
    ByteVector rest;
    Story story;
    story.before = [&](Script& script) {
        script.joins_and_plays("ann", speaking(protocol));
        script.rounds({"ann"}, 20);
        script.comes("bob", speaking(protocol));
        REQUIRE(script["ann"].is_asked());
        const ByteVector all = large_state(script, "ann", state_size);
        const auto half = all.begin() + static_cast<std::ptrdiff_t>(all.size() * part / 100);
        rest.assign(half, all.end());
        script.says("ann", ByteVector(all.begin(), half));
    };
    story.behind = [&](Script& script) {
        script.passes(1s);
        script.says("ann", rest);
        CHECK(script["bob"].is_synced());
        CHECK(script["bob"].state().size() == state_size);
        script.plays("bob");
        script.rounds({"ann", "bob"}, 20);
    };
    goes_on_the_same(story);
}

TEST_CASE("the time for a savestate does not begin anew in another room manager")
{
    Story story;
    story.before = [](Script& script) {
        script.joins_and_plays("ann");
        script.rounds({"ann"}, 20);
        script.comes("bob");
        const ByteVector all = large_state(script, "ann", state_size);
        script.says("ann", ByteVector(all.begin(), all.begin() + 40));
        script.passes(5s);
    };
    story.behind = [](Script& script) {
        script.passes(2900ms);
        CHECK(script.is_in("ann"));
        script.passes(200ms);
        CHECK(script.end_of("ann") == CloseReason::slow_player);
        script.passes(1s);
    };
    goes_on_the_same(story);
}

TEST_CASE("one who is about to watch plays to its end in another room manager")
{
    Story story;
    story.before = [](Script& script) {
        ann_and_bob_play(script);
        script.sends("bob", 7);
        script.watches("bob");
    };
    story.behind = [](Script& script) {
        CHECK(script.look("bob").playing);
        script.sends("ann", 10);
        CHECK_FALSE(script.look("bob").playing);
        script.passes(1s);
    };
    goes_on_the_same(story);
}

TEST_CASE("a comparison of the desync watch is judged in another room manager")
{
    Story story;
    story.settings.desync_watch = 10s;
    const bool lies = GENERATE(true, false);
    const auto compare = [lies](Script& script, bool to_the_end) {
        for (int turns = 0; !script["carl"].is_asked(); ++turns) {
            REQUIRE(turns < 400);
            goes_on(script, {"ann", "bob"}, 50ms);
        }
        script.serves("carl", script["carl"].now(), stream_of(lies ? 4711 : script["carl"].now()));
        if (!to_the_end) return;
        goes_on(script, {"ann", "bob"}, 4s);
    };
    story.before = [&](Script& script) {
        ann_and_bob_play(script);
        script.joins("carl", from("192.0.2.3"));
        compare(script, true);
        compare(script, false);
        script.says("bob", wire::RequestSavestate{});
    };
    story.behind = [&](Script& script) {
        if (lies) script.says("ann", wire::RequestSavestate{});
        goes_on(script, {"ann", "bob"}, 12s);
        compare(script, true);
        CHECK(script.all_events().back().kind != RoomEventKind::room_closed);
    };
    goes_on_the_same(story);
}

TEST_CASE("who keeps the others waiting is judged in another room manager for what it did here")
{
    Story story;
    const auto stands = [](Script& script, int times) {
        for (int time = 0; time < times && script.is_in("bob"); ++time) {
            while (script["ann"].self < script["bob"].self + 60)
                script.sends("ann");
            script.passes(4600ms);
            while (script.is_in("bob") && script["bob"].self < script["ann"].self + 45)
                script.sends("bob"); // just not slow
        }
    };
    story.before = [&](Script& script) {
        ann_and_bob_play(script);
        stands(script, 1);
    };
    story.behind = [&](Script& script) {
        CHECK(script.look("bob").waited_lately > 4s);
        stands(script, 6);
        CHECK(script.end_of("bob") == CloseReason::spoils_game);
        script.comes("bob", from("192.0.2.2"));
        script.passes(1s);
    };
    goes_on_the_same(story);
}

TEST_CASE("a place is kept in another room manager for one who was lost")
{
    Story story;
    story.settings.players = 2;
    story.before = [](Script& script) {
        ann_and_bob_play(script);
        goes_on(script, {"ann", "bob"}, 20s);
        script.leaves("bob", CloseReason::member_lost);
        script.joins("carl", from("192.0.2.3"));
        script.plays("carl");
        CHECK_FALSE(script["carl"].is_playing());
    };
    story.behind = [](Script& script) {
        script.rounds({"ann"}, 5);
        CHECK_FALSE(script["carl"].is_playing());
        script.joins_and_plays("bob", from("192.0.2.2"));
        CHECK(script["bob"].ports() == 2);
        script.leaves("bob", CloseReason::member_lost);
        goes_on(script, {"ann"}, 61s);
        CHECK(script["carl"].is_playing());
    };
    goes_on_the_same(story);
}

TEST_CASE("those in their handshakes go on with them in another room manager")
{
    const std::size_t part = GENERATE(0U, 3U, 16U, 24U, 30U);
    Story story;
    story.settings.password = "friends";
    const auto visit = [] {
        Visit friends = from("192.0.2.1");
        friends.password = "friends";
        return friends;
    };
    ByteVector rest;
    story.before = [&](Script& script) {
        script.joins_and_plays("ann", visit());
        script.arrives("raw", from("192.0.2.5").admission);
        netplay::ClientSettings settings;
        settings.self.nick = "raw";
        settings.self.info = test_game;
        settings.password = "friends";
        Client client("raw", settings);
        const ByteVector all = client.start();
        const auto half = all.begin() + static_cast<std::ptrdiff_t>(std::min(part, all.size()));
        script.says("raw", ByteVector(all.begin(), half));
        script.passes(4s);
        rest.assign(half, all.end());
    };
    story.behind = [&](Script& script) {
        script.says("raw", rest);
        (void)script.answer("raw");
        script.passes(5900ms);
        script.says("raw", script["ann"].bytes_of(wire::Nick{"raw"}));
        script.passes(200ms);
        script.passes(150s);
        CHECK(script.end_of("raw") == CloseReason::entrance_timeout);
    };
    goes_on_the_same(story);
}

TEST_CASE("whoever waits to have its password looked at has its turn in another room manager")
{
    Story story;
    story.settings.password = "friends";
    story.before = [](Script& script) {
        Visit stranger = from("192.0.2.7");
        for (int guess = 0; guess < 3; ++guess) {
            stranger.password = "guess " + std::to_string(guess);
            script.comes("eve", stranger);
        }
        stranger.password = "friends";
        script.comes("eve", stranger);
        REQUIRE(script.manager.use().entering == 1);
        script.passes(200ms);
    };
    story.behind = [](Script& script) {
        CHECK_FALSE(script["eve"].is_synced());
        script.passes(3s);
        CHECK(script["eve"].is_synced());
        script.passes(1s);
    };
    goes_on_the_same(story);
}

TEST_CASE("a state that waits for its frame is one in a record, and stays shared")
{
    Script script;
    ann_and_bob_play(script);
    script.joins("carl", from("192.0.2.3"));
    script.joins("dan", from("192.0.2.4"));
    goes_on(script, {"ann", "bob"}, 8s);
    script.forget_what_was_told();
    script.says("carl", wire::RequestSavestate{});
    REQUIRE(script["ann"].is_asked());
    script.sends("bob", 3);
    script["ann"].self += 3;
    script.serves("ann");
    script["ann"].self -= 3;
    REQUIRE(script.states().empty());
    script.moves();
    script.sends("ann", 3);
    REQUIRE(script.states().size() == 3);
    CHECK(script.states()[0] == script.states()[1]);
    CHECK(script.states()[0] == script.states()[2]);
}

TEST_CASE("of a room that moves, the room manager knows nothing any more")
{
    Script script;
    ann_and_bob_play(script);
    const std::uint64_t number = script.look().number;
    const ByteVector record = script.manager.release(number, script.now);
    CHECK(script.manager.use() == RoomUse{});
    CHECK(script.manager.rooms().empty());
    CHECK_FALSE(script.manager.next_deadline());
    CHECK(script.manager.release(number, script.now).empty());
    script.manager.check_consistency();
    script.says("ann", ByteVector{1, 2, 3}); // of one that is none any more
    CHECK_FALSE(script.end_of("ann"));
    const auto adopted = script.manager.adopt(record, script.now, {});
    CHECK(std::get<std::uint64_t>(adopted) == script.look().number);
    CHECK(script.look().number == number);
    CHECK(std::get<record::Fault>(script.manager.adopt(record, script.now, {})) ==
          record::Fault::occupied);
    script.rounds({"ann", "bob"}, 10);
    script.leaves("ann");
    script.leaves("bob");
    CHECK(script.manager.use() == RoomUse{});
}

TEST_CASE("a room like one that is here already is found by nobody, and goes on")
{
    Script script;
    ann_and_bob_play(script);
    const ByteVector record = script.manager.release(script.look().number, script.now);
    script.joins_and_plays("carl", from("192.0.2.3"));
    const auto adopted = script.manager.adopt(record, script.now, {});
    REQUIRE(std::holds_alternative<std::uint64_t>(adopted));
    CHECK(script.manager.use() == RoomUse{2, 3, 0});
    script.sends("carl");
    script.joins("dan", from("192.0.2.4"));
    CHECK(script.manager.look().front().members.size() == 2);
    script.rounds({"ann", "bob"}, 10);
    CHECK(script.manager.look().back().members.size() == 2);
}

TEST_CASE("a record that is damaged or makes no sense changes nothing")
{
    Script script;
    ann_and_bob_play(script);
    const ByteVector record = script.manager.release(script.look().number, script.now);
    ByteVector damaged = record;
    damaged.back() ^= 1U;
    CHECK(std::get<record::Fault>(script.manager.adopt(damaged, script.now, {})) ==
          record::Fault::damaged);
    const auto body = std::get<0>(record::open(record::Kind::room, record));
    std::size_t adopted = 0;
    for (std::size_t at = 0; at < body.size(); ++at)
        for (const unsigned value : {0x00U, 0x01U, 0x7fU, 0x80U, 0xffU}) {
            ByteVector other(body.begin(), body.end());
            other[at] = static_cast<std::uint8_t>(value);
            RoomManager another({}, 1);
            Output out;
            const auto known =
                another.adopt(record::seal(record::Kind::room, other), script.now, {});
            if (!std::holds_alternative<std::uint64_t>(known)) {
                CHECK(std::get<record::Fault>(known) == record::Fault::nonsense);
                REQUIRE(another.use() == RoomUse{});
                REQUIRE_FALSE(another.next_deadline());
                continue;
            }
            ++adopted;
            another.check_consistency();
            another.close_all(script.now, out);
            REQUIRE(another.use() == RoomUse{});
        }
    CHECK(adopted > 0);
    CHECK_FALSE(script.manager.next_deadline());
    const auto whole = script.manager.adopt(record, script.now, {});
    CHECK(std::holds_alternative<std::uint64_t>(whole));
    script.rounds({"ann", "bob"}, 10);
}

TEST_CASE("what a room manager remembers of those who guess goes with it")
{
    RoomSettings settings;
    settings.password = "friends";
    Script script(settings);
    Visit stranger = from("192.0.2.7");
    for (int guess = 0; guess < 6; ++guess) {
        stranger.password = "guess " + std::to_string(guess);
        script.comes("eve", stranger);
        script.passes(4s);
    }
    REQUIRE(script.manager.has_guessed_too_often(stranger.admission, script.now));
    const ByteVector memory = script.manager.release_memory();
    CHECK_FALSE(script.manager.has_guessed_too_often(stranger.admission, script.now));
    RoomManager other(settings, 1);
    CHECK_FALSE(other.adopt_memory(memory, 5s));
    CHECK(other.has_guessed_too_often(stranger.admission, script.now + 5s));
    CHECK(other.adopt_memory(ByteVector(memory.begin(), memory.end() - 1), 5s) ==
          record::Fault::truncated);
}

} // namespace netplay_relay::room
