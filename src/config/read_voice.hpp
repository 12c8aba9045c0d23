// What the relay says in rooms: the key rooms.voice.
#pragma once

#include "config/fault_reader.hpp"
#include "room/voice_settings.hpp"

namespace netplay_relay::config {

void read_voice(FaultReader& reader, room::VoiceSettings& voice);

} // namespace netplay_relay::config
