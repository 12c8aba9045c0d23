#include "fleet/head.hpp"

#include "record/envelope.hpp"
#include "support/catch.hpp"

using namespace netplay_relay;
using namespace std::chrono_literals;
using fleet::Verdict;

namespace {

fleet::Head hop()
{
    fleet::Head head{fleet::Purpose::hop, 3, 7, Instant{123456789ns}, {77}, 1000, {}, {}};
    head.place.key = 99;
    return head;
}

} // namespace

TEST_CASE("a head comes as it was sent")
{
    const fleet::Head beats{fleet::Purpose::beat, 0, 19, Instant{-5ns}, {}, 0, {}, {}};
    fleet::Head question{fleet::Purpose::ask, 4, 5, Instant{1ns}, {}, 0, {}, {}};
    question.wanted = fleet::Wanted::bans;
    const fleet::LinkPlace place{99, 1ULL << 40U, 7};
    const fleet::Head resumed{fleet::Purpose::resume, 4, 5, Instant{1ns}, {}, 0, {}, place};
    for (const fleet::Head& head : {hop(), beats, question, resumed}) {
        const auto read = fleet::decode_head(fleet::encode(head), head.to, 9);
        CHECK(read.verdict == Verdict::taken);
        CHECK(read.head == head);
    }
}

TEST_CASE("the place of a link is that of a hop, or of one that goes on")
{
    fleet::Head head = hop();
    SECTION("a hop without a key") { head.place = {}; }
    SECTION("a hop that has begun") { head.place.sent = 1; }
    SECTION("one that goes on, and nobody knows which")
    {
        head.purpose = fleet::Purpose::resume;
        head.record_size = 0;
        head.place = {};
    }
    CHECK(fleet::decode_head(fleet::encode(head), head.to, 9).verdict == Verdict::no_sense);
}

TEST_CASE("a head that cannot be taken is answered with the reason")
{
    fleet::Head head = hop();
    auto bytes = fleet::encode(head);
    std::uint8_t own = 7;
    Verdict expected = Verdict::no_sense;
    SECTION("another protocol") { bytes[0] = 'X'; }
    SECTION("another version of records")
    {
        ++bytes[4];
        expected = Verdict::other_version;
    }
    SECTION("no purpose") { bytes[6] = 0; }
    SECTION("an unknown purpose") { bytes[6] = 5; }
    SECTION("from no node") { bytes[7] = 20; }
    SECTION("from the node that it is for") { bytes[7] = 7; }
    SECTION("for another node")
    {
        own = 8;
        expected = Verdict::other_node;
    }
    SECTION("no record")
    {
        head.record_size = 0;
        bytes = fleet::encode(head);
    }
    SECTION("beats with a record")
    {
        head.purpose = fleet::Purpose::beat;
        bytes = fleet::encode(head);
    }
    SECTION("a record that is too long")
    {
        head.record_size = fleet::hop_record_max + 1;
        bytes = fleet::encode(head);
    }
    SECTION("a question for nothing")
    {
        head.purpose = fleet::Purpose::ask;
        head.record_size = 0;
        head.place = {};
        bytes = fleet::encode(head);
    }
    SECTION("a question for what there is not")
    {
        head.purpose = fleet::Purpose::ask;
        head.record_size = 0;
        head.place = {};
        head.wanted = fleet::Wanted::status;
        bytes = fleet::encode(head);
        REQUIRE(fleet::decode_head(bytes, own, 9).verdict == Verdict::taken);
        for (int wanted = 2; wanted <= 3; ++wanted) {
            CHECK(++bytes[21] == wanted);
            REQUIRE(fleet::decode_head(bytes, own, 9).verdict == Verdict::taken);
        }
        ++bytes[21];
    }
    SECTION("beats that are a question")
    {
        head.purpose = fleet::Purpose::beat;
        head.record_size = 0;
        head.place = {};
        head.wanted = fleet::Wanted::status;
        bytes = fleet::encode(head);
    }
    CHECK(fleet::decode_head(bytes, own, 9).verdict == expected);
}

TEST_CASE("who looks for another node is told whose number is here")
{
    fleet::Head head = hop();
    const auto verdict = [&] { return fleet::decode_head(fleet::encode(head), 3, 9).verdict; };
    head.from = 5;
    CHECK(verdict() == Verdict::other_node);
    head.from = 3;
    CHECK(verdict() == Verdict::same_number);
    CHECK(fleet::decode_head(fleet::encode(head), 3, 9).head == head);
    head.instance = 9;
    CHECK(verdict() == Verdict::itself);
    head.instance = 0; // the doctor, of that relay
    CHECK(verdict() == Verdict::same_number);
}

TEST_CASE("beats come one behind the other, cut anywhere")
{
    const std::vector<fleet::Beat> sent{{true, false, 77, {1, 2, ~0ULL}, 5, 6, true},
                                        {false, true, 0, {}}};
    std::vector<std::uint8_t> all;
    for (const fleet::Beat& beat : sent) {
        const auto bytes = fleet::encode(beat);
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    std::vector<std::uint8_t> bytes;
    std::vector<fleet::Beat> heard;
    for (const std::uint8_t byte : all) {
        bytes.push_back(byte);
        const fleet::ReadBeat read = fleet::take_beat(bytes);
        CHECK(read.makes_sense);
        if (read.beat) heard.push_back(*read.beat);
    }
    CHECK(heard == sent);
    CHECK(bytes.empty());
}

TEST_CASE("the longest beat can be read, and a longer one is none")
{
    fleet::Beat beat;
    beat.rooms.assign(fleet::told_rooms_max, 5);
    auto bytes = fleet::encode(beat);
    CHECK(bytes.size() == fleet::beat_size_bytes + fleet::beat_body_max);
    CHECK(fleet::take_beat(bytes).beat == beat);
    beat.rooms.push_back(5);
    bytes = fleet::encode(beat);
    CHECK_FALSE(fleet::take_beat(bytes).makes_sense);
    bytes.assign(fleet::beat_size_bytes + 27, 0);
    bytes[0] = 27;
    std::vector<std::uint8_t> least = bytes;
    REQUIRE(fleet::take_beat(least).beat);
    bytes[5] = 7;
    CHECK_FALSE(fleet::take_beat(bytes).makes_sense);
}

TEST_CASE("who a node is comes as it was sent, and nothing else is taken for it")
{
    const fleet::Introduction told{"1.2.3", 1'795'995'572'000, false, true};
    const std::string bytes = fleet::encode(told);
    CHECK(fleet::decode_introduction(bytes) == told);
    CHECK_FALSE(fleet::decode_introduction(bytes + "x"));
    CHECK_FALSE(fleet::decode_introduction(bytes.substr(1)));
    CHECK_FALSE(fleet::decode_introduction(""));
}

TEST_CASE("the size of an answer comes as it was sent")
{
    for (const std::size_t size : {std::size_t{0}, std::size_t{258}, fleet::answer_max + 1})
        CHECK(fleet::decode_answer_size(fleet::encode_answer_size(size)) == size);
}

TEST_CASE("each verdict has a word of its own")
{
    std::vector<std::string_view> words;
    for (std::uint8_t at = 0; at <= static_cast<std::uint8_t>(last_value(Verdict{})); ++at) {
        const std::string_view word = fleet::word(static_cast<Verdict>(at));
        CHECK_FALSE(word.empty());
        CHECK(std::ranges::find(words, word) == words.end());
        words.push_back(word);
        CHECK_FALSE(fleet::sentence(static_cast<Verdict>(at), std::nullopt, 3).empty());
    }
    CHECK(fleet::sentence(Verdict::other_node, 2, 3) == "the relay there is node 2, and not 3");
    CHECK_FALSE(fleet::sentence(static_cast<Verdict>(200), std::nullopt, 3).empty());
}
