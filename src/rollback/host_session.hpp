// The host's part in a netplay session: it runs the game as client number 0, keeps the frames that
// all count by, and passes everybody's inputs on.
#pragma once

#include "rollback/client_session.hpp"

#include <array>
#include <memory>

namespace netplay_relay::rollback {

inline constexpr unsigned crc_interval_default = 600; // frames

struct HostSessionSettings
{
    std::string nick;
    Devices devices{};     // of each port; a device of 0 ends what PLAY may be given
    bool spectate = false; // the host does not take the first port
    unsigned crc_interval = crc_interval_default; // frames, 0: no CRC is sent
    InputLatency latency;                         // our own, and what clients are told
    bool pausing_allowed = false;
    std::size_t connections_max = 3; // at most 31
};

struct ClientCounts
{
    std::uint64_t inputs = 0;
    std::uint64_t inputs_late = 0;  // for frames that we had run with a prediction
    std::uint64_t states_asked = 0; // after a CRC that differed, as a rule
    std::uint64_t stalls_sent = 0;  // STALL, because it ran ahead
    Instant waited_for{0};          // how long we could not run because of it
    PingCounts pings;
};

struct Dropped
{
    std::uint32_t client = 0;
    CloseReason end = CloseReason::none;
};

// The core must outlive the session. Bytes to send gather in out(client).
class HostSession
{
public:
    HostSession(Core& core, HostSessionSettings settings, Instant now);

    // A handshake is done: the number of the new client, which gets its SYNC and a savestate with
    // the next tick; nothing if all connections are taken.
    [[nodiscard]] std::optional<std::uint32_t> join(const netplay::Negotiated& negotiated);
    [[nodiscard]] Receipt receive(std::uint32_t client, const wire::Command& command, Instant now);
    // The connection of a client is gone, or is to be closed.
    void leave(std::uint32_t client);

    Turn tick(const LocalInput& local, Instant now);

    void play();                                      // takes a seat
    void spectate();                                  // leaves it
    void reset();                                     // as the reset button, for all
    void load_state(std::vector<std::uint8_t> state); // of our own core, for all
    [[nodiscard]] bool flip_players();                // false unless all clients are of protocol 4

    void watch_confirmed(ConfirmedWatch watch) { confirmed_watch_ = std::move(watch); }

    [[nodiscard]] std::vector<std::uint8_t>& out(std::uint32_t client);
    // The clients that are to be closed, each told once; leave() was done for them.
    [[nodiscard]] std::vector<Dropped> take_dropped();
    [[nodiscard]] CloseReason end() const { return end_; }
    [[nodiscard]] bool playing() const { return playing_; }
    [[nodiscard]] bool hurrying() const { return hurrying_; }
    [[nodiscard]] std::size_t clients() const;            // connected, playing or not
    [[nodiscard]] std::size_t players() const;            // clients that play; not the host itself
    [[nodiscard]] std::vector<std::string> nicks() const; // the host's first
    [[nodiscard]] bool full() const { return clients() >= settings_.connections_max; }
    [[nodiscard]] const Timeline& timeline() const { return timeline_; }
    [[nodiscard]] const SessionCounts& counts() const { return counts_; }
    [[nodiscard]] std::vector<wire::Chat> take_chats() { return chats_.take(); }
    [[nodiscard]] const ClientCounts& counts(std::uint32_t client) const;
    [[nodiscard]] const std::string& nick(std::uint32_t client) const;
    [[nodiscard]] const wire::Dialect& dialect(std::uint32_t client) const;

private:
    struct Client
    {
        netplay::Negotiated negotiated;
        wire::Dialect receive_dialect;
        wire::Dialect send_dialect;
        std::string nick;
        bool synced = false;
        bool playing = false;
        bool paused = false;      // it asked for it
        bool told_paused = false; // that another did
        std::optional<Instant> lagging_since;
        std::optional<Frame> leave_untold; // the others learn it when we are at that frame
        std::uint32_t left_ports = 0;      // those it had, while leave_untold
        std::optional<Frame> state_due;    // it asked for a state, and gets it at this frame
        std::optional<Frame> last_state;   // that it had asked for
        bool crc_open = false;             // a CRC was the last it was told of the game's course
        std::optional<Frame> last_stall;
        std::vector<std::uint8_t> out;
        ClientCounts counts;
        std::optional<Instant> ping_sent;
    };

    template <class Unexpected>
    Receipt on(std::uint32_t client, const Unexpected& command, Instant now);
    Receipt on(std::uint32_t client, const wire::Input& input, Instant now);
    Receipt on(std::uint32_t client, const wire::Play& play, Instant now);
    Receipt on(std::uint32_t client, const wire::Spectate& spectate, Instant now);
    Receipt on(std::uint32_t client, const wire::RequestSavestate& request, Instant now);
    Receipt on(std::uint32_t client, const wire::Pause& pause, Instant now);
    Receipt on(std::uint32_t client, const wire::Resume& resume, Instant now);
    Receipt on(std::uint32_t client, const wire::Chat& chat, Instant now);
    Receipt on(std::uint32_t client, const wire::PingRequest& request, Instant now);
    Receipt on(std::uint32_t client, const wire::PingResponse& response, Instant now);
    Receipt on(std::uint32_t client, const wire::UnknownCommand& unknown, Instant now);

    void drop(std::uint32_t client, CloseReason end);
    void send(Client& to, const wire::Command& command);
    void send_input(Client& to, std::uint32_t player, Frame frame, const InputWords& words);
    void send_mode(Client& to, const wire::Mode& mode, std::uint32_t seat_ports);
    void send_sync(std::uint32_t number);
    void send_state(std::span<const std::uint8_t> state);
    void tell_mode(std::uint32_t player, Frame frame, std::uint32_t ports, std::uint32_t had_ports);
    void tell_late_leaves();
    void tell_leave(std::uint32_t player, Frame frame, std::uint32_t had_ports);
    void tell_pauses();
    void refuse(Client& client, wire::ModeRefusal reason);

    [[nodiscard]] std::variant<std::uint32_t, wire::ModeRefusal>
    choose_ports(const wire::Play& play) const;
    [[nodiscard]] std::uint32_t seated(std::size_t port) const;
    [[nodiscard]] Frame unread() const;
    [[nodiscard]] Frame farthest() const;
    [[nodiscard]] bool paused() const;
    [[nodiscard]] bool has_joiners() const;
    [[nodiscard]] bool has_old_clients() const;
    [[nodiscard]] bool has_plain_seats() const;
    bool stalls(Instant now);
    void blame(Instant now);
    void ask_to_stall();
    void serve_state();
    void close_frame(const LocalInput& local);
    void report_confirmed();

    template <class Do>
    void each_synced(const Do& act)
    {
        for (std::uint32_t number = 1; number < clients_max; ++number)
            if (clients_[number] && clients_[number]->synced) act(number, *clients_[number]);
    }

    HostSessionSettings settings_;
    Timeline timeline_;
    std::array<std::unique_ptr<Client>, clients_max> clients_; // by number; 0 is us
    ConfirmedWatch confirmed_watch_;
    SessionCounts counts_;
    ChatLog chats_;
    CloseReason end_ = CloseReason::none;
    std::vector<Dropped> dropped_;
    bool playing_ = false;
    bool state_wanted_ = false;
    bool reset_wanted_ = false;
    std::optional<std::vector<std::uint8_t>> load_wanted_;
    bool hurrying_ = false;
    bool running_fast_ = false;
    unsigned latency_ = 0;
    StallWatch fast_watch_;
    CatchUp catch_up_;
    std::optional<Instant> last_tick_;
};

} // namespace netplay_relay::rollback
