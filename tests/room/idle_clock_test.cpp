#include "dialogue.hpp"

#include <algorithm>

// Rooms without players: their frames come in batches, and what they cost has a limit.
namespace netplay_relay::room {

namespace {

Visit of_household(unsigned household, std::uint32_t content)
{
    Visit visit;
    visit.game.content_crc = content;
    visit.admission.address = address_of(("10.0." + std::to_string(household) + ".1").c_str());
    return visit;
}

// Parcels in that time.
std::size_t told_in(Dialogue& hall, Duration duration)
{
    std::size_t parcels = 0;
    const Instant until = hall.now + duration;
    for (auto due = hall.hall.next_deadline(); due && *due <= until;
         due = hall.hall.next_deadline()) {
        hall.now = std::max(hall.now, *due);
        hall.carry_out([&](Outcome& out) {
            hall.hall.tick(hall.now, out);
            parcels += out.parcels.size();
        });
    }
    hall.now = until;
    return parcels;
}

// As many of that household in a room of its own, watching.
void sit(Dialogue& hall, unsigned household, unsigned room, unsigned members)
{
    for (unsigned n = 0; n < members; ++n)
        hall.joins("m" + std::to_string(room) + "." + std::to_string(n),
                   of_household(household, room + 1));
}

} // namespace

TEST_CASE("spectators of a room without players are told of several frames at once")
{
    Dialogue hall;
    hall.joins("ann");
    hall.passes(1s);
    const Frame begin = hall.frame();
    CHECK(told_in(hall, 10s) <= 100);
    CHECK(hall.frame() >= begin + 593);
    CHECK(hall.frame() <= begin + 607);
    CHECK(hall["ann"].server() == hall.frame());
}

TEST_CASE("who joins or plays in a room without players does not wait for a batch")
{
    Dialogue hall;
    hall.joins("ann");
    hall.passes(10s);
    const Instant before = hall.now;
    hall.joins("bob");
    hall.plays("bob");
    CHECK(hall["bob"].is_playing());
    CHECK(hall.now == before);
    hall.sends("bob", 5);
    CHECK(hall.look("bob").frames_ahead == 0);
}

TEST_CASE("the more members there are in rooms without players, the larger are their batches")
{
    Dialogue hall;
    constexpr unsigned rooms = 120, members = 7; // a room lets in no more so fast
    for (unsigned room = 0; room < rooms; ++room)
        sit(hall, room / 4, room, members);
    hall.passes(3s);
    const std::size_t told = told_in(hall, 10s);
    CHECK(told <= 10 * idle_batches_per_second * 11 / 10);
    CHECK(told >= 10 * idle_batches_per_second * 8 / 10);
    for (const RoomSnapshot& room : hall.hall.look())
        CHECK(room.frame >= 700);
    // With all of them gone the last room is as it was.
    hall.carry_out([&](Outcome& out) { hall.hall.close_all(hall.now, out); });
    hall.joins("ann");
    hall.passes(1s);
    CHECK(told_in(hall, 1s) >= 9);
}

TEST_CASE("one address has so many members in rooms without players, and others theirs")
{
    Dialogue hall;
    for (unsigned room = 10; room < 14; ++room)
        sit(hall, 1, room, 7);
    sit(hall, 1, 14, 4);
    hall.comes("more", of_household(1, 4));
    CHECK(hall.end_of("more") == MemberEnd::address_idle_full);
    hall.joins("other", of_household(2, 4));
    hall.plays("other");
    hall.comes("more", of_household(1, 4)); // somebody plays there
    CHECK(hall.end_of("more") == std::nullopt);
    hall.leaves("m14.3");
    hall.joins("again", of_household(1, 5));
}

TEST_CASE("members who come and go do not stop the clock of a room without players")
{
    Dialogue hall;
    hall.joins("ann");
    hall.joins("bob");
    const Frame begin = hall.frame();
    for (int round = 0; round < 100; ++round) {
        hall.plays("bob");
        hall.watches("bob");
        hall.passes(50ms);
    }
    CHECK(hall.frame() >= begin + 200);
}

} // namespace netplay_relay::room
