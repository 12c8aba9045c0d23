// A scripted member: shakes hands in bytes, and looks at what it is told as RetroArch's client
// does. Whatever RetroArch would answer by leaving fails the test that runs.
#pragma once

#include "../wire/bytes.hpp"
#include "netplay/handshake.hpp"
#include "wire/netplay_decode.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netplay_relay::room {

using wire::ByteVector;
using Words = std::vector<std::string>;
using wire::Frame;

inline constexpr std::size_t state_size = 4120; // of the core that all of them play

// What a player holds in a frame: another value for each player and frame.
[[nodiscard]] std::uint32_t word_of(Frame frame, std::uint32_t number);

class Client
{
public:
    Client(std::string name, netplay::ClientSettings settings);

    // The room told it this; what it says at once.
    [[nodiscard]] ByteVector start();
    [[nodiscard]] ByteVector hear(std::span<const std::uint8_t> bytes);

    // What it was told since asked last: all, or all but inputs.
    [[nodiscard]] Words heard();
    [[nodiscard]] Words told();

    [[nodiscard]] ByteVector bytes_of(const wire::Command& command) const;
    // Its own next INPUT, and the state it gives when it is asked.
    [[nodiscard]] wire::Input next_input();
    void serves(Frame frame);        // as if it had loaded one, or was asked
    [[nodiscard]] Frame now() const; // the frame it would give its state of
    void watches();                  // it said SPECTATE

    [[nodiscard]] bool is_synced() const { return synced_; }
    [[nodiscard]] bool is_playing() const { return playing_; }
    [[nodiscard]] bool is_asked() const { return asked_; }
    [[nodiscard]] std::uint32_t number() const { return number_; }
    [[nodiscard]] std::uint32_t protocol() const { return dialect_.protocol; }
    [[nodiscard]] Frame server() const { return server_; }
    [[nodiscard]] std::uint32_t ports() const;
    [[nodiscard]] const netplay::ClientHandshake& handshake() const { return handshake_; }
    [[nodiscard]] const std::string& nick() const { return nick_; }
    [[nodiscard]] const std::array<std::uint8_t, wire::ports_max>& share_modes() const
    {
        return share_modes_;
    }
    [[nodiscard]] std::size_t players() const { return players_.size(); }
    [[nodiscard]] const ByteVector& state() const { return state_; } // as loaded last

    bool believes_all = false; // that others press
    Frame self = 0;            // its next INPUT is for this frame

private:
    struct Player
    {
        std::uint32_t ports = 0;
        Frame next = 0;
    };

    void begin();
    void take(const wire::Command& command);
    template <class Other>
    void on(const Other& command);
    void on(const wire::Input& input);
    void on(const wire::NoInput& over);
    void on(const wire::Mode& mode);
    void on(const wire::Mode4& mode);
    void on(const wire::LoadSavestate& load);
    void on(const wire::Reset& reset);
    void on(const wire::Chat& chat);
    void on(const wire::ModeRefused& refused);
    void on(const wire::Crc& crc);
    void on(const wire::Stall& stall);
    void on(const wire::RequestSavestate& request);
    void on(const wire::PingRequest& request);
    void on(const wire::PingResponse& response);
    void on(const wire::AllowPausing& setting);
    void on(const wire::InputLatencyFrames& setting);
    void enters(bool you, std::uint32_t number, std::uint32_t ports, Frame frame);
    void exits(bool you, std::uint32_t number);
    void jump(Frame frame);
    void note(std::string words);
    void leave(const std::string& why);
    [[nodiscard]] std::size_t words_of(std::uint32_t ports) const;

    std::string name_;
    netplay::ClientHandshake handshake_;
    wire::CommandStream stream_;
    ByteVector replies_;
    wire::Dialect dialect_;
    bool synced_ = false;
    bool playing_ = false;
    bool asked_ = false;
    bool left_ = false;
    ByteVector state_;
    bool ponged_ = false; // its ping was answered, and the room may ask in turn
    std::uint32_t number_ = 0;
    Frame server_ = 0;
    std::string nick_;
    std::array<std::uint32_t, wire::ports_max> devices_{};
    std::array<std::uint8_t, wire::ports_max> share_modes_{};
    std::map<std::uint32_t, Player> players_; // by number; in protocol 4, by port
    Words heard_;
};

} // namespace netplay_relay::room
