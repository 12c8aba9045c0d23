#include "inspect/game_facts.hpp"

#include "inspect/game_notes.hpp"
#include "inspect/plain_text.hpp"
#include "wire/netplay_fields.hpp"

namespace netplay_relay::inspect {

namespace {

namespace id = wire::id;

std::string_view command_name(std::uint32_t command)
{
    switch (command) {
    case id::ack: return "ACK";
    case id::nak: return "NAK";
    case id::disconnect: return "DISCONNECT";
    case id::input: return "INPUT";
    case id::no_input: return "NOINPUT";
    case id::nick: return "NICK";
    case id::password: return "PASSWORD";
    case id::info: return "INFO";
    case id::sync: return "SYNC";
    case id::spectate: return "SPECTATE";
    case id::play: return "PLAY";
    case id::mode: return "MODE";
    case id::mode_refused: return "MODE_REFUSED";
    case id::crc: return "CRC";
    case id::request_savestate: return "REQUEST_SAVESTATE";
    case id::load_savestate: return "LOAD_SAVESTATE";
    case id::pause: return "PAUSE";
    case id::resume: return "RESUME";
    case id::stall: return "STALL";
    case id::reset: return "RESET";
    case id::netpacket: return "NETPACKET";
    case id::netpacket_broadcast: return "NETPACKET_BROADCAST";
    case id::flip_players: return "FLIP_PLAYERS";
    case id::chat: return "PLAYER_CHAT";
    case id::ping_request: return "PING_REQUEST";
    case id::ping_response: return "PING_RESPONSE";
    case id::allow_pausing: return "SETTING_ALLOW_PAUSING";
    case id::input_latency_frames: return "SETTING_INPUT_LATENCY_FRAMES";
    default: return "unknown";
    }
}

} // namespace

std::string_view to_text(Stage stage)
{
    switch (stage) {
    case Stage::header: return "header";
    case Stage::handshake: return "handshake";
    case Stage::game: return "game";
    case Stage::host_full: return "host_full";
    case Stage::host_denied: return "host_denied";
    case Stage::old_version: return "old_version";
    }
    return "unknown";
}

std::string_view to_text(End end) { return end == End::guest ? "guest" : "host"; }

EndFacts GameNotes::facts_of(const EndNotes& notes, bool has_frame, const Text& nick)
{
    EndFacts facts{plain_text(nick), notes.content_crc, std::nullopt};
    if (has_frame) facts.frame = notes.frame;
    return facts;
}

GameFacts GameNotes::facts() const
{
    GameFacts facts;
    facts.stage = stage;
    facts.protocol = protocol;
    facts.password_asked = password_asked;
    facts.core_name = plain_text(texts_->core_name);
    facts.core_version = plain_text(texts_->core_version);
    facts.guest = facts_of(guest_, guest_has_frame_, texts_->guest_nick);
    facts.host = facts_of(host_, host_has_frame_, texts_->host_nick);
    facts.content_differs = guest_.content_crc != 0 && host_.content_crc != 0 &&
                            guest_.content_crc != host_.content_crc;
    for (const Seat& seat : *seats_) {
        std::string nick = plain_text(seat.nick);
        // SYNC tells only numbers. In protocol 4 these are players: 0 may be anybody.
        if (nick.empty() && seat.number == 0 && protocol > 4) nick = facts.host.nick;
        facts.players.push_back({seat.number, std::move(nick)});
    }
    if (has_command_) facts.last_command = {command_name(last_command_), last_from_};
    facts.crcs = crcs_;
    facts.crc_mismatches = crc_mismatches_;
    facts.resyncs = resyncs_;
    facts.savestates = savestates_;
    if (savestates_ > 0)
        facts.last_savestate = {savestate_frame_, savestate_size_, savestate_from_};
    facts.resets = resets_;
    facts.pauses = pauses_;
    facts.chats = chats_;
    return facts;
}

} // namespace netplay_relay::inspect
