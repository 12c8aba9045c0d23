#include "state_trust.hpp"

#include "support/catch.hpp"

namespace netplay_relay::room {

namespace {

wire::Address prefix(unsigned number)
{
    wire::Address address;
    address.bytes[0] = 0x20;
    address.bytes[6] = static_cast<std::uint8_t>(number >> 8U);
    address.bytes[7] = static_cast<std::uint8_t>(number);
    return address;
}

constexpr Instant now{std::chrono::hours(1)};

} // namespace

TEST_CASE("whose state differed three times is no witness for ten minutes")
{
    StateTrust trust;
    for (unsigned time = 1; time <= lies_max; ++time) {
        CHECK(trust.may_witness(prefix(1), now));
        trust.note_lie(prefix(1), now);
        CHECK(trust.lies_of(prefix(1), now) == time);
        CHECK(trust.is_doubted(prefix(1), now));
    }
    CHECK_FALSE(trust.may_witness(prefix(1), now));
    CHECK(trust.may_witness(prefix(2), now));
    CHECK_FALSE(trust.is_doubted(prefix(2), now));
    CHECK_FALSE(trust.may_witness(prefix(1), now + trust_memory - std::chrono::seconds(1)));
    CHECK(trust.may_witness(prefix(1), now + trust_memory));
    trust.hear_no_more_of(prefix(2), now);
    CHECK_FALSE(trust.may_witness(prefix(2), now));
}

TEST_CASE("what is remembered of states has a limit, and is forgotten")
{
    StateTrust trust;
    for (unsigned number = 0; number < trust_max + 10; ++number)
        trust.note_lie(prefix(number), now);
    CHECK(trust.size() == trust_max);
    CHECK(trust.lies_of(prefix(trust_max + 1), now) == 0);
    trust.note_lie(prefix(0), now); // who is known is
    CHECK(trust.lies_of(prefix(0), now) == 2);
    trust.note_lie(prefix(trust_max + 1), now + trust_memory);
    CHECK(trust.size() == 1);
}

} // namespace netplay_relay::room
