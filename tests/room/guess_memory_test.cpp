#include "guess_memory.hpp"

#include "support/catch.hpp"

#include <string>

using namespace netplay_relay;
using namespace netplay_relay::room;
using namespace std::chrono_literals;

namespace {

wire::Address address(const std::string& text)
{
    return wire::client_prefix(wire::parse_address(text).value());
}

const wire::Address ann = address("192.0.2.1");
const wire::Address bob = address("192.0.2.2");

struct Watched
{
    Instant now{1h};
    GuessMemory guesses{free_guesses};

    Duration wait(const wire::Address& who) const
    {
        return std::max(guesses.next_turn(who, now), now) - now;
    }
    void guess(const wire::Address& who, unsigned count = 1)
    {
        for (; count > 0; --count)
            guesses.note_wrong(who, now);
    }
    // Guesses as fast as it may for so long; how often.
    unsigned guess_for(const std::vector<wire::Address>& all, Duration duration)
    {
        unsigned count = 0;
        for (const Instant end = now + duration; now < end; now += 100ms)
            for (const wire::Address& who : all)
                if (guesses.next_turn(who, now) <= now) {
                    guess(who);
                    ++count;
                }
        return count;
    }
};

std::vector<wire::Address> prefixes(unsigned count, const std::string& before = "198.51.")
{
    std::vector<wire::Address> all;
    for (unsigned at = 0; at < count; ++at)
        all.push_back(address(before + std::to_string(at / 250) + "." + std::to_string(at % 250)));
    return all;
}

} // namespace

TEST_CASE("the first wrong passwords cost nothing, and the next ones more and more")
{
    Watched all;
    all.guess(ann, free_guesses - 1);
    CHECK(all.wait(ann) == 0s);
    for (const auto delay : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
        all.guess(ann);
        CHECK(all.wait(ann) == delay);
        CHECK(all.wait(bob) == 0s);
        all.now += delay;
        CHECK(all.wait(ann) == 0s);
    }
    for (int more = 0; more < 100; ++more)
        all.guess(ann);
    CHECK(all.wait(ann) == 30s);
}

TEST_CASE("the right password, or some time, makes wrong ones forgotten")
{
    Watched all;
    all.guess(ann, free_guesses);
    all.guesses.note_right(ann, all.now);
    CHECK(all.wait(ann) == 0s);
    all.guess(ann, free_guesses - 1);
    CHECK(all.wait(ann) == 0s);
    all.guess(ann);
    CHECK(all.wait(ann) == 1s);
    all.now += guess_memory;
    all.guess(ann, free_guesses - 1);
    CHECK(all.wait(ann) == 0s);
    CHECK(all.guesses.size() == 1);
}

TEST_CASE("the same guess again is none, where they can be told apart")
{
    Watched all;
    for (int again = 0; again < 20; ++again)
        for (const std::uint64_t guess : {7U, 8U})
            all.guesses.note_wrong(ann, all.now, guess);
    CHECK(all.wait(ann) == 0s);
    all.guesses.note_wrong(ann, all.now, 9);
    CHECK(all.wait(ann) == 1s);
    all.now += guess_memory - 1s; // what does not count does not make it remembered for longer
    all.guesses.note_wrong(ann, all.now, 9);
    all.now += 1s;
    all.guesses.note_wrong(ann, all.now, 9);
    CHECK(all.wait(ann) == 0s);
}

TEST_CASE("thirty addresses have one guess a second")
{
    Watched all;
    const auto thirty = prefixes(30);
    CHECK(all.guess_for({thirty[0]}, 1min) == free_guesses + 5);
    CHECK(all.guess_for({thirty[0]}, 10min) <= 2 * 10 + 1);
    all.now += guess_memory;
    CHECK(all.guess_for(thirty, 1min) == 30 * (free_guesses + 5));
    const unsigned count = all.guess_for(thirty, 10min);
    CHECK(count > 500);
    CHECK(count <= 630);
    CHECK(all.wait(ann) == 0s);
}

TEST_CASE("a thousand addresses share what there is, and who has not guessed waits for none of it")
{
    Watched all;
    const auto thousand = prefixes(1000);
    all.guess_for(thousand, 2min);
    CHECK(all.guess_for(thousand, 5min) <= 2 * 300 + 1);
    CHECK(all.wait(ann) == 0s);
    all.guess(ann, free_guesses - 1); // nor do typing errors
    CHECK(all.wait(ann) == 0s);
}

TEST_CASE("one IPv6 network guesses as one, and those beside it hardly wait")
{
    Watched all;
    std::vector<wire::Address> house;  // a /56
    std::vector<wire::Address> street; // a /48
    for (int at = 0; at < 256; ++at) {
        std::array<char, 32> text{};
        std::snprintf(text.data(), text.size(), "2001:db8:1:1%02x::1", at);
        house.push_back(address(text.data()));
        std::snprintf(text.data(), text.size(), "2001:db8:2:%02x00::1", at);
        street.push_back(address(text.data()));
    }
    CHECK(all.guess_for(house, 1min) <= 3 * free_guesses + 7);
    CHECK(all.guess_for(house, 10min) <= 4 * 10 + 2);
    CHECK(all.wait(address("2001:db8:1:200::1")) <= 4s);
    CHECK(all.wait(address("2001:db8:3::1")) == 0s);
    CHECK(all.guess_for(street, 1min) <= 10 * free_guesses + 16);
    CHECK(all.guess_for(street, 10min) <= 15 * 10 + 2);
    CHECK(all.wait(address("2001:db8:3::1")) == 0s);
}

TEST_CASE("who has given the right password waits for nobody else's guesses")
{
    Watched all;
    const wire::Address friends = address("2001:db8:1:2::1");
    all.guesses.note_right(friends, all.now);
    for (int at = 3; at < 60; ++at)
        all.guess(address("2001:db8:1:" + std::to_string(at) + "::1"));
    CHECK(all.wait(friends) == 0s);
    CHECK(all.wait(address("2001:db8:1:100::1")) == 4s);
    all.guess(friends, free_guesses);
    CHECK(all.wait(friends) == 1s); // but for its own
    all.now += guess_memory;
    all.guesses.forget_who_was_right();
    for (int at = 3; at < 60; ++at)
        all.guess(address("2001:db8:1:" + std::to_string(at) + "::1"));
    CHECK(all.wait(friends) == 15s);
}

TEST_CASE("what is remembered has a limit, and beyond it all share")
{
    Watched all;
    const auto guess_from = [&](unsigned at) {
        all.guess(address("10." + std::to_string(at >> 16U) + "." +
                          std::to_string(at >> 8U & 255U) + "." + std::to_string(at & 255U)));
    };
    for (unsigned at = 0; at < guessers_max + 150; ++at)
        guess_from(at);
    CHECK(all.guesses.size() == guessers_max);
    CHECK(all.wait(ann) == 15s); // 150 of them, but for those that were saved
    for (unsigned at = 0; at < 400; ++at)
        guess_from(guessers_max + at);
    CHECK(all.wait(ann) == 30s); // and never longer
    all.guesses.note_right(bob, all.now);
    CHECK(all.wait(bob) == 0s);
    for (unsigned at = 0; at < known_max + 10; ++at)
        all.guesses.note_right(
            address("11.0." + std::to_string(at >> 8U) + "." + std::to_string(at & 255U)),
            all.now + 1s);
    CHECK(all.wait(bob) > 0s);
    all.now += guess_memory;
    all.guess(ann);
    CHECK(all.guesses.size() == 1);
}

TEST_CASE("a friend whose nick is known does not wait for who guesses behind its address")
{
    Watched watched;
    watched.guesses.note_right(ann, watched.now, "ann");
    watched.guess(ann, 20);
    CHECK(watched.wait(ann) > 20s);
    CHECK(watched.guesses.is_known(ann, watched.now));
    CHECK(watched.guesses.next_turn(ann, watched.now, "ann") <= watched.now);
    CHECK(watched.guesses.next_turn(ann, watched.now, "eve") > watched.now);
    // Not even with that nick may somebody guess for long.
    for (unsigned count = 0; count < free_guesses; ++count)
        watched.guesses.note_wrong(ann, watched.now, 0, "ann");
    CHECK(watched.guesses.next_turn(ann, watched.now, "ann") > watched.now);
    watched.guesses.note_right(ann, watched.now, "ann");
    CHECK(watched.guesses.next_turn(ann, watched.now, "ann") <= watched.now);
}
