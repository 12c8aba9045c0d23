#include "script.hpp"

#include <algorithm>

// Rooms without players: their frames come in batches, and what they cost has a limit.
namespace netplay_relay::room {

namespace {

Visit of_prefix(unsigned prefix, std::uint32_t content)
{
    Visit visit;
    visit.game.content_crc = content;
    visit.admission.address = address_of(("10.0." + std::to_string(prefix) + ".1").c_str());
    return visit;
}

// Messages in that time.
std::size_t told_in(Script& script, Duration duration)
{
    std::size_t messages = 0;
    const Instant until = script.now + duration;
    for (auto due = script.manager.next_deadline(); due && *due <= until;
         due = script.manager.next_deadline()) {
        script.now = std::max(script.now, *due);
        script.carry_out([&](Output& out) {
            script.manager.tick(script.now, out);
            messages += out.messages.size();
        });
    }
    script.now = until;
    return messages;
}

// As many of that client prefix in a room of its own, watching.
void sit(Script& script, unsigned prefix, unsigned room, unsigned members)
{
    for (unsigned n = 0; n < members; ++n)
        script.joins("m" + std::to_string(room) + "." + std::to_string(n),
                     of_prefix(prefix, room + 1));
}

} // namespace

TEST_CASE("spectators of a room without players are told of several frames at once")
{
    Script script;
    script.joins("ann");
    script.passes(1s);
    const Frame begin = script.frame();
    CHECK(told_in(script, 10s) <= 100);
    CHECK(script.frame() >= begin + 593);
    CHECK(script.frame() <= begin + 607);
    CHECK(script["ann"].server() == script.frame());
}

TEST_CASE("who joins or plays in a room without players does not wait for a batch")
{
    Script script;
    script.joins("ann");
    script.passes(10s);
    const Instant before = script.now;
    script.joins("bob");
    script.plays("bob");
    CHECK(script["bob"].is_playing());
    CHECK(script.now == before);
    script.sends("bob", 5);
    CHECK(script.look("bob").frames_ahead == 0);
}

TEST_CASE("the more members there are in rooms without players, the larger are their batches",
          "[crowd]")
{
    Script script;
    constexpr unsigned rooms = 120, members = 7; // a room lets in no more so fast
    for (unsigned room = 0; room < rooms; ++room)
        sit(script, room / 4, room, members);
    script.passes(3s);
    const std::size_t told = told_in(script, 10s);
    CHECK(told <= 10 * idle_batches_per_second * 11 / 10);
    CHECK(told >= 10 * idle_batches_per_second * 8 / 10);
    for (const RoomSnapshot& room : script.manager.look())
        CHECK(room.frame >= 700);
    // With all of them gone the last room is as it was.
    script.carry_out([&](Output& out) { script.manager.close_all(script.now, out); });
    script.joins("ann");
    script.passes(1s);
    CHECK(told_in(script, 1s) >= 9);
}

TEST_CASE("one address has so many members in rooms without players, and others theirs")
{
    Script script;
    for (unsigned room = 10; room < 14; ++room)
        sit(script, 1, room, 7);
    sit(script, 1, 14, 4);
    script.comes("more", of_prefix(1, 4));
    CHECK(script.end_of("more") == CloseReason::address_idle_full);
    script.joins("other", of_prefix(2, 4));
    script.plays("other");
    script.comes("more", of_prefix(1, 4)); // somebody plays there
    CHECK(script.end_of("more") == std::nullopt);
    script.leaves("m14.3");
    script.joins("again", of_prefix(1, 5));
}

TEST_CASE("members who come and go do not stop the clock of a room without players")
{
    Script script;
    script.joins("ann");
    script.joins("bob");
    const Frame begin = script.frame();
    for (int round = 0; round < 100; ++round) {
        script.plays("bob");
        script.watches("bob");
        script.passes(50ms);
    }
    CHECK(script.frame() >= begin + 200);
}

} // namespace netplay_relay::room
