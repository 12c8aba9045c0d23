#include "netplay/savestate.hpp"
#include "netplay/stream_checker.hpp"
#include "support/catch.hpp"
#include "wire/bytes.hpp"

#include <algorithm>
#include <memory>
#include <utility>

// States that come in a container, looked at while they arrive.
namespace netplay_relay::netplay {

namespace {

using wire::ByteVector;
using wire::joined;

ByteVector sparse_noise(std::size_t size)
{
    ByteVector bytes(size);
    std::uint32_t state = 7;
    for (std::uint8_t& byte : bytes) {
        state = state * 1664525 + 1013904223;
        byte = state >> 30 == 0 ? static_cast<std::uint8_t>(state >> 20) : 0;
    }
    return bytes;
}

struct Looked
{
    bool good = false;
    bool wrapped = false;
    std::size_t core_size = 0;
    std::uint32_t crc = 0;
    ByteVector bare;
};

// All of the stream, of which so much arrives at once.
Looked look(const ByteVector& stream, std::size_t size, StateForms forms, std::size_t piece)
{
    StreamChecker checker(size, forms);
    for (std::size_t known = 0; known < stream.size(); known += piece)
        (void)checker.check(std::span(stream).first(known), false, 1000);
    for (unsigned calls = 0; !checker.check(stream, true, 1000); ++calls)
        REQUIRE(calls < 100000);
    Looked looked{checker.is_good(), checker.is_wrapped(), checker.core_size(), checker.crc(), {}};
    CHECK(checker.bare_size() <= size + 1000);
    looked.bare = checker.take_bare();
    CHECK(checker.bare_size() == 0);
    return looked;
}

constexpr StateForms any_form{true, true};

} // namespace

TEST_CASE("a container is looked into as it comes, and what it holds is made a stream of its own")
{
    for (const std::size_t size : {0UL, 1UL, 7UL, 8UL, 4120UL, 100000UL}) {
        const ByteVector state = sparse_noise(size);
        const ByteVector wrapped = wrap_state(state);
        const ByteVector stream = compress(wrapped);
        for (const std::size_t piece : {1UL, 13UL, 1000000UL}) {
            if (piece == 1 && size > 10000) continue;
            INFO(size << " bytes by " << piece);
            const Looked looked = look(stream, wrapped.size(), any_form, piece);
            CHECK(looked.good);
            CHECK(looked.wrapped);
            CHECK(looked.core_size == size);
            CHECK(looked.crc == crc32(state));
            CHECK(decompress(looked.bare, size) == state);
        }
        CHECK(look(stream, wrapped.size(), {true, false}, 100000).bare.empty());
        const Looked bare = look(compress(state), size, any_form, 100000);
        CHECK(bare.good);
        CHECK_FALSE(bare.wrapped);
        CHECK(bare.core_size == size);
        CHECK(bare.crc == crc32(state));
        CHECK(bare.bare.empty()); // it is that already
    }
}

TEST_CASE("from who speaks an older protocol a container is a state like others")
{
    const ByteVector wrapped = wrap_state(sparse_noise(100));
    const Looked looked = look(compress(wrapped), wrapped.size(), {false, true}, 10);
    CHECK(looked.good);
    CHECK_FALSE(looked.wrapped);
    CHECK(looked.core_size == wrapped.size());
    CHECK(looked.crc == crc32(wrapped));
    CHECK(looked.bare.empty());
}

TEST_CASE("a container is good if unwrap_state() finds a state in it")
{
    const ByteVector state = sparse_noise(21);
    const ByteVector good = wrap_state(state);
    for (std::size_t cut = 0; cut <= good.size(); ++cut) {
        const ByteVector bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(cut));
        const Looked looked = look(compress(bytes), bytes.size(), any_form, 5);
        INFO(cut);
        CHECK(looked.wrapped == (cut >= 8));
        if (cut >= 8) CHECK(looked.good == unwrap_state(bytes).has_value());
        if (cut < 8) CHECK(looked.crc == crc32(bytes));
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
        ByteVector bytes = good;
        bytes[at] ^= 0x10;
        const Looked looked = look(compress(bytes), bytes.size(), any_form, 1000);
        const auto core = unwrap_state(bytes);
        INFO(at);
        CHECK(looked.good == (core.has_value() || !looked.wrapped));
        if (core) CHECK(looked.crc == crc32(*core));
    }
    const ByteVector more = joined(good, ByteVector(3, 9));
    CHECK(look(compress(more), more.size(), any_form, 1000).good);
    // A block that says it is longer than all, also with what fills it up to a multiple of 8.
    for (const std::uint8_t lowest : ByteVector{0xf1, 0xf8, 0xf9, 0xff}) {
        const ByteVector head(good.begin(), good.begin() + 8);
        const ByteVector block{'N', 'E', 'W', '!', lowest, 0xff, 0xff, 0xff};
        const ByteVector bytes =
            joined(joined(head, block), ByteVector(good.begin() + 8, good.end()));
        INFO(+lowest);
        CHECK(unwrap_state(bytes) == std::nullopt);
        CHECK_FALSE(look(compress(bytes), bytes.size(), any_form, 1000).good);
    }
}

TEST_CASE("a checker begun anew goes to where another one is, and both go on the same")
{
    ByteVector state = noise(90000);
    for (std::size_t at = 30000; at < 50000; ++at) // what can be made smaller, and what cannot
        state[at] = static_cast<std::uint8_t>(at * 2654435761U >> 13U);
    const bool wrapped = GENERATE(false, true);
    const ByteVector whole = wrapped ? wrap_state(state) : state;
    const ByteVector stream = compress(whole);
    const std::span<const std::uint8_t> all(stream);
    for (const std::size_t piece : {61UL, 997UL, 5000UL}) {
        for (const std::size_t step : {1UL, 3000UL, 40000UL}) {
            auto known = std::make_unique<StreamChecker>(whole.size(), any_form);
            std::size_t here = 0;
            for (unsigned calls = 0;; ++calls) {
                REQUIRE(calls < 10000);
                here = std::min(here + piece, all.size());
                const bool over = known->check(all.first(here), here == all.size(), step);
                const CheckerProgress progress = known->progress();
                if (over) break;
                if (calls % 5 != 0) continue;
                auto other = std::make_unique<StreamChecker>(whole.size(), any_form);
                REQUIRE(other->go_to(all.first(here), progress));
                REQUIRE(other->progress().used == progress.used);
                REQUIRE(other->progress().yielded == progress.yielded);
                REQUIRE(other->bare_size() == known->bare_size());
                REQUIRE(other->crc() == known->crc());
                known = std::move(other); // and from here on it is the one
            }
            INFO(piece << " " << step);
            CHECK(known->is_good());
            CHECK(known->crc() == crc32(state));
            const Looked looked = look(stream, whole.size(), any_form, piece);
            CHECK(known->take_bare() == looked.bare);
        }
    }
}

TEST_CASE("a checker goes nowhere where nobody can have been")
{
    const ByteVector state = noise(5000);
    const ByteVector stream = compress(state);
    const auto goes = [&](const ByteVector& bytes, const CheckerProgress& progress) {
        return StreamChecker(state.size()).go_to(bytes, progress);
    };
    CHECK(goes(stream, {}));
    CHECK_FALSE(goes(stream, {stream.size() + 1, 0, false, false, 0}));
    CHECK_FALSE(goes(stream, {0, 1, false, false, 0}));
    CHECK_FALSE(goes(stream, {10, 5000, false, false, 0}));
    CHECK_FALSE(goes(stream, {stream.size(), 5001, false, false, 0}));
    CHECK_FALSE(goes(ByteVector(100, 0xff), {100, 0, false, false, 0}));
    CHECK(goes(stream, {0, 0, true, false, 0})); // known to be bad
    CHECK_FALSE(goes(stream, {0, 0, true, true, 5000}));
}

} // namespace netplay_relay::netplay
