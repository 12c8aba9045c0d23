// What the relay says in rooms: texts with placeholders, and what is wrong with them.
#include "faults.hpp"

namespace netplay_relay::config {

namespace {

using room::Phrase;

std::string with(const std::string& key, const std::string& text)
{
    return R"({"rooms": {"voice": {")" + key + R"(": ")" + text + R"("}}})";
}

std::string text_of(const Config& config, Phrase phrase)
{
    return config.policy.rooms.voice.text(phrase);
}

} // namespace

TEST_CASE("texts of the voice are taken, and those left out keep theirs")
{
    const Config config = accepted(R"({"rooms": {"voice": {"enabled": false,
        "message_of_the_day": "hello {nick}\nthis is {core}, {{not} a placeholder",
        "all_wait_for": "",
        "farewells": {"slow_player": "bye, {nick}: {reason}"}}}})");
    CHECK_FALSE(config.policy.rooms.voice.enabled);
    CHECK(text_of(config, Phrase::message_of_the_day) ==
          "hello {nick}\nthis is {core}, {{not} a placeholder");
    CHECK(text_of(config, Phrase::all_wait_for).empty());
    CHECK(text_of(config, Phrase::slow_player) == "bye, {nick}: {reason}");
    CHECK(text_of(config, Phrase::late_inputs) == "late inputs: {nick}");
}

TEST_CASE("each text of the voice has a key and a place of its own")
{
    for (const room::PhraseRule& rule : room::phrase_rules()) {
        const bool is_farewell = static_cast<std::size_t>(rule.phrase) >= room::farewells_begin;
        const std::string voice = R"({")" + std::string(rule.key) + R"(": "mine"})";
        const Config config =
            accepted(R"({"rooms": {"voice": )" +
                     (is_farewell ? R"({"farewells": )" + voice + "}" : voice) + "}}");
        room::VoiceSettings expected;
        expected.texts[static_cast<std::size_t>(rule.phrase)] = "mine";
        CHECK((config.policy.rooms.voice == expected));
    }
}

TEST_CASE("a placeholder that a text cannot have is a fault with its key")
{
    check_fault(with("message_of_the_day", "hi {player}"), "rooms.voice.message_of_the_day",
                {"{player}", "known here are {nick}, {core}, {crc}"});
    check_fault(with("draining", "{nick}"), "rooms.voice.draining", {"{minutes}, {seconds}"});
    check_fault(with("all_wait_for", "{nick} {}"), "rooms.voice.all_wait_for", {"{}"});
    check_fault(with("all_wait_for", "{nick"), "rooms.voice.all_wait_for", {"without a }", "{{"});
    check_fault(R"({"rooms": {"voice": {"farewells": {"shutdown": "{Nick}"}}}})",
                "rooms.voice.farewells.shutdown", {"{Nick}"});
}

TEST_CASE("a text that no chat can hold is a fault with its key")
{
    check_fault(with("message_of_the_day", std::string(321, 'x')), "rooms.voice.message_of_the_day",
                {"at most 320 bytes"});
    check_fault(with("message_of_the_day", "a\\u0007b"), "rooms.voice.message_of_the_day",
                {"without control characters"});
    check_fault(with("message_of_the_day", "a\\u202eb"), "rooms.voice.message_of_the_day");
    check_fault(R"({"rooms": {"voice": {"all_wait_for": 7}}})", "rooms.voice.all_wait_for",
                {"must be a text, not 7", "in quotes"});
    check_fault(R"({"rooms": {"voice": {"farewells": {"slow_playr": ""}}}})",
                "rooms.voice.farewells.slow_playr", {"slow_player"});
}

TEST_CASE("the environment has the texts of the voice as well")
{
    const std::vector<std::string> variables{
        "NETPLAY_RELAY_ROOMS__VOICE__MESSAGE_OF_THE_DAY=welcome, {nick}",
        "NETPLAY_RELAY_ROOMS__VOICE__FAREWELLS__SHUTDOWN=back at nine",
        "NETPLAY_RELAY_ROOMS__VOICE__ENABLED=true"};
    const Parsed parsed = parse_config("{}", variables);
    INFO(lines_of(parsed.faults));
    REQUIRE(parsed.faults.empty());
    CHECK(text_of(parsed.config, Phrase::message_of_the_day) == "welcome, {nick}");
    CHECK(text_of(parsed.config, Phrase::shutdown) == "back at nine");
    const std::vector<std::string> wrong{"NETPLAY_RELAY_ROOMS__VOICE__DRAINING={hours}"};
    const Parsed faulty = parse_config("{}", wrong);
    REQUIRE(faulty.faults.size() == 1);
    CHECK(faulty.faults.front().key == "NETPLAY_RELAY_ROOMS__VOICE__DRAINING");
}

} // namespace netplay_relay::config
