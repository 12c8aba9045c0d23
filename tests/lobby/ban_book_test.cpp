// What nodes tell each other of bans: in whatever order they hear it, they know the same.
#include "lobby/ban_book.hpp"

#include "record/archive.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>

using namespace netplay_relay;
using lobby::BanBook;
using lobby::BanEntry;

namespace {

constexpr std::int64_t now_ms = 1'795'995'572'000;
constexpr std::int64_t hour = 3'600;

wire::Network network(const std::string& text) { return wire::parse_network(text).value(); }

BanEntry ban(const std::string& where, std::int64_t changed_ms,
             std::optional<std::int64_t> until = std::nullopt)
{
    BanEntry entry;
    entry.network = network(where);
    entry.changed_ms = changed_ms;
    entry.until = until;
    entry.by = "uid 0";
    return entry;
}

BanEntry lifted(BanEntry entry, std::int64_t changed_ms)
{
    entry.lifted = true;
    entry.changed_ms = changed_ms;
    return entry;
}

wire::Network one_of_many(std::uint32_t number)
{
    const auto byte = [&](int at) { return std::to_string(number >> 8 * at & 0xFFU); };
    return network("10." + byte(2) + "." + byte(1) + "." + byte(0));
}

} // namespace

TEST_CASE("what was said later holds; at the same time the ban, and the longer one")
{
    const BanEntry early = ban("203.0.113.7", 10, 100);
    const BanEntry late = ban("203.0.113.7", 11, 50);
    CHECK(lobby::outdoes(late, early));
    CHECK_FALSE(lobby::outdoes(early, late));
    CHECK_FALSE(lobby::outdoes(early, early));
    CHECK(lobby::outdoes(lifted(early, 12), late));
    CHECK(lobby::outdoes(early, lifted(early, 10)));
    CHECK(lobby::outdoes(ban("203.0.113.7", 10), early));
    CHECK(lobby::outdoes(ban("203.0.113.7", 10, 101), early));
}

TEST_CASE("nodes that have heard the same in any order, or twice, know the same")
{
    std::mt19937 random(7);
    const auto any = [&](int most) { return std::uniform_int_distribution<>(0, most)(random); };
    for (int round = 0; round < 50; ++round) {
        std::vector<BanEntry> said;
        for (int at = 0; at < 12; ++at) {
            BanEntry entry = ban("203.0.113." + std::to_string(any(3)), now_ms + any(3),
                                 now_ms / 1000 + hour * (1 + any(2)));
            entry.lifted = any(1) == 0;
            entry.node = static_cast<std::uint8_t>(any(2));
            said.push_back(entry);
        }
        std::array<BanBook, 3> nodes;
        for (BanBook& node : nodes) {
            std::ranges::shuffle(said, random);
            for (const BanEntry& entry : said)
                (void)node.merge({entry}, now_ms);
            CHECK(node.merge(said, now_ms).news.empty());
            CHECK(node.all() == nodes[0].all());
            CHECK(node.digest() == nodes[0].digest());
        }
        CHECK(nodes[0].digest() != 0);
    }
}

TEST_CASE("a third node learns of a ban, and of its lifting, from one that has only heard of it")
{
    BanBook first;
    BanBook second;
    BanBook third;
    first.say(ban("203.0.113.0/24", 0), now_ms);
    CHECK(second.merge(first.all(), now_ms).news.size() == 1);
    CHECK(third.merge(second.all(), now_ms).news.size() == 1);
    second.say(lifted(ban("203.0.113.0/24", 0), 0), now_ms); // in the same millisecond
    CHECK(first.merge(third.all(), now_ms).news.empty());
    CHECK(third.merge(second.all(), now_ms).news.at(0).lifted);
    CHECK(first.merge(third.all(), now_ms).news.at(0).lifted);
    CHECK(second.merge(first.all(), now_ms).news.empty());
    CHECK(first.digest() == second.digest());
    CHECK(first.digest() == third.digest());
}

TEST_CASE("what is said here holds, though another clock was ahead")
{
    BanBook ahead;
    BanBook here;
    ahead.say(ban("203.0.113.7", 0), now_ms + 1000 * 23 * hour);
    (void)here.merge(ahead.all(), now_ms);
    here.say(lifted(ban("203.0.113.7", 0), 0), now_ms);
    CHECK(ahead.merge(here.all(), now_ms).news.at(0).lifted);
    CHECK(ahead.digest() == here.digest());
}

TEST_CASE("what is more than a day ahead is not taken before its time, so anybody may lift it")
{
    constexpr std::int64_t day = 24 * hour * 1000;
    constexpr std::int64_t last_ms = 253'402'300'799'000;
    const std::vector<BanEntry> told{ban("203.0.113.1", last_ms), ban("203.0.113.2", now_ms + day),
                                     ban("203.0.113.3", now_ms + day + 1)};
    BanBook here;
    const BanBook::Merged merged = here.merge(told, now_ms);
    CHECK(merged.refused == 2);
    REQUIRE(merged.news.size() == 1);
    CHECK(merged.news[0].network == network("203.0.113.2"));
    CHECK(here.merge(told, now_ms).refused == 2);
    here.say(lifted(ban("203.0.113.1", 0), 0), now_ms);
    CHECK(here.merge(told, now_ms + 1).refused == 1);
    CHECK(here.find(network("203.0.113.1"))->lifted);
    CHECK_FALSE(here.find(network("203.0.113.3"))->lifted);
    BanBook other; // whose clock is right, and that has heard it of one whose clock is not
    (void)other.merge(told, now_ms + day);
    CHECK(other.find(network("203.0.113.3")) != nullptr);
    CHECK(other.find(network("203.0.113.1")) == nullptr);
    CHECK(other.merge(here.all(), now_ms + day).refused == 0);
    CHECK(here.merge(other.all(), now_ms + day).refused == 0);
    CHECK(here.digest() == other.digest());
}

TEST_CASE("what is over is forgotten, and not heard again")
{
    BanBook book;
    const std::int64_t soon = now_ms / 1000 + 10;
    const std::int64_t month = std::chrono::milliseconds(lobby::lifted_for_good_kept).count();
    book.say(ban("203.0.113.1", 0, soon), now_ms);
    book.say(lifted(ban("203.0.113.2", 0, soon), 0), now_ms);
    book.say(lifted(ban("203.0.113.3", 0), 0), now_ms);
    book.say(ban("203.0.113.4", 0), now_ms);
    const auto all = book.all();
    book.forget_past(now_ms + 9'999);
    CHECK(book.size() == 4);
    book.forget_past(now_ms + 10'000);
    CHECK(book.size() == 2);
    CHECK(book.merge(all, now_ms + 10'000).news.empty());
    book.forget_past(now_ms + month);
    REQUIRE(book.size() == 1);
    CHECK(book.all()[0].network == network("203.0.113.4"));
}

TEST_CASE("there are no more than may be, and all nodes keep the same")
{
    std::vector<BanEntry> many;
    for (std::uint32_t at = 0; at < lobby::bans_max + 10; ++at) {
        BanEntry entry = ban("203.0.113.7", now_ms + at);
        entry.network = one_of_many(at);
        many.push_back(entry);
    }
    BanBook one;
    const BanBook::Merged merged = one.merge(many, now_ms);
    CHECK(merged.left_out.size() == 10);
    CHECK(merged.left_out[0] == one_of_many(0));
    CHECK(merged.news.size() == lobby::bans_max);
    CHECK(one.size() == lobby::bans_max);
    BanBook other;
    std::ranges::reverse(many);
    for (std::size_t at = 0; at < many.size(); at += 100)
        (void)other.merge(
            {many.begin() + static_cast<std::ptrdiff_t>(at),
             many.begin() + static_cast<std::ptrdiff_t>(std::min(at + 100, many.size()))},
            now_ms);
    CHECK(one.digest() == other.digest());
    for (const BanEntry& entry : many)
        one.say(lifted(entry, 0), now_ms + 100'000 + (entry.changed_ms - now_ms));
    CHECK(one.size() == lobby::lifted_bans_max);
}

TEST_CASE("what makes no sense is not taken, neither as bytes")
{
    BanEntry entry = ban("203.0.113.7", now_ms, now_ms / 1000 + hour);
    SECTION("before all clocks") { entry.changed_ms = -1; }
    SECTION("behind all clocks") { entry.changed_ms = std::numeric_limits<std::int64_t>::max(); }
    SECTION("an end that no clock tells")
    {
        entry.until = std::numeric_limits<std::int64_t>::max();
    }
    SECTION("a beginning that no clock tells") { entry.since = -5; }
    SECTION("too long a reason") { entry.reason.assign(lobby::order_text_max + 1, 'x'); }
    SECTION("everybody") { entry.network = network("0.0.0.0/0"); }
    SECTION("a network with an address in it") { entry.network.prefix_bits = 96 + 16; }
    CHECK_FALSE(entry.makes_sense());
    BanBook book;
    CHECK(book.merge({entry}, now_ms).news.empty());
    book.know(entry);
    CHECK(book.size() == 0);
    record::Writer writer;
    writer(std::vector<BanEntry>{entry});
    record::Reader reader(writer.bytes());
    std::vector<BanEntry> read;
    reader(read);
    CHECK_FALSE(reader.is_complete());
}
