#include "lobby/discovery.hpp"

#include "support/catch.hpp"

#include <set>
#include <string>

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

constexpr Instant beginning{1h};

std::string_view vpn_of(std::string_view text)
{
    const auto index = unanswered_vpn(*wire::parse_address(text));
    return index ? unanswered_vpn_at(*index).network : "";
}

wire::Address parsed(std::string_view text) { return *wire::parse_address(text); }

// 10.0.x.y
wire::Address numbered(std::size_t number)
{
    wire::Address made = parsed("10.0.0.0");
    made.bytes[14] = static_cast<std::uint8_t>(number >> 8);
    made.bytes[15] = static_cast<std::uint8_t>(number);
    return made;
}

// A responder, and what it is told to list.
struct Desk
{
    DiscoveryResponder responder;
    std::vector<wire::Advertisement> all;
    int looks = 0;

    explicit Desk(std::size_t games = 1, DiscoveryLimits limits = {}) : responder(limits)
    {
        for (std::size_t game = 0; game < games; ++game) {
            all.emplace_back();
            all.back().nick = static_cast<char>('a' + game);
        }
    }

    // The nick of the answer; empty if there is none.
    std::string ask(const wire::Address& source, Instant now, std::string_view datagram = "RANQ")
    {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(datagram.data());
        const auto answer = responder.answer(source, {bytes, datagram.size()}, now, [this] {
            ++looks;
            return all;
        });
        return answer ? answer->nick : "";
    }

    std::string ask(std::string_view source, Instant now, std::string_view datagram = "RANQ")
    {
        return ask(parsed(source), now, datagram);
    }

    [[nodiscard]] std::uint64_t ignored(DiscoveryIgnored reason) const
    {
        return responder.counts().ignored[static_cast<std::size_t>(reason)];
    }
};

} // namespace

TEST_CASE("only private sources are answered")
{
    for (const char* source :
         {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
          "192.168.255.255", "169.254.0.0", "169.254.255.255", "::ffff:10.0.0.1"}) {
        INFO(source);
        Desk desk;
        CHECK(desk.ask(source, beginning) == "a");
    }
    Desk desk;
    const std::vector<const char*> strangers{
        "9.255.255.255", "11.0.0.0",        "172.15.255.255", "172.32.0.0",  "192.167.255.255",
        "192.169.0.0",   "169.253.255.255", "169.255.0.0",    "127.0.0.1",   "0.0.0.0",
        "203.0.113.7",   "255.255.255.255", "224.0.0.1",      "100.64.0.1",  "::1",
        "::10.0.0.1",    "fe80::1",         "fd00::a00:1",    "2001:db8::1", "::"};
    for (const char* source : strangers) {
        INFO(source);
        CHECK(desk.ask(source, beginning).empty());
    }
    CHECK(desk.ignored(DiscoveryIgnored::not_private) == strangers.size());
    CHECK(desk.looks == 0);
    CHECK(desk.responder.sources() == 0);
}

TEST_CASE("loopback is answered where a test asks for it")
{
    DiscoveryLimits limits;
    limits.loopback = true;
    Desk desk(1, limits);
    CHECK(desk.ask("127.0.0.1", beginning) == "a");
    CHECK(desk.ask("128.0.0.1", beginning).empty());
}

TEST_CASE("what is no question of today is not answered, and costs its source nothing")
{
    Desk desk;
    std::string old = std::string("RANQ\0\0\0\5", 8) + std::string(516, '\0');
    for (const std::string& datagram : {std::string(), std::string("RAN"), std::string("RANS")})
        CHECK(desk.ask("10.0.0.1", beginning, datagram).empty());
    CHECK(desk.ask("10.0.0.1", beginning, old).empty());
    CHECK(desk.ignored(DiscoveryIgnored::malformed) == 3);
    CHECK(desk.ignored(DiscoveryIgnored::old_form) == 1);
    CHECK(desk.looks == 0);
    CHECK(desk.ask("10.0.0.1", beginning, "RANQ and more") == "a");
}

TEST_CASE("one answer a second for each source")
{
    Desk desk;
    CHECK(desk.ask("10.0.0.1", beginning) == "a");
    CHECK(desk.ask("10.0.0.1", beginning).empty());
    CHECK(desk.ask("10.0.0.2", beginning) == "a");
    CHECK(desk.ask("10.0.0.1", beginning + 999ms).empty());
    CHECK(desk.ask("10.0.0.1", beginning + 1s) == "a");
    CHECK(desk.ask("10.0.0.1", beginning + 1999ms).empty());
    CHECK(desk.ask("10.0.0.1", beginning + 2s) == "a");
    CHECK(desk.ignored(DiscoveryIgnored::too_fast) == 3);
    CHECK(desk.looks == 4);
}

TEST_CASE("fifty answers within any second, to all sources together")
{
    Desk desk;
    for (std::size_t number = 0; number < 30; ++number)
        CHECK(desk.ask(numbered(number), beginning) == "a");
    for (std::size_t number = 30; number < 50; ++number)
        CHECK(desk.ask(numbered(number), beginning + 600ms) == "a");
    CHECK(desk.ask(numbered(50), beginning + 999ms).empty());
    CHECK(desk.ignored(DiscoveryIgnored::too_many) == 1);
    // The first thirty are over, the other twenty not yet.
    for (std::size_t number = 50; number < 80; ++number)
        CHECK(desk.ask(numbered(number), beginning + 1s) == "a");
    CHECK(desk.ask(numbered(80), beginning + 1599ms).empty());
    CHECK(desk.ask(numbered(80), beginning + 1600ms) == "a");
}

TEST_CASE("who asks again and again leaves half of the answers to others")
{
    Desk desk;
    for (std::size_t number = 0; number < 50; ++number)
        CHECK(desk.ask(numbered(number), beginning) == "a");
    for (int second = 1; second < 10; ++second) {
        const auto now = beginning + std::chrono::seconds(second);
        std::size_t answered = 0;
        for (std::size_t number = 0; number < 50; ++number)
            answered += desk.ask(numbered(number), now).empty() ? 0U : 1U;
        CHECK(answered <= 25);
        CHECK(desk.ask(numbered(1000 + static_cast<std::size_t>(second)), now) == "a");
    }
}

TEST_CASE("a source hears of the games in turn, whatever others hear")
{
    Desk desk(3);
    std::string one;
    std::string other;
    for (int second = 0; second < 7; ++second) {
        one += desk.ask("10.0.0.1", beginning + second * 1s);
        if (second > 2) other += desk.ask("10.0.0.2", beginning + second * 1s);
    }
    CHECK(one == "abcabca");
    CHECK(other == "abca");
    desk.all.pop_back();
    desk.all.pop_back();
    CHECK(desk.ask("10.0.0.1", beginning + 1min) == "a");
}

TEST_CASE("nothing to list is looked for once a second")
{
    Desk desk(0);
    CHECK(desk.ask("10.0.0.1", beginning).empty());
    CHECK(desk.ask("10.0.0.1", beginning).empty());
    CHECK(desk.looks == 1);
    CHECK(desk.ignored(DiscoveryIgnored::nothing_to_list) == 1);
    CHECK(desk.ignored(DiscoveryIgnored::too_fast) == 1);
    desk.all.resize(1);
    desk.all.front().nick = "new";
    CHECK(desk.ask("10.0.0.1", beginning + 1s) == "new");
}

TEST_CASE("only so many sources are remembered, and none within its second is forgotten")
{
    Desk desk(2);
    Instant now = beginning;
    const std::size_t many = 3000;
    for (std::size_t number = 0; number < many; ++number, now += 20ms) {
        CHECK(desk.ask(numbered(number), now) == "a");
        CHECK(desk.ask(numbered(number), now).empty());
        CHECK(desk.responder.sources() <= 1024);
    }
    CHECK(desk.responder.sources() == 1024);
    now += 1s;
    CHECK(desk.ask(numbered(many - 1), now) == "b");
    CHECK(desk.ask(numbered(many - 1024), now) == "b");
    CHECK(desk.ask(numbered(many - 1025), now) == "a"); // forgotten, and so new again
}

TEST_CASE("whoever is answered again is not the next to be forgotten")
{
    DiscoveryLimits limits;
    limits.sources = 2;
    Desk desk(2, limits);
    CHECK(desk.ask("10.0.0.1", beginning) == "a");
    CHECK(desk.ask("10.0.0.2", beginning) == "a");
    CHECK(desk.ask("10.0.0.1", beginning + 1s) == "b");
    CHECK(desk.ask("10.0.0.3", beginning + 1s) == "a");
    CHECK(desk.ask("10.0.0.1", beginning + 2s) == "a");
    CHECK(desk.ask("10.0.0.2", beginning + 2s) == "a");
    CHECK(desk.responder.sources() == 2);
}

TEST_CASE("every datagram is counted once")
{
    Desk desk;
    CHECK(desk.ask("10.0.0.1", beginning) == "a");
    (void)desk.ask("10.0.0.1", beginning);
    (void)desk.ask("203.0.113.7", beginning);
    (void)desk.ask("10.0.0.2", beginning, "x");
    desk.all.clear();
    (void)desk.ask("10.0.0.2", beginning);
    DiscoveryCounts expected;
    expected.queries = 5;
    expected.answered = 1;
    expected.ignored = {1, 1, 0, 1, 0, 1};
    CHECK((desk.responder.counts() == expected));
}

TEST_CASE("each reason has a word of its own")
{
    std::set<std::string_view> words;
    for (std::size_t at = 0; at < discovery_ignored_count; ++at)
        words.insert(word(static_cast<DiscoveryIgnored>(at)));
    CHECK(words.size() == discovery_ignored_count);
    CHECK_FALSE(words.contains(""));
}

TEST_CASE("VPNs whose addresses frontends take for public ones are known")
{
    CHECK(vpn_of("25.0.0.1") == "25.0.0.0/8");
    CHECK(vpn_of("26.255.255.255") == "26.0.0.0/8");
    CHECK(vpn_of("100.64.0.0") == "100.64.0.0/10");
    CHECK(vpn_of("100.127.255.255") == "100.64.0.0/10");
    for (const char* other : {"24.255.255.255", "27.0.0.1", "100.63.255.255", "100.128.0.0",
                              "10.0.0.1", "192.168.1.2", "203.0.113.7", "::1", "fd00::1"})
        CHECK(vpn_of(other).empty());
    // They get no answer, which is why they are told of.
    Desk desk;
    CHECK(desk.ask(parsed("25.0.0.1"), beginning).empty());
    CHECK(desk.ask(parsed("100.64.0.1"), beginning).empty());
}
