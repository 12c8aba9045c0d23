// Pauses after failures.
#include "outward/patience.hpp"
#include "support/catch.hpp"

namespace netplay_relay::outward {

using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("pauses double up to a limit, and begin anew after a success")
{
    Patience patience(seconds(1), minutes(5));
    for (const int expected : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300})
        CHECK((patience.after_failure(std::nullopt, 0) == seconds(expected)));
    CHECK(patience.failures() == 12);
    CHECK(patience.succeed());
    CHECK_FALSE(patience.succeed());
    CHECK((patience.after_failure(std::nullopt, 0) == seconds(1)));
}

TEST_CASE("a thousand failures make no pause of nothing")
{
    Patience patience(seconds(1), minutes(5));
    Patience::Duration pause{};
    for (int failures = 0; failures < 1000; ++failures)
        pause = patience.after_failure(std::nullopt, 0);
    CHECK((pause == minutes(5)));
}

TEST_CASE("chance makes a pause up to a quarter longer")
{
    for (const std::uint32_t chance : {1U, 100U, 255U, 256U, 4294967295U}) {
        Patience patience(seconds(8), minutes(5));
        const auto pause = patience.after_failure(std::nullopt, chance);
        CHECK((pause >= seconds(8)));
        CHECK((pause < seconds(10)));
    }
}

TEST_CASE("what the other side asks for is kept, up to an hour")
{
    Patience patience(seconds(1), minutes(5));
    CHECK((patience.after_failure(seconds(90), 0) == seconds(90)));
    CHECK((patience.after_failure(seconds(0), 0) == seconds(2)));
    CHECK((patience.after_failure(seconds(86400), 0) == std::chrono::hours(1)));
}

} // namespace netplay_relay::outward
