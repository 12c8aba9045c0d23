#include "rollback/seats.hpp"

#include "support/catch.hpp"

using namespace netplay_relay::rollback;

TEST_CASE("seats tell who plays which ports")
{
    Seats seats;
    CHECK(seats.players() == 0);
    seats.sit(3, 0b101);
    seats.sit(5, 0b100);
    CHECK(seats.players() == (1U << 3 | 1U << 5));
    CHECK(seats.ports_of(3) == 0b101);
    CHECK(seats.ports_of(5) == 0b100);
    CHECK(seats.clients[2] == (1U << 3 | 1U << 5));
    seats.leave(3);
    CHECK(seats.ports_of(3) == 0);
    CHECK(seats.players() == 1U << 5);
}

TEST_CASE("changes of seats hold from their frame on, in whatever order they are told")
{
    SeatHistory history(Seats{}, 10);
    history.change(20, [](Seats& seats) { seats.sit(1, 1); });
    history.change(30, [](Seats& seats) { seats.leave(1); });
    history.change(25, [](Seats& seats) { seats.sit(2, 2); });
    CHECK(history.at(19).players() == 0);
    CHECK(history.at(20).players() == 1U << 1);
    CHECK(history.at(24).players() == 1U << 1);
    CHECK(history.at(25).players() == (1U << 1 | 1U << 2));
    CHECK(history.at(30).players() == 1U << 2);
    CHECK(history.latest() == history.at(1000));
}

TEST_CASE("a change before all that is known holds for everything")
{
    SeatHistory history(Seats{}, 10);
    history.change(5, [](Seats& seats) { seats.sit(1, 1); });
    CHECK(history.at(4).players() == 1U << 1);
    CHECK(history.at(10).players() == 1U << 1);
}

TEST_CASE("frames that nobody asks for again are forgotten, what held there is not")
{
    SeatHistory history(Seats{}, 0);
    for (Frame frame = 1; frame < SeatHistory::changes_max; ++frame)
        history.change(frame, [&](Seats& seats) { seats.share_modes[0] = frame % 2; });
    CHECK(history.full());
    history.forget_before(200);
    CHECK_FALSE(history.full());
    CHECK(history.at(200).share_modes[0] == 0);
    CHECK(history.at(201).share_modes[0] == 1);
    history.forget_before(1000);
    CHECK(history.at(1000).share_modes[0] == 1);
}
