#include "fleet/roll.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace std::chrono_literals;
using fleet::Beat;
using fleet::Roll;
using fleet::View;

namespace {

constexpr Instant start{100s};

} // namespace

TEST_CASE("a node is up while it is heard")
{
    Roll roll(0, start);
    CHECK(roll.is_up(0, start));
    CHECK_FALSE(roll.is_up(1, start));
    roll.hear(1, {}, start);
    CHECK(roll.is_up(1, start + 2999ms));
    CHECK_FALSE(roll.is_up(1, start + 3s));
    roll.hear(1, {}, start + 10s);
    CHECK(roll.is_up(1, start + 10s));
    roll.lose(1);
    CHECK_FALSE(roll.is_up(1, start + 10s));
    roll.lose(200);
    roll.hear(200, {}, start); // no node at all
    CHECK_FALSE(roll.is_up(200, start));
    CHECK(roll.look({}, start).up.count() == 1);
}

TEST_CASE("who begins finds the others open, and is new itself for a while")
{
    Roll roll(0, start);
    const Beat first = roll.beat_of({}, {}, true, start);
    CHECK(first.is_new);
    roll.hear(1, {}, start + 100ms);
    View view = roll.look(first, start + 100ms);
    CHECK(view.open == fleet::Nodes(0b10));
    CHECK(view.coming == fleet::Nodes(0b01));
    const Beat later = roll.beat_of(view, {}, true, start + 2s);
    CHECK_FALSE(later.is_new);
    view = roll.look(later, start + 2s);
    CHECK(view.open == fleet::Nodes(0b11));
    CHECK(view.coming.none());
}

TEST_CASE("who comes is open a while later, and each time anew")
{
    Roll roll(0, start);
    const Beat own = roll.beat_of({}, {}, true, start + 5s);
    const auto is_open = [&](Duration since) {
        const View view = roll.look(own, start + since);
        CHECK(view.up.test(1));
        CHECK(view.open.test(1) != view.coming.test(1));
        return view.open.test(1);
    };
    roll.hear(1, {}, start + 5s);
    CHECK_FALSE(is_open(5s));
    roll.hear(1, {}, start + 6s);
    CHECK_FALSE(is_open(6999ms));
    CHECK(is_open(7s));
    roll.hear(1, {}, start + 20s); // it was down
    CHECK_FALSE(is_open(20s));
    roll.hear(1, {true, true, 0, {}}, start + 22s); // it says that it has begun
    CHECK_FALSE(is_open(22s));
}

TEST_CASE("what nodes say of their rooms is in the view, while they are up")
{
    Roll roll(2, start);
    roll.hear(1, {false, false, 0, {5, 9}}, start);
    const View view = roll.look({true, false, 0, {7}}, start);
    CHECK(view.held == std::vector<fleet::HeldRoom>{{5, 1}, {7, 2}, {9, 1}});
    CHECK(view.up == fleet::Nodes(0b110));
    CHECK(view.open == fleet::Nodes(0b100));
    CHECK(view.coming.none());
    CHECK(roll.look({}, start + 4s).held.empty());
}

TEST_CASE("numbers that anybody hears of two relays are in the view, while that one is up")
{
    Roll roll(0, start);
    Beat other;
    other.twice = 0b1001;
    roll.hear(1, other, start);
    Beat own;
    own.twice = 0b10;
    CHECK(roll.look(own, start).twice == fleet::Nodes(0b1011));
    CHECK(roll.look({}, start + 4s).twice.none());
}

TEST_CASE("a beat tells of rooms that others would look for elsewhere, and of each once")
{
    Roll roll(0, start);
    roll.hear(1, {}, start);
    const View view = roll.look({}, start);
    std::vector<std::uint64_t> elsewhere;
    std::vector<std::uint64_t> rooms;
    for (std::uint64_t room = 0; room < 50; ++room) {
        rooms.push_back(room);
        rooms.push_back(room); // at two workers
        if (view.owner_of(room) != 0) elsewhere.push_back(room);
    }
    REQUIRE(elsewhere.size() > 10);
    CHECK(roll.beat_of(view, rooms, true, start + 9s).rooms == elsewhere);
    // One that is new may have them out of a process before it, and others open rooms elsewhere.
    CHECK(roll.beat_of(view, rooms, true, start + 1s).rooms.size() == 50);
    CHECK(roll.beat_of({}, rooms, true, start + 1s).rooms.size() == 50);
    const Beat draining =
        roll.beat_of(roll.look({false, false, 0, {}}, start), rooms, false, start);
    CHECK(draining.rooms.size() == 50);
    CHECK_FALSE(draining.takes_new);

    rooms.clear();
    for (std::uint64_t room = 0; room < 3 * fleet::told_rooms_max; ++room)
        rooms.push_back(room);
    CHECK(roll.beat_of(view, rooms, true, start).rooms.size() == fleet::told_rooms_max);
}

TEST_CASE("a process that goes on from another one knows at once who is up, and is not new")
{
    Roll roll(2, start);
    roll.hear(1, {true, false, 0, {5, 9}}, start);
    roll.hear(3, {false, false, 0, {}}, start);
    const View before = roll.look(roll.beat_of({}, {}, true, start + 5s), start + 2s);
    REQUIRE(before.up == fleet::Nodes(0b1110));

    const Roll next(before, start + 60s);
    const Beat own = next.beat_of(before, {}, true, start + 60s);
    CHECK_FALSE(own.is_new);
    const View view = next.look(own, start + 60s);
    CHECK(view.up == before.up);
    CHECK(view.open == fleet::Nodes(0b0110));
    CHECK(view.coming.none());
    CHECK(view.held == before.held);
    CHECK(next.look(own, start + 63s).up == fleet::Nodes(0b0100)); // nobody was heard

    // One that had just begun has still to be known.
    const Roll young(5, start);
    const View soon = young.look(young.beat_of({}, {}, true, start), start);
    CHECK(Roll(soon, start + 1s).beat_of(soon, {}, true, start + 1s).is_new);
}
