// What the configuration says of games of Godot.
#include "faults.hpp"

namespace netplay_relay::config {

TEST_CASE("every key of parties is taken")
{
    const party::PartySettings parties = accepted(R"({"parties": {
        "parties": 1, "parties_per_address": 2, "peers": 3, "peers_per_address": 4,
        "packet_bytes": 5000, "kept_bytes_per_peer": 600000, "kept_mebibytes_in_all": 7,
        "messages_per_second": 80, "bytes_per_second": 90000, "hold_seconds": 0,
        "reserved_codes": [{"code": "game-club", "networks": ["192.0.2.0/24", "::1"]}],
        "origins": ["https://Example.org:443", "http://localhost:8080", "null"]}})")
                                             .policy.parties;
    party::PartySettings expected;
    expected.parties = 1;
    expected.parties_per_address = 2;
    expected.peers = 3;
    expected.peers_per_address = 4;
    expected.packet_bytes = 5000;
    expected.kept_bytes = 600000;
    expected.kept_bytes_in_all = 7U << 20U;
    expected.messages_per_second = 80;
    expected.bytes_per_second = 90000;
    expected.hold = std::chrono::seconds{0};
    expected.reserved = {{*party::parse_code("GAMECLUB"),
                          {*wire::parse_network("192.0.2.0/24"), *wire::parse_network("::1")}}};
    expected.origins = {"https://example.org", "http://localhost:8080", "null"};
    CHECK((parties == expected));
    CHECK(accepted(R"({"parties": {"parties": 0}})").policy.parties.parties == 0);
}

TEST_CASE("faults of parties")
{
    const auto check = [](const std::string& inside, const std::string& key,
                          const std::vector<std::string>& parts = {}) {
        check_fault("{\"parties\": {" + inside + "}}", "parties." + key, parts);
    };
    check(R"("parties": -1)", "parties", {"from 0 to 100000"});
    check(R"("parties_per_address": 0)", "parties_per_address");
    check(R"("peers": 1)", "peers", {"from 2 to 256, not 1"});
    check(R"("peers": 257)", "peers");
    check(R"("peers_per_address": 0)", "peers_per_address");
    check(R"("packet_bytes": 1835009)", "packet_bytes", {"from 1024 to 1835008"});
    check(R"("kept_bytes_per_peer": 1)", "kept_bytes_per_peer");
    check(R"("kept_mebibytes_in_all": 4096)", "kept_mebibytes_in_all", {"from 1 to 4095"});
    check(R"("messages_per_second": 9)", "messages_per_second");
    check(R"("bytes_per_second": 16383)", "bytes_per_second");
    check(R"("hold_seconds": 3601)", "hold_seconds");
    check(R"("rooms": 1)", "rooms", {"known are: "});
}

TEST_CASE("faults of reserved codes")
{
    const auto check = [](const std::string& codes, const std::string& key,
                          const std::vector<std::string>& parts = {}) {
        check_fault("{\"parties\": {\"reserved_codes\": [" + codes + "]}}",
                    "parties.reserved_codes" + key, parts);
    };
    const std::string networks = R"("networks": ["192.0.2.7"])";
    check("{" + networks + "}", "[0].code", {"must be there"});
    for (const std::string code : {"", "SEVENTY", "TOO-LONG-CODE", "C0DE-C0DE"})
        check("{\"code\": \"" + code + "\", " + networks + "}", "[0].code", {"8 letters of A-Z"});
    check(R"({"code": "GAME-CLUB"})", "[0].networks", {"at least one network"});
    check(R"({"code": "GAME-CLUB", "networks": []})", "[0].networks", {"at least one network"});
    check(R"({"code": "GAME-CLUB", "networks": ["home"]})", "[0].networks[0]");
    const std::string one = R"({"code": "GAME-CLUB", )" + networks + "}";
    check(one + ", " + R"({"code": "gameclub", )" + networks + "}", "[1].code",
          {"must not be reserved twice"});
}

TEST_CASE("an origin is a scheme and a host, perhaps with a port")
{
    for (const std::string origin : {"", "*", "example.org", "ftp://example.org", "https://",
                                     "https://:8080", "https://a:", "https://example.org/",
                                     "https://example.org/game", "https://a b", "https://:443"})
        check_fault("{\"parties\": {\"origins\": [\"" + origin + "\"]}}", "parties.origins[0]",
                    {"the origin of a web page", "without a path"});
    check_fault(R"({"parties": {"origins": "https://example.org"}})", "parties.origins",
                {"a list"});
}

TEST_CASE("proxies that are trusted are networks")
{
    const Config config = accepted(R"({"trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]})");
    REQUIRE(config.policy.trusted_proxies.size() == 2);
    CHECK((config.policy.trusted_proxies[1] == *wire::parse_network("10.0.0.0/8")));
    check_fault(R"({"trusted_proxies": ["nginx"]})", "trusted_proxies[0]",
                {"an address or network"});
}

TEST_CASE("a PROXY header needs proxies that are trusted")
{
    const std::string wanted = R"("proxy_protocol": true)";
    CHECK(accepted(R"({"trusted_proxies": ["127.0.0.1"], )" + wanted + "}").policy.proxy_protocol);
    CHECK_FALSE(accepted("{}").policy.proxy_protocol);
    check_fault("{" + wanted + "}", "proxy_protocol", {"trusted_proxies"});
    check_fault(R"({"proxy_protocol": "v2"})", "proxy_protocol");
}

} // namespace netplay_relay::config
