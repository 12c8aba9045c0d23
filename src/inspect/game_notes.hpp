// What is kept of a game while its commands pass, as small as it can be kept; facts() spells it
// out.
#pragma once

#include "base/rare.hpp"
#include "inspect/game_facts.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace netplay_relay::inspect {

// A host that has gone on so many frames since its CRC was not asked for a savestate because of it.
inline constexpr std::uint32_t crc_answer_frames = 180;

class GameNotes
{
public:
    Stage stage = Stage::header;
    std::uint8_t protocol = 0; // must be set before the first command
    bool password_asked = false;
    wire::InfoLayout info_layout = wire::InfoLayout::crc_first;

    // How many bytes of a command's payload note() needs, if it has so many. At most 184.
    [[nodiscard]] std::size_t payload_needed(std::uint32_t command) const;

    // A command has begun to pass; `payload` has what payload_needed() says. The payload's size is
    // one that the command can have. False if it cannot be true. Takes memory only for a player not
    // seen before.
    [[nodiscard]] bool note(End from, std::uint32_t command, std::span<const std::uint8_t> payload);

    [[nodiscard]] GameFacts facts() const;
    // False for one that was taken from bytes and cannot be.
    [[nodiscard]] bool makes_sense() const;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.stage, self.protocol, self.password_asked, self.info_layout,
                self.guest_.content_crc, self.guest_.frame, self.guest_has_frame_,
                self.host_.content_crc, self.host_.frame, self.host_has_frame_, self.texts_,
                self.seats_, self.crc_unanswered_, self.mismatch_unanswered_, self.has_command_,
                self.last_from_, self.savestate_from_, self.last_command_, self.crc_frame_,
                self.savestate_frame_, self.savestate_size_, self.crcs_, self.crc_mismatches_,
                self.resyncs_, self.savestates_, self.resets_, self.pauses_, self.chats_);
    }

private:
    using Bytes = std::span<const std::uint8_t>;
    using Text = std::array<std::uint8_t, wire::nick_field_size>; // as sent

    // Nobody has said one when a link is joined.
    struct Texts
    {
        Text guest_nick{};
        Text host_nick{};
        Text core_name{};
        Text core_version{};

        bool operator==(const Texts&) const = default;

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.guest_nick, self.host_nick, self.core_name, self.core_version);
        }
    };

    struct EndNotes
    {
        std::uint32_t content_crc = 0;
        wire::Frame frame = 0;
    };

    struct Seat
    {
        std::uint8_t number = 0;
        Text nick{};

        bool operator==(const Seat&) const = default;

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.number, self.nick);
        }
    };

    void note_input(End from, Bytes payload);
    void note_frame(End from, wire::Frame frame);
    void note_info(End from, Bytes payload);
    [[nodiscard]] bool note_sync(Bytes payload);
    [[nodiscard]] bool note_mode(Bytes payload);
    void note_crc();
    void note_request(End from);
    void note_savestate(End from, Bytes payload);
    void seat(std::uint32_t number, const Text& nick);
    void unseat(std::uint32_t number);
    [[nodiscard]] EndNotes& notes(End from) { return from == End::guest ? guest_ : host_; }
    [[nodiscard]] Text& nick(End from);
    [[nodiscard]] static EndFacts facts_of(const EndNotes& notes, bool has_frame, const Text& nick);

    bool guest_has_frame_ = false;
    bool host_has_frame_ = false;
    bool crc_unanswered_ = false;      // the guest may still ask because of the last CRC
    bool mismatch_unanswered_ = false; // the host has not sent the savestate yet
    bool has_command_ = false;
    End last_from_ = End::guest;
    End savestate_from_ = End::host;
    EndNotes guest_;
    EndNotes host_;
    std::uint32_t last_command_ = 0;
    wire::Frame crc_frame_ = 0; // where the host was when it sent the last CRC
    wire::Frame savestate_frame_ = 0;
    std::uint32_t savestate_size_ = 0;
    std::uint32_t crcs_ = 0;
    std::uint32_t crc_mismatches_ = 0;
    std::uint32_t resyncs_ = 0;
    std::uint32_t savestates_ = 0;
    std::uint32_t resets_ = 0;
    std::uint32_t pauses_ = 0;
    std::uint32_t chats_ = 0;
    Rare<Texts> texts_;
    Rare<std::vector<Seat>> seats_; // in order of their numbers
};

} // namespace netplay_relay::inspect
