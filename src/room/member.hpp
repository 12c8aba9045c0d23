// One member of a room, as the room remembers it.
#pragma once

#include "netplay/handshake.hpp"
#include "place_memory.hpp"
#include "room/snapshot.hpp"
#include "standing.hpp"
#include "state_intake.hpp"
#include "wire/netplay_decode.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace netplay_relay::room {

using wire::Frame;

// Since this protocol savestates may come in a container (protocol.md, "Savestates").
inline constexpr std::uint32_t wrapped_since = 7;
// Since this protocol there are chat, pings and settings.
inline constexpr std::uint32_t extras_since = 6;

// Words of the relay that wait for a member, and of each so many bytes.
inline constexpr std::size_t held_words_max = 4;
inline constexpr std::size_t held_text_max = 1024;

// The state that a member was given, until it is known whether it stays with it.
struct Given
{
    ConnectionId source;
    wire::Address prefix; // of the source
    Instant at{};
    Frame frame = 0;

    // What it consists of, for records; so with the others.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.source, self.prefix, self.frame);
        archive.times(self.at);
    }
};

// The others waited for it when that was weighed last.
struct Weighing
{
    Instant since{};
    Frame next = 0; // what was expected of it

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive.times(self.since);
        archive(self.next);
    }
};

// What it is to be told as soon as its frontend shows it, until then.
struct HeldWords
{
    std::string text;
    Instant until{};

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.text);
        archive.check(self.text.size() <= held_text_max);
        archive.times(self.until);
    }
};

struct Member : Standing
{
    // First what is looked at of every member whenever one of them says something.
    ConnectionId connection;
    std::uint32_t number = 0; // 1 to 31
    std::uint32_t ports = 0;
    Frame next = 0; // the frame of the INPUT we expect: see RoomState::expect()
    // It takes commands that name a frame only from this one on: serving a state, it jumped there.
    Frame minimum_frame = 0;
    bool gone = false; // is out; its record goes with the end of the call
    bool playing = false;
    bool synced = false; // false: waits for the state it begins with
    // It was synced without a state, to see how large its core's is, and gets one if that fits.
    bool fresh = false;
    bool on_trial = false;         // has not shown it yet
    bool leaving = false;          // has said SPECTATE, and plays until the clock is at `next`
    bool played_early = false;     // it has played frames before `seated_at`
    bool listed = false;           // as one with something outgoing
    bool asked_to_compare = false; // for the desync watch: the state itself is not wanted
    bool waits_for_place = false;  // it was told that there is none
    std::optional<wire::Play> wants_to_play; // waits until a MODE may be said, or for a place
    // When we asked for its state, if it has not begun to answer. One who played then may have
    // jumped ahead of us.
    std::optional<Instant> asked_at;
    Instant last_input{};
    std::uint64_t played_since = 0; // order of those who play: the least owns the clock
    std::optional<Weighing> weighed;
    std::vector<std::uint8_t> outgoing;
    std::vector<HeldWords> held_words;
    std::vector<wire::InputWords> held; // those before `next` that the clock has not come to
    wire::CommandStream stream;
    Instant heard_at{};          // any byte, last
    wire::InputWords last_words; // of the frame before `next`
    // Of a late input that is not what the others predicted; the least since that was counted.
    Frame repeats_from = std::numeric_limits<Frame>::max();
    Frame least_lead = 0; // how far it was ahead of the clock at least, since lead_from
    Frame lead_from = 0;
    netplay::Negotiated negotiated;
    MemberCounts counts;

    std::string nick;
    wire::Address prefix;
    Instant since{};
    bool acknowledges = true;      // false: what it was sent is repeated in vain
    Instant playing_since{};       // since then it plays
    bool out_of_step = false;      // it has loaded or reset by itself, and gets a state
    Frame seated_at = 0;           // the first frame that it plays
    std::optional<Instant> pinged; // asked then, and not answered yet
    std::optional<Duration> ping;
    Instant state_came_at = Instant::min(); // the last that was wanted

    std::uint64_t wished = 0;            // order of those who want to play
    std::optional<Place> old_place;      // it was here a moment ago
    Frame crc_told = 0;                  // desync watch: the frame of the last CRC it was told,
    Instant crc_told_at{};               // and when
    bool crc_agreed = false;             // its state was the spectator's before
    bool objects = false;                // to the CRC, and nothing is made of it yet
    Instant witness_at = Instant::min(); // its own state was compared last
    std::optional<Instant> mode_told_at; // while it played, and it has asked for no state since
    bool is_mute = false;                // as long as it was given no state behind its last request
    bool owed_state = false;     // asked for one that was not given, and asks no more until it is
    std::uint32_t core_size = 0; // of its savestate, if its trial has shown it, in bytes
    bool asked_as_player = false;
    unsigned late_states = 0; // given one after the other for frames that were over
    std::optional<StateIntake> intake;
    std::optional<Given> given;  // by somebody of another client prefix
    bool intake_compare = false; // it is for the desync watch

    // Takes part in what the others play, or waits for no more than its turn.
    [[nodiscard]] bool is_established() const { return synced && !fresh && !gone; }
    [[nodiscard]] bool awaits_state() const { return (!synced || fresh) && !gone; }
    // Plays on to its end, or has not come to its begin: soon its state will be one of the room's.
    [[nodiscard]] bool is_changing() const { return (leaving || played_early) && !gone; }

    // Within a call it may be gone and have something outgoing, but not in a record.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        Standing::fields(self, archive);
        archive(self.connection, self.number, self.nick, self.negotiated, self.stream, self.prefix,
                self.acknowledges, self.counts, self.synced, self.fresh, self.on_trial,
                self.playing, self.leaving, self.out_of_step, self.played_since, self.ports,
                self.seated_at, self.played_early, self.next, self.held, self.last_words,
                self.repeats_from, self.weighed, self.ping, self.least_lead, self.lead_from,
                self.wants_to_play, self.waits_for_place, self.wished, self.old_place,
                self.minimum_frame, self.crc_told, self.crc_agreed, self.objects, self.is_mute,
                self.owed_state, self.core_size, self.asked_as_player, self.asked_to_compare,
                self.late_states, self.intake, self.given, self.intake_compare, self.held_words);
        archive.times(self.since, self.heard_at, self.playing_since, self.last_input, self.pinged,
                      self.crc_told_at, self.mode_told_at, self.asked_at);
        archive(self.state_came_at, self.witness_at); // if ever
        archive.check(self.state_came_at != Instant::max());
        archive.check(self.held_words.size() <= held_words_max);
    }
};

} // namespace netplay_relay::room
