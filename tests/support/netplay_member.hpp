// A netplay client of few words, as bytes: it shakes hands, and remembers what it was told. Who
// carries its bytes is the test's business.
#pragma once

#include "netplay/handshake.hpp"
#include "netplay/savestate.hpp"
#include "wire/netplay_decode.hpp"
#include "wire/netplay_encode.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace netplay_relay::tests {

struct MemberTraits
{
    std::string nick = "ann";
    std::string core = "Arena";
    std::string password;
    std::uint32_t content_crc = 0x1234;
    std::uint32_t protocol = 6;
};

[[nodiscard]] inline MemberTraits named(const std::string& nick, const std::string& core = "Arena")
{
    MemberTraits traits;
    traits.nick = nick;
    traits.core = core;
    return traits;
}

class NetplayMember
{
public:
    using Bytes = std::vector<std::uint8_t>;

    explicit NetplayMember(const MemberTraits& traits = {}) : handshake_(settings_of(traits)) {}

    // Its first bytes.
    [[nodiscard]] Bytes start()
    {
        Bytes out;
        handshake_.start(out);
        return out;
    }

    // What it says when it hears this. Asked for its savestate it gives `state`, as of the frame it
    // comes to when it has heard all.
    [[nodiscard]] Bytes hears(std::span<const std::uint8_t> bytes)
    {
        Bytes out;
        heard += bytes.size();
        stream_.append(bytes);
        if (!in_room_ && handshake_.receive(stream_, out) == netplay::HandshakeState::done) enter();
        while (in_room_ && take_one()) {
        }
        if (std::exchange(asked_, false)) give_state(out);
        return out;
    }

    [[nodiscard]] Bytes says(const wire::Command& command) const
    {
        Bytes out;
        wire::encode_command(command, dialect(wire::Side::client), out);
        return out;
    }

    // Its INPUT for a frame, one joypad.
    [[nodiscard]] Bytes plays(wire::Frame at, std::uint32_t buttons = 0)
    {
        frame = at + 1;
        wire::Input input;
        input.frame = at;
        input.player = number;
        input.words = wire::InputWords(std::span(&buttons, 1));
        return says(input);
    }

    // Its savestate, unasked.
    [[nodiscard]] Bytes gives_state() const
    {
        Bytes out;
        give_state(out);
        return out;
    }

    [[nodiscard]] bool is_in_room() const { return in_room_; }
    [[nodiscard]] bool is_playing() const { return playing_; }
    [[nodiscard]] wire::CloseReason end() const { return handshake_.end(); }

    Bytes state = Bytes(64, 7);
    std::uint32_t number = 0;
    wire::Frame frame = 0;           // its next, as far as it knows
    wire::Frame over = 0;            // frames before it are over
    std::size_t states = 0;          // savestates it was given,
    Bytes last_state;                // and the last of them, as sent
    std::vector<wire::Frame> inputs; // frames of others' inputs, in order
    std::vector<std::string> chats;  // "nick: text"
    std::size_t heard = 0;           // bytes

private:
    static netplay::ClientSettings settings_of(const MemberTraits& traits)
    {
        netplay::ClientSettings settings;
        settings.self.nick = traits.nick;
        settings.self.info = {traits.content_crc, traits.core, "v1"};
        settings.self.implementation = wire::implementation_magic("1.14.0", 6);
        settings.password = traits.password;
        settings.protocol = traits.protocol;
        return settings;
    }

    [[nodiscard]] wire::Dialect dialect(wire::Side sender) const
    {
        return {handshake_.negotiated().protocol, handshake_.negotiated().info_layout, sender,
                64U << 20U};
    }

    void enter()
    {
        in_room_ = true;
        if (const auto* sync = std::get_if<wire::Sync>(&handshake_.sync())) {
            number = sync->client;
            frame = sync->frame;
        }
    }

    bool take_one()
    {
        const auto decoded = stream_.next(dialect(wire::Side::server));
        const auto* taken = std::get_if<wire::Taken<wire::Command>>(&decoded);
        if (taken == nullptr) return false;
        if (const auto* input = std::get_if<wire::Input>(&taken->message)) {
            inputs.push_back(input->frame);
        } else if (const auto* none = std::get_if<wire::NoInput>(&taken->message)) {
            over = none->frame + 1;
        } else if (const auto* mode = std::get_if<wire::Mode>(&taken->message)) {
            if (mode->you) playing_ = mode->playing;
            if (mode->you) frame = mode->frame;
        } else if (const auto* load = std::get_if<wire::LoadSavestate>(&taken->message)) {
            ++states;
            frame = load->frame;
            last_state.assign(load->data.begin(), load->data.end());
        } else if (const auto* chat = std::get_if<wire::Chat>(&taken->message)) {
            chats.push_back(chat->nick + ": " + chat->text);
        } else if (std::holds_alternative<wire::RequestSavestate>(taken->message)) {
            asked_ = true;
        }
        stream_.take(taken->used);
        return true;
    }

    void give_state(Bytes& out) const
    {
        const Bytes packed = netplay::compress(state);
        wire::LoadSavestate load;
        load.frame = std::max(frame, over);
        load.size = static_cast<std::uint32_t>(state.size());
        load.data = packed;
        wire::encode_command(load, dialect(wire::Side::client), out);
    }

    netplay::ClientHandshake handshake_;
    wire::CommandStream stream_;
    bool in_room_ = false;
    bool playing_ = false;
    bool asked_ = false;
};

} // namespace netplay_relay::tests
