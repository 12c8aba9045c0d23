// A room in the middle of something difficult, and those at its entrance, go to another hall and
// back: whatever happens then is what would have happened without.
#include "dialogue.hpp"

#include <functional>

namespace netplay_relay::room {

namespace {

struct Story
{
    RoomSettings settings;
    std::function<void(Dialogue&)> before; // in the middle of this it moves,
    std::function<void(Dialogue&)> behind; // and this shows whether it went on
};

// What came out behind the middle.
Words told(const Story& story, bool moves)
{
    Dialogue hall(story.settings);
    story.before(hall);
    if (moves) hall.moves();
    const std::size_t known = hall.transcript().size();
    story.behind(hall);
    return {hall.transcript().begin() + static_cast<std::ptrdiff_t>(known),
            hall.transcript().end()};
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

void ann_and_bob_play(Dialogue& hall)
{
    hall.joins_and_plays("ann", from("192.0.2.1"));
    hall.joins_and_plays("bob", from("192.0.2.2"));
    hall.rounds({"ann", "bob"}, 20);
}

// A LOAD_SAVESTATE of what all have, whose bytes are many.
ByteVector large_state(Dialogue& hall, const std::string& name, std::size_t size)
{
    static ByteVector stream; // the command points into it
    const Frame frame = hall[name].now();
    ByteVector state = state_of(frame, size);
    for (std::size_t at = 0; at < state.size(); ++at)
        state[at] = static_cast<std::uint8_t>(at * at >> 7U);
    stream = netplay::compress(state);
    hall[name].serves(frame);
    wire::LoadSavestate load;
    load.frame = frame;
    load.size = static_cast<std::uint32_t>(size);
    load.data = stream;
    return hall[name].bytes_of(load);
}

} // namespace

TEST_CASE("a savestate that has come half goes on coming in another hall")
{
    const std::uint32_t protocol = GENERATE(6U, 7U);
    const std::size_t part = GENERATE(1U, 17U, 60U, 99U);
    ByteVector rest;
    Story story;
    story.before = [&](Dialogue& hall) {
        hall.joins_and_plays("ann", speaking(protocol));
        hall.rounds({"ann"}, 20);
        hall.comes("bob", speaking(protocol));
        REQUIRE(hall["ann"].is_asked());
        const ByteVector all = large_state(hall, "ann", state_size);
        const auto half = all.begin() + static_cast<std::ptrdiff_t>(all.size() * part / 100);
        rest.assign(half, all.end());
        hall.says("ann", ByteVector(all.begin(), half));
    };
    story.behind = [&](Dialogue& hall) {
        hall.passes(1s);
        hall.says("ann", rest);
        CHECK(hall["bob"].is_synced());
        CHECK(hall["bob"].state().size() == state_size);
        hall.plays("bob");
        hall.rounds({"ann", "bob"}, 20);
    };
    goes_on_the_same(story);
}

TEST_CASE("the time for a savestate does not begin anew in another hall")
{
    Story story;
    story.before = [](Dialogue& hall) {
        hall.joins_and_plays("ann");
        hall.rounds({"ann"}, 20);
        hall.comes("bob");
        const ByteVector all = large_state(hall, "ann", state_size);
        hall.says("ann", ByteVector(all.begin(), all.begin() + 40));
        hall.passes(5s);
    };
    story.behind = [](Dialogue& hall) {
        hall.passes(2900ms);
        CHECK(hall.is_in("ann"));
        hall.passes(200ms);
        CHECK(hall.end_of("ann") == MemberEnd::slow_player);
        hall.passes(1s);
    };
    goes_on_the_same(story);
}

TEST_CASE("one who is about to watch plays to its end in another hall")
{
    Story story;
    story.before = [](Dialogue& hall) {
        ann_and_bob_play(hall);
        hall.sends("bob", 7);
        hall.watches("bob");
    };
    story.behind = [](Dialogue& hall) {
        CHECK(hall.look("bob").playing);
        hall.sends("ann", 10);
        CHECK_FALSE(hall.look("bob").playing);
        hall.passes(1s);
    };
    goes_on_the_same(story);
}

TEST_CASE("a comparison of the desync watch is judged in another hall")
{
    Story story;
    story.settings.desync_watch = 10s;
    const bool lies = GENERATE(true, false);
    const auto compare = [lies](Dialogue& hall, bool to_the_end) {
        for (int turns = 0; !hall["carl"].is_asked(); ++turns) {
            REQUIRE(turns < 400);
            goes_on(hall, {"ann", "bob"}, 50ms);
        }
        hall.serves("carl", hall["carl"].now(), stream_of(lies ? 4711 : hall["carl"].now()));
        if (!to_the_end) return;
        goes_on(hall, {"ann", "bob"}, 4s);
    };
    story.before = [&](Dialogue& hall) {
        ann_and_bob_play(hall);
        hall.joins("carl", from("192.0.2.3"));
        compare(hall, true);
        compare(hall, false);
        hall.says("bob", wire::RequestSavestate{});
    };
    story.behind = [&](Dialogue& hall) {
        if (lies) hall.says("ann", wire::RequestSavestate{});
        goes_on(hall, {"ann", "bob"}, 12s);
        compare(hall, true);
        CHECK(hall.all_news().back().kind != RoomNewsKind::room_closed);
    };
    goes_on_the_same(story);
}

TEST_CASE("who keeps the others waiting is judged in another hall for what it did here")
{
    Story story;
    const auto stands = [](Dialogue& hall, int times) {
        for (int time = 0; time < times && hall.is_in("bob"); ++time) {
            while (hall["ann"].self < hall["bob"].self + 60)
                hall.sends("ann");
            hall.passes(4600ms);
            while (hall.is_in("bob") && hall["bob"].self < hall["ann"].self + 45)
                hall.sends("bob"); // just not slow
        }
    };
    story.before = [&](Dialogue& hall) {
        ann_and_bob_play(hall);
        stands(hall, 1);
    };
    story.behind = [&](Dialogue& hall) {
        CHECK(hall.look("bob").waited_lately > 4s);
        stands(hall, 6);
        CHECK(hall.end_of("bob") == MemberEnd::spoils_game);
        hall.comes("bob", from("192.0.2.2"));
        hall.passes(1s);
    };
    goes_on_the_same(story);
}

TEST_CASE("a place is kept in another hall for one who was lost")
{
    Story story;
    story.settings.players = 2;
    story.before = [](Dialogue& hall) {
        ann_and_bob_play(hall);
        goes_on(hall, {"ann", "bob"}, 20s);
        hall.leaves("bob", MemberEnd::lost);
        hall.joins("carl", from("192.0.2.3"));
        hall.plays("carl");
        CHECK_FALSE(hall["carl"].is_playing());
    };
    story.behind = [](Dialogue& hall) {
        hall.rounds({"ann"}, 5);
        CHECK_FALSE(hall["carl"].is_playing());
        hall.joins_and_plays("bob", from("192.0.2.2"));
        CHECK(hall["bob"].ports() == 2);
        hall.leaves("bob", MemberEnd::lost);
        goes_on(hall, {"ann"}, 61s);
        CHECK(hall["carl"].is_playing());
    };
    goes_on_the_same(story);
}

TEST_CASE("those at the entrance go on with their handshakes in another hall")
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
    story.before = [&](Dialogue& hall) {
        hall.joins_and_plays("ann", visit());
        hall.arrives("raw", from("192.0.2.5").admission);
        netplay::ClientSettings settings;
        settings.self.nick = "raw";
        settings.self.info = test_game;
        settings.password = "friends";
        Client client("raw", settings);
        const ByteVector all = client.start();
        const auto half = all.begin() + static_cast<std::ptrdiff_t>(std::min(part, all.size()));
        hall.says("raw", ByteVector(all.begin(), half));
        hall.passes(4s);
        rest.assign(half, all.end());
    };
    story.behind = [&](Dialogue& hall) {
        hall.says("raw", rest);
        (void)hall.answer("raw");
        hall.passes(5900ms);
        hall.says("raw", hall["ann"].bytes_of(wire::Nick{"raw"}));
        hall.passes(200ms);
        hall.passes(150s);
        CHECK(hall.end_of("raw") == MemberEnd::entrance_timeout);
    };
    goes_on_the_same(story);
}

TEST_CASE("whoever waits to have its password looked at has its turn in another hall")
{
    Story story;
    story.settings.password = "friends";
    story.before = [](Dialogue& hall) {
        Visit stranger = from("192.0.2.7");
        for (int guess = 0; guess < 3; ++guess) {
            stranger.password = "guess " + std::to_string(guess);
            hall.comes("eve", stranger);
        }
        stranger.password = "friends";
        hall.comes("eve", stranger);
        REQUIRE(hall.hall.use().entering == 1);
        hall.passes(200ms);
    };
    story.behind = [](Dialogue& hall) {
        CHECK_FALSE(hall["eve"].is_synced());
        hall.passes(3s);
        CHECK(hall["eve"].is_synced());
        hall.passes(1s);
    };
    goes_on_the_same(story);
}

TEST_CASE("a state that waits for its frame is one in a record, and stays shared")
{
    Dialogue hall;
    ann_and_bob_play(hall);
    hall.joins("carl", from("192.0.2.3"));
    hall.joins("dan", from("192.0.2.4"));
    goes_on(hall, {"ann", "bob"}, 8s);
    hall.forget_what_was_told();
    hall.says("carl", wire::RequestSavestate{});
    REQUIRE(hall["ann"].is_asked());
    hall.sends("bob", 3);
    hall["ann"].self += 3;
    hall.serves("ann");
    hall["ann"].self -= 3;
    REQUIRE(hall.states().empty());
    hall.moves();
    hall.sends("ann", 3);
    REQUIRE(hall.states().size() == 3);
    CHECK(hall.states()[0] == hall.states()[1]);
    CHECK(hall.states()[0] == hall.states()[2]);
}

TEST_CASE("of a room that moves, the hall knows nothing any more")
{
    Dialogue hall;
    ann_and_bob_play(hall);
    const std::uint64_t number = hall.look().number;
    const ByteVector record = hall.hall.release(number, hall.now);
    CHECK(hall.hall.use() == HallUse{});
    CHECK(hall.hall.rooms().empty());
    CHECK_FALSE(hall.hall.next_deadline());
    CHECK(hall.hall.release(number, hall.now).empty());
    hall.hall.check_consistency();
    hall.says("ann", ByteVector{1, 2, 3}); // of one that is none any more
    CHECK_FALSE(hall.end_of("ann"));
    const auto adopted = hall.hall.adopt(record, hall.now, {});
    CHECK(std::get<std::uint64_t>(adopted) == hall.look().number);
    CHECK(hall.look().number == number);
    CHECK(std::get<record::Fault>(hall.hall.adopt(record, hall.now, {})) ==
          record::Fault::occupied);
    hall.rounds({"ann", "bob"}, 10);
    hall.leaves("ann");
    hall.leaves("bob");
    CHECK(hall.hall.use() == HallUse{});
}

TEST_CASE("a room like one that is here already is found by nobody, and goes on")
{
    Dialogue hall;
    ann_and_bob_play(hall);
    const ByteVector record = hall.hall.release(hall.look().number, hall.now);
    hall.joins_and_plays("carl", from("192.0.2.3"));
    const auto adopted = hall.hall.adopt(record, hall.now, {});
    REQUIRE(std::holds_alternative<std::uint64_t>(adopted));
    CHECK(hall.hall.use() == HallUse{2, 3, 0});
    hall.sends("carl");
    hall.joins("dan", from("192.0.2.4"));
    CHECK(hall.hall.look().front().members.size() == 2);
    hall.rounds({"ann", "bob"}, 10);
    CHECK(hall.hall.look().back().members.size() == 2);
}

TEST_CASE("a record that is damaged or makes no sense changes nothing")
{
    Dialogue hall;
    ann_and_bob_play(hall);
    const ByteVector record = hall.hall.release(hall.look().number, hall.now);
    ByteVector damaged = record;
    damaged.back() ^= 1U;
    CHECK(std::get<record::Fault>(hall.hall.adopt(damaged, hall.now, {})) ==
          record::Fault::damaged);
    const auto body = std::get<0>(record::open(record::Kind::room, record));
    std::size_t adopted = 0;
    for (std::size_t at = 0; at < body.size(); ++at)
        for (const unsigned value : {0x00U, 0x01U, 0x7fU, 0x80U, 0xffU}) {
            ByteVector other(body.begin(), body.end());
            other[at] = static_cast<std::uint8_t>(value);
            Hall another({}, 1);
            Outcome out;
            const auto known = another.adopt(record::seal(record::Kind::room, other), hall.now, {});
            if (!std::holds_alternative<std::uint64_t>(known)) {
                CHECK(std::get<record::Fault>(known) == record::Fault::nonsense);
                REQUIRE(another.use() == HallUse{});
                REQUIRE_FALSE(another.next_deadline());
                continue;
            }
            ++adopted;
            another.check_consistency();
            another.close_all(hall.now, out);
            REQUIRE(another.use() == HallUse{});
        }
    CHECK(adopted > 0);
    CHECK_FALSE(hall.hall.next_deadline());
    const auto whole = hall.hall.adopt(record, hall.now, {});
    CHECK(std::holds_alternative<std::uint64_t>(whole));
    hall.rounds({"ann", "bob"}, 10);
}

TEST_CASE("what a hall remembers of those who guess goes with it")
{
    RoomSettings settings;
    settings.password = "friends";
    Dialogue hall(settings);
    Visit stranger = from("192.0.2.7");
    for (int guess = 0; guess < 6; ++guess) {
        stranger.password = "guess " + std::to_string(guess);
        hall.comes("eve", stranger);
        hall.passes(4s);
    }
    REQUIRE(hall.hall.has_guessed_too_often(stranger.admission, hall.now));
    const ByteVector memory = hall.hall.release_memory();
    CHECK_FALSE(hall.hall.has_guessed_too_often(stranger.admission, hall.now));
    Hall other(settings, 1);
    CHECK_FALSE(other.adopt_memory(memory, 5s));
    CHECK(other.has_guessed_too_often(stranger.admission, hall.now + 5s));
    CHECK(other.adopt_memory(ByteVector(memory.begin(), memory.end() - 1), 5s) ==
          record::Fault::truncated);
}

} // namespace netplay_relay::room
