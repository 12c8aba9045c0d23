// What the limits of one address leave to each worker of a process.
#include "lobby/address_shares.hpp"

#include "address_book.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <numeric>

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

wire::Address address(const std::string& text) { return *wire::parse_address(text); }

std::uint32_t drawn(std::uint64_t& chance, std::uint32_t below)
{
    chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::uint32_t>(chance >> 33U) % below;
}

// The books of the workers of a process, and whoever shares out among them.
struct Process
{
    AddressLimits limits;
    std::vector<AddressBook> books;
    Instant now{1h};

    Process(std::size_t workers, AddressLimits most) : limits(most)
    {
        for (std::size_t at = 0; at < workers; ++at) {
            books.emplace_back(workers);
            books.back().adopt(limits);
        }
    }

    void share()
    {
        std::vector<ShareUses> heavy;
        for (AddressBook& book : books)
            heavy.push_back(book.heavy(now));
        const auto networks = heavy_networks(heavy);
        std::vector<ShareUses> uses;
        for (const AddressBook& book : books)
            uses.push_back(book.uses_of(networks, now));
        const std::vector<NetworkShares> shares = share_out(limits, uses);
        for (std::size_t at = 0; at < books.size(); ++at)
            books[at].set_shares(std::make_shared<const NetworkShares>(shares[at]));
    }

    bool come(std::size_t at, const wire::Address& from)
    {
        if (!books[at].may_add(from, &NetworkUse::connections, limits.connections)) return false;
        books[at].add(from, &NetworkUse::connections);
        return true;
    }

    bool arrive(std::size_t at, const wire::Address& from, std::uint32_t per_second)
    {
        return books[at].admit_arrival(from, per_second, now);
    }

    [[nodiscard]] std::uint32_t has(const wire::Address& one) const
    {
        std::uint32_t sum = 0;
        for (const AddressBook& book : books)
            if (const auto use = book.uses().find(AddressKey::of(one)); use != book.uses().end())
                sum += use->second.connections;
        return sum;
    }
};

} // namespace

TEST_CASE("who has little anywhere has its equal part at each worker, and a few at least")
{
    const NetworkShare share = equal_part({128, 16, 100, 400}, 1, 3);
    CHECK(share.most == NetworkUse{43, 6});
    CHECK(share.arrivals == 34);
    CHECK(equal_part({128, 16, 100, 400}, 4, 4).most == NetworkUse{128, 16});
    CHECK(equal_part({6, 4, 10, 40}, 1, 8).most == NetworkUse{4, 2});
    CHECK(equal_part({2, 1, 0, 0}, 1, 8).most == NetworkUse{2, 1});
}

TEST_CASE("who has much is known to all: what it has, and an equal part of the rest")
{
    const wire::Network one = network_of(address("192.0.2.1"));
    std::vector<ShareUses> uses(3);
    uses[0][one] = {{40, 2}, 30, 1};
    uses[2][one] = {{10, 0}, 10, 1};
    const auto shares = share_out({100, 4, 100, 400}, uses);
    CHECK(shares[0].at(one).most == NetworkUse{57, 3});
    CHECK(shares[1].at(one).most == NetworkUse{16, 1});
    CHECK(shares[2].at(one).most == NetworkUse{27, 0});
    CHECK(shares[0].at(one).arrivals == 30 + 360.0 / 3); // it hosts
    CHECK(shares[1].at(one).arrivals_part == 0);
    CHECK(shares[0].at(one).arrivals_part == 0.75);
    CHECK(shares[1].at(one).hosts);
}

TEST_CASE(
    "who comes in a burst to one worker waits for its next share, and for no more than there is")
{
    Process process(4, {128, 16, 100, 400});
    const wire::Address player = address("10.0.0.1");
    CHECK_FALSE(
        process.books[1].waits_for_share(player, process.now, true)); // nothing is known of it
    int shared = 0;
    for (int count = 0; count < 128; ++count) {
        for (; process.books[1].waits_for_share(player, process.now, true); ++shared) {
            REQUIRE(shared < 20);
            CHECK(process.books[1].wants_shares());
            process.share();
        }
        REQUIRE(process.come(1, player));
    }
    CHECK(shared >= 3);
    CHECK_FALSE(process.books[1].waits_for_share(player, process.now, true)); // it has all
    CHECK_FALSE(process.come(1, player));
}

TEST_CASE("arrivals in a burst wait for their share of the rate")
{
    Process process(2, {1000, 16, 100, 400});
    const wire::Address player = address("10.0.0.1");
    REQUIRE(process.arrive(0, player, 50));
    for (int count = 1; count < 99; ++count) { // of the last one each worker has half
        for (int tries = 0; process.books[0].waits_for_share(player, process.now, true); ++tries) {
            REQUIRE(tries < 10);
            process.share();
        }
        REQUIRE(process.arrive(0, player, 50));
    }
    process.share();
    CHECK_FALSE(process.arrive(0, player, 50));
    process.now += 20ms;
    process.share();
    CHECK(process.arrive(0, player, 50));
}

TEST_CASE("nobody is refused who comes to one worker by chance, while others have next to nothing")
{
    Process process(4, {128, 16, 100, 400});
    const wire::Address player = address("10.0.0.1");
    for (int count = 0; count < 128; ++count) {
        REQUIRE(process.come(1, player));
        if (process.books[1].wants_shares()) process.share();
    }
    CHECK_FALSE(process.come(1, player));
    CHECK_FALSE(process.come(3, player)); // the others know
    process.books[1].remove(player, &NetworkUse::connections);
    process.share();
    CHECK((process.come(0, player) || process.come(1, player)));
    process.share();
    CHECK(process.has(player) == 128);
}

TEST_CASE("a network of many addresses is known to all as well")
{
    Process process(4, {8, 2, 100, 400});
    std::uint32_t let_in = 0;
    for (int number = 0; number < 64; ++number) { // of one /24: four times as much as one
        const wire::Address one = address("203.0.113." + std::to_string(number));
        for (std::size_t at = 0; at < 4; ++at) {
            let_in += process.come(at, one) ? 1U : 0U;
            process.share();
        }
    }
    CHECK(let_in == 32);
}

TEST_CASE("one address never has more than it may, but for what comes before it is known")
{
    std::uint64_t chance = 11;
    for (int round = 0; round < 200; ++round) {
        const std::size_t workers = 2 + drawn(chance, 7);
        const std::uint32_t limit = 1 + drawn(chance, 200);
        Process process(workers, {limit, 4, 100, 400});
        const wire::Address one = address("10.0.0.1");
        // A few for each worker where the limit has less for it.
        const auto slack = static_cast<std::uint32_t>(
            std::max<std::size_t>(limit + workers - 1, workers * least_connections));
        std::vector<std::uint32_t> has(workers);
        for (int step = 0; step < 2000; ++step) {
            const std::size_t at = drawn(chance, static_cast<std::uint32_t>(workers));
            if (drawn(chance, 3) == 0 && has[at] > 0) {
                process.books[at].remove(one, &NetworkUse::connections);
                --has[at];
            } else if (process.come(at, one)) {
                ++has[at];
            }
            if (drawn(chance, 10) == 0) process.share();
            REQUIRE(process.has(one) <= slack);
        }
    }
}

TEST_CASE("once it is known, not one more than it may is let in")
{
    std::uint64_t chance = 5;
    for (int round = 0; round < 100; ++round) {
        const std::size_t workers = 2 + drawn(chance, 7);
        Process process(workers, {100, 4, 100, 400});
        const wire::Address one = address("10.0.0.1");
        for (int count = 0; count < 20; ++count)
            (void)process.come(0, one);
        for (int step = 0; step < 1000; ++step) {
            if (drawn(chance, 4) == 0) process.share();
            (void)process.come(drawn(chance, static_cast<std::uint32_t>(workers)), one);
            REQUIRE(process.has(one) <= 100 + workers - 1);
        }
        process.share();
        CHECK(process.has(one) >= 100);
    }
}

TEST_CASE("the rate of an address holds for all workers together, at one or at all")
{
    constexpr std::uint32_t per_second = 50;
    const auto let_in = [](std::size_t first, std::size_t last) {
        Process process(4, {10000, 4, 2 * per_second, 8 * per_second});
        const wire::Address one = address("10.0.0.1");
        std::uint32_t count = 0;
        for (int step = 0; step < 1000; ++step) { // 10 s, 4 tries each 10 ms
            process.now += 10ms;
            for (std::size_t at = first; at <= last; ++at)
                for (std::size_t tries = 0; tries < 4 / (last - first + 1); ++tries)
                    count += process.arrive(at, one, per_second) ? 1U : 0U;
            if (step % 2 == 0) process.share();
        }
        return count;
    };
    const std::uint32_t allowed = 2 * per_second + 10 * per_second;
    CHECK(let_in(0, 3) <= allowed + 20);
    CHECK(let_in(0, 3) > allowed * 8 / 10);
    CHECK(let_in(2, 2) <= allowed + 20);
    CHECK(let_in(2, 2) > allowed * 8 / 10);
}

TEST_CASE("of very many that have much, those with most are known")
{
    ShareUses uses;
    for (std::uint32_t number = 0; number < shared_networks_max + 100; ++number) {
        wire::Address one = address("10.0.0.0");
        one.bytes[13] = static_cast<std::uint8_t>(number >> 16U);
        one.bytes[14] = static_cast<std::uint8_t>(number >> 8U);
        one.bytes[15] = static_cast<std::uint8_t>(number);
        uses[network_of(one)] = {{number, 0}, 0, 1};
    }
    const auto networks = heavy_networks(std::vector{uses});
    CHECK(networks.size() == shared_networks_max);
    CHECK(uses.at(networks.back()).use.connections == 100);
}
