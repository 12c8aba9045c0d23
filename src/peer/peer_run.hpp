// One run of netplay-peer in either role, without sockets and clocks: connections come and go by
// number, every event can be recorded, and the same events give the same run.
#pragma once

#include "peer/client_peer.hpp"
#include "peer/host_peer.hpp"
#include "peer/input_source.hpp"
#include "peer/recording.hpp"
#include "peer/run_result.hpp"
#include "peer/run_settings.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netplay_relay::peer {

// The memory of the core as it was before a frame that can change no more.
using MemoryWatch = std::function<void(wire::Frame frame, std::span<const std::uint8_t> memory)>;

class PeerRun
{
public:
    // The core must outlive the run.
    PeerRun(RunSettings settings, rollback::Core& core, InputSource input, Instant now);

    void record_to(RecordingWriter* writer) { recorder_ = writer; } // not owned; may be null
    // Told every `watch_every` frames. It costs two loads and a save of the core.
    void watch_memory(MemoryWatch watch);

    void opened(ConnectionNumber connection, Instant now);
    void received(ConnectionNumber connection, std::span<const std::uint8_t> bytes, Instant now);
    void closed(ConnectionNumber connection, Instant now);
    Turn tick(Instant now);
    void leave(Instant now); // we have what we came for

    [[nodiscard]] bool busy(ConnectionNumber connection) const;
    [[nodiscard]] std::vector<std::uint8_t>& out(ConnectionNumber connection);
    [[nodiscard]] std::vector<HostEvent> take_events();

    [[nodiscard]] const PeerEnd& end() const;
    [[nodiscard]] bool in_session() const;           // host: with at least one client
    [[nodiscard]] std::string if_closed_now() const; // client: what that would mean
    [[nodiscard]] bool hurrying() const;
    // Frames that can change no more since the game began: for a host, since its first client came.
    [[nodiscard]] wire::Frame confirmed_frames() const;

    [[nodiscard]] RunResult result() const;

private:
    [[nodiscard]] PortInput read_input(wire::Frame frame, std::size_t seat) const;
    [[nodiscard]] const rollback::Timeline* timeline() const;
    // Where a client stands in the game.
    struct Standing
    {
        bool joined = false;
        bool playing = false;
        std::optional<std::uint32_t> refused;
        bool operator==(const Standing&) const = default;
    };
    [[nodiscard]] Standing standing() const;
    [[nodiscard]] std::vector<wire::Chat> take_chats();
    [[nodiscard]] std::string standing_text() const;
    void confirmed(wire::Frame frame, std::span<const std::uint8_t> state);
    void look_at_memory(std::span<const std::uint8_t> state, wire::Frame frame);
    void note(EventKind kind, Instant now, ConnectionNumber connection,
              std::span<const std::uint8_t> bytes);
    void fill_host(RunResult& result) const;
    void fill_client(RunResult& result) const;

    RunSettings settings_;
    rollback::Core& core_;
    InputSource input_;
    std::unique_ptr<HostPeer> host_;
    std::unique_ptr<ClientPeer> client_;
    RecordingWriter* recorder_ = nullptr;
    MemoryWatch memory_watch_;
    std::vector<std::uint8_t> memory_state_; // saved while an older one is looked at
    std::optional<wire::Frame> first_frame_; // of the game with others
    std::optional<wire::Frame> last_confirmed_;
    std::vector<std::uint8_t> last_state_;
    std::uint64_t clients_seen_ = 0;
    Standing told_standing_; // client: what was last told of its place in the game
};

} // namespace netplay_relay::peer
