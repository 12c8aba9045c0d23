// A client's part in a netplay session, from SYNC on: commands in, commands out, one tick a frame.
#pragma once

#include "netplay/handshake.hpp"
#include "rollback/session.hpp"

#include <functional>
#include <map>
#include <string>

namespace netplay_relay::rollback {

// What is pressed in a frame: the words of the player's `seat`-th port, from 0.
using LocalInput = std::function<PortInput(Frame frame, std::size_t seat)>;

// Told of every frame whose state, before its input, can change no more.
using ConfirmedWatch = std::function<void(Frame frame, std::span<const std::uint8_t> state)>;

struct InputLatency // frames between reading an input and running it
{
    unsigned least = 0;
    unsigned most = 0;
};

struct ClientSessionSettings
{
    std::string nick;
    bool spectate = false;               // do not ask to play at once
    std::uint16_t wanted_ports = 0;      // bitmap, 0: any free one
    std::optional<InputLatency> latency; // ours; without it the host's
    std::size_t savestate_max = 16U << 20U;
};

// What a tick came to.
enum class Turn : std::uint8_t
{
    ran,
    stalled, // no frame was run: call again when the next is due
    paused,
    ended,
};

// The core must outlive the session. Bytes to send gather in out().
class ClientSession
{
public:
    // `sync` is what the handshake ended with, wire::Sync or wire::Sync4.
    ClientSession(Core& core, ClientSessionSettings settings, const netplay::Negotiated& negotiated,
                  const wire::Command& sync, Instant now);

    [[nodiscard]] Receipt receive(const wire::Command& command, Instant now);
    Turn tick(const LocalInput& local, Instant now);

    void play(std::uint16_t wanted_ports = 0); // asks the host for a seat
    void spectate();                           // leaves the seat
    void pause();                              // if the host allows it
    void resume();
    void chat(const std::string& text); // protocol 6 and later, players only
    void request_state();

    void watch_confirmed(ConfirmedWatch watch) { confirmed_watch_ = std::move(watch); }

    [[nodiscard]] std::vector<std::uint8_t>& out() { return out_; }
    [[nodiscard]] CloseReason end() const { return end_; }
    [[nodiscard]] bool playing() const { return playing_; }
    [[nodiscard]] bool hurrying() const { return hurrying_; } // run unpaced: we are behind
    [[nodiscard]] std::uint32_t number() const { return number_; }
    [[nodiscard]] Frame server_frame() const { return server_; }
    [[nodiscard]] const Timeline& timeline() const { return timeline_; }
    [[nodiscard]] const SessionCounts& counts() const { return counts_; }
    [[nodiscard]] std::vector<wire::Chat> take_chats() { return chats_.take(); }
    [[nodiscard]] const std::optional<wire::ModeRefused>& refused() const { return refused_; }
    [[nodiscard]] const wire::Dialect& dialect() const { return receive_dialect_; }

private:
    static constexpr std::size_t pending_crcs_max = 256;

    template <class Unexpected>
    Receipt on(const Unexpected& command, Instant now);
    Receipt on(const wire::Input& input, Instant now);
    Receipt on(const wire::NoInput& no_input, Instant now);
    Receipt on(const wire::Mode& mode, Instant now);
    Receipt on(const wire::Mode4& mode, Instant now);
    Receipt on(const wire::ModeRefused& refused, Instant now);
    Receipt on(const wire::Crc& crc, Instant now);
    Receipt on(const wire::LoadSavestate& load, Instant now);
    Receipt on(const wire::Reset& reset, Instant now);
    Receipt on(const wire::FlipPlayers& flip, Instant now);
    Receipt on(const wire::RequestSavestate& request, Instant now);
    Receipt on(const wire::Stall& stall, Instant now);
    Receipt on(const wire::Pause& pause, Instant now);
    Receipt on(const wire::Resume& resume, Instant now);
    Receipt on(const wire::Chat& chat, Instant now);
    Receipt on(const wire::PingRequest& request, Instant now);
    Receipt on(const wire::PingResponse& response, Instant now);
    Receipt on(const wire::AllowPausing& setting, Instant now);
    Receipt on(const wire::InputLatencyFrames& setting, Instant now);
    Receipt on(const wire::UnknownCommand& unknown, Instant now);

    Receipt fail(CloseReason end);
    Receipt begin_playing(const wire::Mode& mode);
    Receipt other_plays(const wire::Mode& mode);
    Receipt leaves(const wire::Mode& mode);
    void send(const wire::Command& command);
    void send_ping(Instant now);
    void serve_state();
    void came_from(Frame frame);

    [[nodiscard]] Frame unread() const;
    [[nodiscard]] bool is_player(std::uint32_t client) const;
    bool stalls(Instant now);
    void take_input(const LocalInput& local);
    void put_own(const InputWords& words);
    bool run_known();
    void run_seen();
    void adapt_latency();
    void report_confirmed();
    void check_crcs();
    void check_crc(Frame frame, std::uint32_t crc);

    ClientSessionSettings settings_;
    netplay::Negotiated negotiated_;
    wire::Dialect receive_dialect_;
    wire::Dialect send_dialect_;
    Timeline timeline_;
    std::vector<std::uint8_t> out_;
    ConfirmedWatch confirmed_watch_;
    SessionCounts counts_;
    ChatLog chats_;
    CloseReason end_ = CloseReason::none;

    std::uint32_t number_ = 0;
    Frame server_ = 0;         // next frame expected of the server
    std::uint32_t slaves_ = 0; // bitmap of clients nobody waits for
    bool playing_ = false;
    Frame plays_from_ = 0;    // until then the seat may be another's
    bool play_asked_ = false; // not yet answered
    bool slave_ = false;
    bool remote_paused_ = false;
    bool paused_ = false;
    bool pausing_allowed_ = true;
    bool state_wanted_ = false;    // of the host, by us
    bool ran_last_ = false;        // a frame, in the last tick
    bool state_requested_ = false; // of us, by the host
    bool hurrying_ = false;
    bool running_fast_ = false;
    std::uint32_t stall_frames_ = 0; // still to wait, by STALL
    unsigned latency_ = 0;
    InputLatency host_latency_;
    std::optional<wire::ModeRefused> refused_;
    std::map<Frame, std::uint32_t> pending_crcs_;
    StallWatch fast_watch_;
    StallWatch waiting_watch_;
    StallWatch requested_watch_;
    CatchUp catch_up_;
    Instant next_ping_;
    std::optional<Instant> ping_sent_;
};

} // namespace netplay_relay::rollback
