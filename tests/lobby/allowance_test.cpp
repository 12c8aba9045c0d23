#include "base/allowance.hpp"

#include "record/archive.hpp"
#include "support/catch.hpp"

using namespace netplay_relay;
using namespace std::chrono_literals;

namespace {

constexpr Instant begin{1h};

unsigned spend_all(Allowance& allowance, Instant now)
{
    unsigned count = 0;
    while (allowance.spend(now))
        ++count;
    return count;
}

} // namespace

TEST_CASE("an allowance is spent and comes back")
{
    Allowance allowance(2, 3);
    for (int count = 0; count < 3; ++count)
        CHECK(allowance.spend(begin));
    CHECK_FALSE(allowance.spend(begin));
    const Instant next = allowance.next(begin);
    CHECK(next > begin + 499ms);
    CHECK(next < begin + 501ms);
    CHECK(allowance.spend(next));
    CHECK_FALSE(allowance.may_spend(next));
    CHECK(allowance.may_spend(begin + 10h));
    for (int count = 0; count < 3; ++count)
        CHECK(allowance.spend(begin + 10h));
    CHECK_FALSE(allowance.spend(begin + 10h));
}

TEST_CASE("who can spend need not wait, and who cannot knows until when")
{
    Allowance allowance(10, 5);
    CHECK(allowance.next(begin) == begin);
    CHECK(spend_all(allowance, begin) == 5);
    const Instant next = allowance.next(begin);
    CHECK(next > begin);
    CHECK(allowance.next(begin + 50ms) == next); // the moment stays where it is
    CHECK(allowance.next(begin + 1s) == begin + 1s);
    CHECK_FALSE(allowance.may_spend(next - 2us));
    CHECK(allowance.may_spend(next));
}

TEST_CASE(
    "another rate leaves what is spent as it is, and nothing is earned by time that goes back")
{
    Allowance allowance;
    CHECK_FALSE(allowance.spend(begin)); // of nothing
    allowance.change(1, 2);
    CHECK(spend_all(allowance, begin) == 2);
    allowance.change(1, 4);
    CHECK(spend_all(allowance, begin - 1h) == 2);
    allowance.change(1, 2);
    CHECK_FALSE(allowance.may_spend(begin - 1h + 2s));
    CHECK(allowance.may_spend(begin - 1h + 3s));
}

TEST_CASE("what was spent elsewhere counts here, and moves as a record")
{
    Allowance here(1, 4);
    Allowance there(1, 4);
    CHECK(there.spend(begin));
    CHECK(spend_all(here, begin) == 4);
    there.learn(here);
    CHECK_FALSE(there.may_spend(begin));

    record::Writer writer;
    writer(there);
    Allowance moved(1, 4);
    record::Reader reader(writer.bytes());
    reader(moved);
    CHECK(reader.is_complete());
    CHECK_FALSE(moved.may_spend(begin));
    CHECK(moved.may_spend(begin + 1s));

    Allowance small(1, 3); // it can never have spent so much
    record::Reader other(writer.bytes());
    other(small);
    CHECK(other.failed());
}
