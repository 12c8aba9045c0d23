#include "fleet/view.hpp"

#include "support/catch.hpp"

#include <array>

using namespace netplay_relay;
using fleet::Node;

namespace {

fleet::View view_of(Node own, std::initializer_list<Node> nodes)
{
    fleet::View view;
    view.own = own;
    for (const Node node : nodes) {
        view.up.set(node);
        view.open.set(node);
    }
    return view;
}

} // namespace

TEST_CASE("the weight of a node for a room is the same for ever")
{
    CHECK(fleet::weight_of(0, 0) == 0xa706dd2f4d197e6fULL);
    CHECK(fleet::weight_of(1, 0) == 0x5e41ab087439611eULL);
    CHECK(fleet::weight_of(19, 0xfedcba9876543210ULL) == 0xe941df82b7ee16b1ULL);
}

TEST_CASE("all nodes find the same owner, and each owns its part of the rooms")
{
    std::array<unsigned, 5> owned{};
    for (std::uint64_t room = 0; room < 10000; ++room) {
        const Node owner = view_of(0, {0, 1, 2, 3, 4}).owner_of(room);
        for (Node own = 1; own < 5; ++own)
            REQUIRE(view_of(own, {0, 1, 2, 3, 4}).owner_of(room) == owner);
        ++owned.at(owner);
    }
    for (const unsigned rooms : owned) {
        CHECK(rooms > 1800);
        CHECK(rooms < 2200);
    }
}

TEST_CASE("of a node that goes only its own rooms are another one's, and none when it comes back")
{
    const fleet::View all = view_of(0, {0, 1, 2, 3});
    fleet::View without = all;
    without.up.reset(2);
    for (std::uint64_t room = 0; room < 2000; ++room) {
        const Node owner = all.owner_of(room);
        const Node next = without.owner_of(room);
        CHECK((owner == 2 ? next != 2 : next == owner));
    }
}

TEST_CASE("rooms are opened neither at a node that takes none, nor at one that has only come")
{
    fleet::View view = view_of(0, {0, 1, 2});
    view.open.reset(1);
    view.open.reset(2);
    view.coming.set(2);
    for (std::uint64_t room = 0; room < 100; ++room)
        CHECK(view.owner_of(room) == 0);
    view.open.reset(0); // all others have only come: nobody waits for that
    for (std::uint64_t room = 0; room < 100; ++room)
        CHECK(view.owner_of(room) == 2);
    view.coming.reset(2);
    for (std::uint64_t room = 0; room < 100; ++room)
        CHECK(view.owner_of(room) == 0);
}

TEST_CASE("a room stays where it is, and of two that are the same the owner's counts")
{
    fleet::View view = view_of(0, {0, 1, 2});
    std::uint64_t room = 0;
    while (view.owner_of(room) != 1)
        ++room;
    view.held = {{room, 2}};
    CHECK(view.owner_of(room) == 2);
    CHECK(view.owner_of(room + 1) == view_of(0, {0, 1, 2}).owner_of(room + 1));
    view.held = {{room, 1}, {room, 2}};
    CHECK(view.owner_of(room) == 1);
    view.held = {{room, 2}};
    view.up.reset(2);
    CHECK(view.owner_of(room) == 1);
}

TEST_CASE("others are told of a room that they would look for elsewhere")
{
    fleet::View view = view_of(0, {0, 1, 2});
    std::uint64_t own = 0;
    while (view.owner_of(own) != 0)
        ++own;
    std::uint64_t other = 0;
    while (view.owner_of(other) == 0)
        ++other;
    CHECK_FALSE(view.must_tell_of(own));
    CHECK(view.must_tell_of(other));
    SECTION("as another one has it, too")
    {
        view.held = {{own, 2}};
        CHECK(view.must_tell_of(own));
    }
    SECTION("its own word is no reason")
    {
        view.held = {{own, 0}};
        CHECK_FALSE(view.must_tell_of(own));
    }
    SECTION("as this node takes no rooms any more")
    {
        view.open.reset(0);
        CHECK(view.must_tell_of(own));
    }
    SECTION("as its owner is about to come")
    {
        fleet::View before = view;
        while (view.owner_of(own) != 2)
            ++own;
        before.open.reset(2);
        before.coming.set(2);
        before.own = before.owner_of(own);
        CHECK(before.must_tell_of(own));
    }
}

TEST_CASE("a number that is no node's can be reached by nobody")
{
    const fleet::View view = view_of(3, {3, 4});
    CHECK(view.can_reach(4));
    CHECK_FALSE(view.can_reach(3));
    CHECK_FALSE(view.can_reach(5));
    CHECK_FALSE(view.can_reach(255));
}

TEST_CASE("a node is down that is one and is not up, and no number beyond")
{
    fleet::View view = view_of(3, {3, 4});
    CHECK_FALSE(view.is_down(5));
    view.members = fleet::Nodes(0b111000);
    CHECK(view.is_down(5));
    CHECK_FALSE(view.is_down(3));
    CHECK_FALSE(view.is_down(4));
    CHECK_FALSE(view.is_down(6));
    CHECK_FALSE(view.is_down(255));
}
