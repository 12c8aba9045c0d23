#include "net/tally.hpp"
#include "record/archive.hpp"
#include "support/catch.hpp"

using namespace netplay_relay;
using namespace std::chrono_literals;

namespace {

lobby::RoomEvent room_event(room::RoomEventKind kind, Duration duration = {})
{
    lobby::RoomEvent event;
    event.event.kind = kind;
    event.event.duration = duration;
    return event;
}

std::uint64_t count_of(const HistogramView& view)
{
    std::uint64_t count = 0;
    for (const std::uint64_t one : view.counts)
        count += one;
    return count;
}

} // namespace

TEST_CASE("What the lobby tells of is counted")
{
    net::Tally tally;
    lobby::LinkOpened opened;
    opened.waited = 300ms;
    tally.count(opened);
    lobby::LinkClosed closed;
    closed.age = 90s;
    tally.count(closed);
    tally.count(lobby::WithoutPort{});
    tally.count(room_event(room::RoomEventKind::desync));
    tally.count(room_event(room::RoomEventKind::held_up, 3s));
    tally.count(lobby::SessionOpened{});
    CHECK(tally.waited_for_host.view().sum_seconds == 0.3);
    CHECK(tally.waited_for_host.view().counts[3] == 1);
    CHECK(tally.link_life.view().sum_seconds == 90);
    CHECK(tally.link_life.view().counts[3] == 1);
    CHECK(tally.without_port == 1);
    CHECK(tally.room_events[static_cast<std::size_t>(room::RoomEventKind::desync)] == 1);
    CHECK(tally.held_up.view().sum_seconds == 3);
    CHECK(count_of(tally.held_up.view()) == 1);
}

TEST_CASE("All that is counted goes on elsewhere")
{
    net::Tally tally;
    tally.guest_round_trip.add(20ms);
    tally.turns.add(30us);
    tally.count(room_event(room::RoomEventKind::held_up, 3s));
    tally.stood_still_ms = 7;
    record::Writer writer;
    writer(tally);
    record::Reader reader(writer.bytes());
    net::Tally other;
    reader(other);
    REQUIRE(reader.is_complete());
    CHECK(other.guest_round_trip == tally.guest_round_trip);
    CHECK(other.turns == tally.turns);
    CHECK(other.held_up == tally.held_up);
    CHECK(other.room_events == tally.room_events);
    CHECK(other.stood_still_ms == 7);
}

TEST_CASE("The longest turn is forgotten after a minute or two, whoever asks")
{
    net::LongestLately lately;
    const Instant start{1h};
    CHECK(lately.longest(start) == 0s);
    lately.note(1ms, start);
    lately.note(9ms, start + 10s);
    lately.note(2ms, start + 20s);
    CHECK(lately.longest(start + 59s) == 9ms);
    lately.note(3ms, start + 61s);
    CHECK(lately.longest(start + 61s) == 9ms);
    CHECK(lately.longest(start + 61s) == 9ms);
    lately.note(1ms, start + 122s);
    CHECK(lately.longest(start + 122s) == 3ms);
    // Nothing was going on meanwhile.
    CHECK(lately.longest(start + 200s) == 1ms);
    CHECK(lately.longest(start + 300s) == 0s);
    lately.note(4ms, start + 400s);
    CHECK(lately.longest(start + 400s) == 4ms);
}
