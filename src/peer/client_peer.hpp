// A whole netplay client between bytes and a core: handshake, then session. It knows no socket and
// no clock.
#pragma once

#include "netplay/handshake.hpp"
#include "peer/peer_end.hpp"
#include "rollback/client_session.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netplay_relay::peer {

using rollback::Instant;
using rollback::Turn;

struct ClientPeerSettings
{
    std::string nick;
    std::string password;
    std::uint32_t protocol = 7; // the highest to offer
    bool spectate = false;
    std::uint16_t wanted_ports = 0;
    std::optional<rollback::InputLatency> latency;
    std::size_t savestate_max = 16U << 20U;
};

class ClientPeer
{
public:
    // The core must outlive the peer.
    ClientPeer(rollback::Core& core, ClientPeerSettings settings);

    void connected();
    void received(std::span<const std::uint8_t> bytes, Instant now);
    void closed(); // by the other side, or the network
    Turn tick(const rollback::LocalInput& local, Instant now);
    void leave(); // we have what we came for

    // True while no more bytes should be given: those we have wait for the game to come to them.
    [[nodiscard]] bool busy() const;

    [[nodiscard]] std::vector<std::uint8_t>& out();
    [[nodiscard]] const PeerEnd& end() const { return end_; }
    [[nodiscard]] std::string if_closed_now() const { return handshake_.if_closed_now(); }
    [[nodiscard]] rollback::ClientSession* session() { return session_.get(); }
    [[nodiscard]] const rollback::ClientSession* session() const { return session_.get(); }
    [[nodiscard]] const netplay::Negotiated& negotiated() const { return handshake_.negotiated(); }
    void watch_confirmed(rollback::ConfirmedWatch watch);

private:
    void read_on(Instant now);
    bool begin_session(Instant now);
    void finish(PeerOutcome outcome, std::string reason);

    rollback::Core& core_;
    ClientPeerSettings settings_;
    netplay::ClientHandshake handshake_;
    wire::CommandStream stream_;
    std::unique_ptr<rollback::ClientSession> session_;
    rollback::ConfirmedWatch watch_;
    std::vector<std::uint8_t> handshake_out_;
    PeerEnd end_;
};

} // namespace netplay_relay::peer
