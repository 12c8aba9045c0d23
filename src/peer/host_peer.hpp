// A whole netplay host between the bytes of its connections and a core: handshakes, then one
// session. It knows no socket and no clock.
#pragma once

#include "netplay/handshake.hpp"
#include "peer/peer_end.hpp"
#include "rollback/host_session.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netplay_relay::peer {

using rollback::Instant;
using rollback::Turn;

using ConnectionNumber = std::uint64_t;

struct HostPeerSettings
{
    std::string nick;
    std::string password;
    std::string spectate_password;
    std::uint32_t salt = 0;     // random, not 0 if there is a password
    std::uint32_t protocol = 7; // the highest to speak; 5 at least, 4 is always understood
    rollback::HostSessionSettings session;
    std::size_t savestate_max = 16U << 20U;
};

// What happened to a connection, for whoever shows it.
struct HostEvent
{
    ConnectionNumber connection = 0;
    std::string text;     // "bob joined", "refused: wrong_password"
    bool closing = false; // send what is in out(), then close
    bool fault = false;   // not the client's own wish
};

class HostPeer
{
public:
    // The core must outlive the peer.
    HostPeer(rollback::Core& core, HostPeerSettings settings, Instant now);

    void accepted(ConnectionNumber connection, Instant now);
    void received(ConnectionNumber connection, std::span<const std::uint8_t> bytes, Instant now);
    void closed(ConnectionNumber connection);
    Turn tick(const rollback::LocalInput& local, Instant now);
    void leave();

    // True while this connection should be given no more bytes.
    [[nodiscard]] bool busy(ConnectionNumber connection) const;

    [[nodiscard]] std::vector<std::uint8_t>& out(ConnectionNumber connection);
    [[nodiscard]] std::vector<HostEvent> take_events();
    [[nodiscard]] const PeerEnd& end() const { return end_; }
    [[nodiscard]] rollback::HostSession& session() { return session_; }
    [[nodiscard]] const rollback::HostSession& session() const { return session_; }

private:
    struct Connection
    {
        explicit Connection(const netplay::ServerSettings& settings) : handshake(settings) {}

        netplay::ServerHandshake handshake;
        Instant since{0};
        wire::CommandStream stream;
        std::optional<std::uint32_t> client; // number in the session
        std::vector<std::uint8_t> out;
        bool closing = false;
    };

    void read_on(ConnectionNumber number, Connection& connection, Instant now);
    void close_silent(Instant now);
    void make_room();
    bool read_handshake(ConnectionNumber number, Connection& connection);
    void close(ConnectionNumber number, Connection& connection, const std::string& text,
               bool fault);
    void gather(Connection& connection);

    HostPeerSettings settings_;
    netplay::ServerSettings handshake_;
    rollback::HostSession session_;
    std::map<ConnectionNumber, Connection> connections_;
    std::vector<HostEvent> events_;
    PeerEnd end_;
};

} // namespace netplay_relay::peer
