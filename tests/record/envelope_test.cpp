#include "record/envelope.hpp"

#include "support/catch.hpp"

#include <optional>
#include <set>
#include <string_view>

namespace netplay_relay::record {

namespace {

using Bytes = std::vector<std::uint8_t>;

const Bytes body{'a', 'b', 0, 255};

std::optional<Fault> fault_of(Kind kind, const Bytes& sealed)
{
    const auto opened = open(kind, sealed);
    if (const auto* fault = std::get_if<Fault>(&opened)) return *fault;
    return std::nullopt;
}

} // namespace

TEST_CASE("what was sealed is opened again, as the kind that it is")
{
    for (const Bytes& one : {body, Bytes{}, Bytes(100'000, 7)}) {
        const Bytes sealed = seal(Kind::room, one);
        CHECK(sealed.size() == envelope_size + one.size());
        const auto opened = open(Kind::room, sealed);
        REQUIRE(std::holds_alternative<std::span<const std::uint8_t>>(opened));
        const auto within = std::get<std::span<const std::uint8_t>>(opened);
        CHECK(Bytes(within.begin(), within.end()) == one);
        CHECK(fault_of(Kind::session, sealed) == Fault::other_kind);
    }
}

TEST_CASE("a record that is cut or goes on is truncated")
{
    Bytes sealed = seal(Kind::connection, body);
    for (std::size_t size = 0; size < sealed.size(); ++size)
        CHECK(fault_of(Kind::connection,
                       Bytes(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size))) ==
              Fault::truncated);
    sealed.push_back(0);
    CHECK(fault_of(Kind::connection, sealed) == Fault::truncated);
}

TEST_CASE("damage of any byte is noticed")
{
    const Bytes sealed = seal(Kind::room, body);
    std::set<Fault> found;
    for (std::size_t at = 0; at < sealed.size(); ++at)
        for (int flip = 1; flip < 256; flip *= 2) {
            Bytes damaged = sealed;
            damaged[at] ^= static_cast<std::uint8_t>(flip);
            const auto fault = fault_of(Kind::room, damaged);
            INFO(at << " " << flip);
            REQUIRE(fault);
            found.insert(*fault);
        }
    CHECK(found == std::set{Fault::truncated, Fault::no_record, Fault::other_version,
                            Fault::other_kind, Fault::damaged});
}

TEST_CASE("a record of another version is not read, whatever it is")
{
    Bytes sealed = seal(Kind::room, body);
    sealed[5] = static_cast<std::uint8_t>(version + 1);
    CHECK(fault_of(Kind::room, sealed) == Fault::other_version);
    CHECK(fault_of(Kind::session, sealed) == Fault::other_version);
}

TEST_CASE("each fault has a word of its own")
{
    std::set<std::string_view> words;
    for (const Fault fault :
         {Fault::truncated, Fault::no_record, Fault::other_version, Fault::other_kind,
          Fault::damaged, Fault::nonsense, Fault::occupied}) {
        CHECK_FALSE(word(fault).empty());
        words.insert(word(fault));
    }
    CHECK(words.size() == 7);
}

} // namespace netplay_relay::record
