// Texts of the relay for members: placeholders, and how much a chat shows.
#include "room/voice_text.hpp"
#include "support/catch.hpp"
#include "text/text.hpp"

namespace netplay_relay::room {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

TEST_CASE("placeholders are filled in, and names of others are cleaned")
{
    CHECK(filled("{nick} of {core}, {{x} {", {{"nick", "a\nb\x1b\xff"}, {"core", "C"}}) ==
          "a?b?? of C, {x} {");
    CHECK(filled("{unknown}", {}).empty());
    CHECK(plain_name("Beetle PSX HW") == "Beetle PSX HW");
    CHECK(plain_name("see http://x\n\xff") == "see http???x??");
    CHECK(words_of_draining(VoiceSettings{}, 600s) == "this relay ends in 10 min");
    CHECK(words_of_draining(VoiceSettings{}, 601s) == "this relay ends in 11 min");
}

TEST_CASE("a core's name is no sentence and no link in the relay's mouth")
{
    CHECK(plain_name("FREE ROMS, join discord.gg now") == "FREE ROMS? join");
    CHECK(plain_name("discord.gg") == "discord?gg");
    CHECK(plain_name("evil1.com") == "evil1?com");
    CHECK(plain_name("Arcade (v0.2.97.44)") == "Arcade (v0.2.97.44)");
    CHECK(plain_name("Dr. M. .x x.") == "Dr. M. .x");
    CHECK(plain_name("  a  b  c  d") == "  a  b  c");
    CHECK(plain_name("").empty());
}

TEST_CASE("texts are cut into what a chat shows behind the relay's nick")
{
    CHECK(chat_line_max("netplay-relay") == 80);
    CHECK(chats_of("", "relay").empty());
    CHECK(chats_of(" \n \n", "relay").empty());
    const std::string letters(200, 'x');
    const std::string nick(31, 'n');
    CHECK(chats_of(letters, nick) == Words{std::string(62, 'x'), std::string(62, 'x'),
                                           std::string(62, 'x'), std::string(14, 'x')});
    std::string umlauts;
    for (int count = 0; count < 100; ++count)
        umlauts += "ü";
    for (const std::string& chat : chats_of(umlauts, "relay")) {
        CHECK(chat.size() <= chat_line_max("relay"));
        CHECK(text::plain(chat) == chat); // no half letters
    }
    CHECK(chats_of("a\x07"
                   "b\xffz",
                   "relay") == Words{"a?b?z"});
    CHECK(chats_of(std::string(80, 'a') + " b", "netplay-relay") ==
          Words{std::string(80, 'a'), "b"});
}

} // namespace netplay_relay::room
