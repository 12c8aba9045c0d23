#include "config/read_voice.hpp"

#include "room/voice_text.hpp"

#include <optional>
#include <string>

namespace netplay_relay::config {

namespace {

void read_phrase(FaultReader& reader, const room::PhraseRule& rule, room::VoiceSettings& voice)
{
    std::optional<std::string> problem;
    reader.text(rule.key, "a text", [&](const std::string& text) {
        problem = room::problem_of(text, rule);
        if (!problem) voice.texts[static_cast<std::size_t>(rule.phrase)] = text;
        return true;
    });
    if (problem) reader.fault(rule.key, *problem);
}

} // namespace

void read_voice(FaultReader& reader, room::VoiceSettings& voice)
{
    reader.flag("enabled", voice.enabled);
    const auto rules = room::phrase_rules();
    for (const room::PhraseRule& rule : rules.first<room::farewells_begin>())
        read_phrase(reader, rule, voice);
    reader.object("farewells", [&](FaultReader& farewells) {
        for (const room::PhraseRule& rule : rules.subspan<room::farewells_begin>())
            read_phrase(farewells, rule, voice);
    });
}

} // namespace netplay_relay::config
