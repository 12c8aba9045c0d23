#include "inspect/game_notes.hpp"

#include "wire/netplay_fields.hpp"
#include "wire/netplay_header.hpp"

#include <algorithm>

namespace netplay_relay::inspect {

namespace {

namespace id = wire::id;

template <std::size_t size>
std::array<std::uint8_t, size> take_text(wire::FieldReader& fields)
{
    std::array<std::uint8_t, size> text{};
    std::ranges::copy(fields.bytes(size), text.begin());
    return text;
}

constexpr std::size_t info_size = 4 + 2 * wire::core_field_size;
constexpr std::size_t mode_size = 60;

} // namespace

[[gnu::hot]] std::size_t GameNotes::payload_needed(std::uint32_t command) const
{
    switch (command) {
    case id::input:
    case id::crc:
    case id::load_savestate: return 8;
    case id::no_input: return 4;
    case id::nick: return wire::nick_field_size;
    case id::info: return info_size;
    case id::sync: return protocol == 4 ? wire::sync_4_size : wire::sync_size;
    case id::mode: return mode_size;
    default: return 0;
    }
}

[[gnu::hot]] bool GameNotes::note(End from, std::uint32_t command,
                                  std::span<const std::uint8_t> payload)
{
    has_command_ = true;
    last_command_ = command;
    last_from_ = from;
    wire::FieldReader fields(payload);
    switch (command) {
    case id::input: note_input(from, payload); break;
    case id::no_input: note_frame(from, fields.u32()); break;
    case id::nick: nick(from) = take_text<wire::nick_field_size>(fields); break;
    case id::info: note_info(from, payload); break;
    case id::sync: return note_sync(payload);
    case id::mode: return note_mode(payload);
    case id::crc: note_crc(); break;
    case id::request_savestate: note_request(from); break;
    case id::load_savestate: note_savestate(from, payload); break;
    case id::reset: ++resets_; break;
    case id::pause: ++pauses_; break;
    case id::chat: ++chats_; break;
    default: break;
    }
    return true;
}

// A host passes on the input of others as well; only its own tells how far it is.
[[gnu::hot]] void GameNotes::note_input(End from, Bytes payload)
{
    wire::FieldReader fields(payload);
    const wire::Frame frame = fields.u32();
    const std::uint32_t word = fields.u32();
    const bool is_hosts = protocol == 4 ? (word & wire::bit_31) != 0 : (word & 0xFFFF) == 0;
    if (from == End::guest || is_hosts) note_frame(from, frame);
}

GameNotes::Text& GameNotes::nick(End from)
{
    Texts& texts = texts_.change();
    return from == End::guest ? texts.guest_nick : texts.host_nick;
}

[[gnu::hot]] void GameNotes::note_frame(End from, wire::Frame frame)
{
    notes(from).frame = frame;
    (from == End::guest ? guest_has_frame_ : host_has_frame_) = true;
}

// An empty INFO says that nothing is loaded yet.
void GameNotes::note_info(End from, Bytes payload)
{
    if (payload.empty()) return;
    wire::FieldReader fields(payload);
    const bool crc_first = info_layout == wire::InfoLayout::crc_first;
    if (crc_first) notes(from).content_crc = fields.u32();
    texts_.change().core_name = take_text<wire::core_field_size>(fields);
    texts_.change().core_version = take_text<wire::core_field_size>(fields);
    if (!crc_first) notes(from).content_crc = fields.u32();
}

bool GameNotes::note_sync(Bytes payload)
{
    wire::FieldReader fields(payload);
    (void)fields.u32(); // frame
    const std::uint32_t word = fields.u32() & ~wire::bit_31;
    std::uint32_t players = 0;
    if (protocol == 4) {
        players = word;
        (void)fields.u32(); // where the players were flipped
        (void)fields.bytes(4 * wire::ports_max);
    } else {
        if (word == 0 || word >= wire::clients_max) return false;
        (void)fields.bytes(4 * wire::ports_max + wire::ports_max);
        for (std::size_t port = 0; port < wire::ports_max; ++port)
            players |= fields.u32();
    }
    nick(End::guest) = take_text<wire::nick_field_size>(fields);
    stage = Stage::game;
    seats_.reset();
    for (std::uint32_t number = 0; number < wire::clients_max; ++number)
        if ((players >> number & 1) != 0) seat(number, {});
    return true;
}

bool GameNotes::note_mode(Bytes payload)
{
    wire::FieldReader fields(payload);
    (void)fields.u32(); // frame
    const std::uint32_t word = fields.u32();
    const bool is_4 = protocol == 4;
    const std::uint32_t number = word & 0xFFFF;
    if (number >= wire::clients_max) return false;
    const bool you = (word & (is_4 ? wire::mode_4_you : wire::mode_you)) != 0;
    const bool playing = (word & (is_4 ? wire::mode_4_playing : wire::mode_playing)) != 0;
    Text nick{};
    if (!is_4) {
        (void)fields.bytes(4 + wire::ports_max);
        nick = take_text<wire::nick_field_size>(fields);
    } else if (you) {
        nick = texts_.value().guest_nick;
    }
    if (playing)
        seat(number, nick);
    else
        unseat(number);
    // Since RetroArch 1.21 a guest asks for a savestate because of such a thing, too.
    crc_unanswered_ = false;
    return true;
}

void GameNotes::note_crc()
{
    ++crcs_;
    crc_unanswered_ = true;
    crc_frame_ = host_.frame;
}

// A guest that finds another CRC than its own asks for the host's state; it says nothing else.
void GameNotes::note_request(End from)
{
    if (from != End::guest || !crc_unanswered_) return;
    crc_unanswered_ = false;
    if (host_.frame - crc_frame_ > crc_answer_frames) return;
    ++crc_mismatches_;
    mismatch_unanswered_ = true;
}

void GameNotes::note_savestate(End from, Bytes payload)
{
    wire::FieldReader fields(payload);
    ++savestates_;
    savestate_from_ = from;
    savestate_frame_ = fields.u32();
    savestate_size_ = fields.u32();
    if (from != End::host || !mismatch_unanswered_) return;
    mismatch_unanswered_ = false;
    ++resyncs_;
}

void GameNotes::seat(std::uint32_t number, const Text& nick)
{
    std::vector<Seat>& seats = seats_.change();
    const auto place = std::ranges::lower_bound(seats, number, {}, &Seat::number);
    if (place != seats.end() && place->number == number)
        place->nick = nick;
    else
        seats.insert(place, Seat{static_cast<std::uint8_t>(number), nick});
}

void GameNotes::unseat(std::uint32_t number)
{
    if (seats_.is_usual()) return;
    std::erase_if(seats_.change(), [&](const Seat& seat) { return seat.number == number; });
}

bool GameNotes::makes_sense() const
{
    const auto in_order = [](const Seat& one, const Seat& next) {
        return one.number < next.number;
    };
    return (protocol == 0 || (protocol >= 4 && protocol <= wire::protocol_newest)) &&
           seats_->size() <= wire::clients_max && std::ranges::is_sorted(*seats_, in_order) &&
           std::ranges::all_of(*seats_,
                               [](const Seat& seat) { return seat.number < wire::clients_max; });
}

} // namespace netplay_relay::inspect
