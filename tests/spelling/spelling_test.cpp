#include "spelling/spelling.hpp"

#include "support/catch.hpp"

#include <vector>

using netplay_relay::spelling::closest;
using netplay_relay::spelling::did_you_mean;

namespace {

const std::vector<std::string> keys{"access", "admin",       "doors", "limits",
                                    "listen", "public_name", "rooms", "public_port"};

} // namespace

TEST_CASE("a word with few mistakes is told")
{
    CHECK(closest("limit", keys) == "limits");
    CHECK(closest("Listen", keys) == "listen");
    CHECK(closest("lisent", keys) == "listen"); // two letters changed places
    CHECK(closest("publicname", keys) == "public_name");
    CHECK(closest("public-name", keys) == "public_name");
    CHECK(closest("PUBLIC_NAMES", keys) == "public_name");
    CHECK(closest("acess", keys) == "access");
    CHECK(closest("public_prot", keys) == "public_port");
    CHECK(closest("doors", keys) == "doors");
}

TEST_CASE("a beginning is told")
{
    CHECK(closest("adm", keys) == "admin");
    CHECK(closest("public", keys) == "public_name");
    CHECK(closest("ad", keys).empty());
}

TEST_CASE("what is like nothing is not guessed")
{
    for (const std::string& word :
         {std::string(), std::string("x"), std::string("zz"), std::string("banana"),
          std::string("no"), std::string(1000, 'a')})
        CHECK(closest(word, keys).empty());
    CHECK(closest("limit", {}).empty());
    CHECK(did_you_mean("banana", keys).empty());
    CHECK(did_you_mean("limit", keys) == "; did you mean \"limits\"?");
}
