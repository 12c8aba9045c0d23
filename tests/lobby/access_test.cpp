#include "lobby/limits.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::lobby;

namespace {

bool permits(const AccessList& list, std::string_view address)
{
    return list.permits(*wire::parse_address(address));
}

wire::Network network(std::string_view text) { return *wire::parse_network(text); }

} // namespace

TEST_CASE("an empty list permits everybody")
{
    CHECK(permits({}, "192.0.2.1"));
    CHECK(permits({}, "2001:db8::1"));
}

TEST_CASE("an allow list permits nobody else")
{
    const AccessList list{{network("192.0.2.0/24"), network("2001:db8::/32")}, {}};
    CHECK(permits(list, "192.0.2.255"));
    CHECK(permits(list, "2001:db8:1::"));
    CHECK_FALSE(permits(list, "192.0.3.0"));
    CHECK_FALSE(permits(list, "2001:db9::"));
}

TEST_CASE("a deny list wins over an allow list")
{
    const AccessList list{{network("192.0.2.0/24")}, {network("192.0.2.128/25")}};
    CHECK(permits(list, "192.0.2.127"));
    CHECK_FALSE(permits(list, "192.0.2.128"));
    CHECK_FALSE(permits(AccessList{{}, {network("0.0.0.0/0")}}, "192.0.2.1"));
    CHECK(permits(AccessList{{}, {network("0.0.0.0/0")}}, "2001:db8::1"));
}
