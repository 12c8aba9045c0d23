#include "peer/host_peer.hpp"

#include "base/ensure.hpp"
#include "peer/identity.hpp"
#include "wire/netplay_header.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::peer {

namespace {

// Who comes to play says so soon, unless a password is to be typed first.
constexpr auto handshake_patience = std::chrono::seconds(20);
constexpr auto password_patience = std::chrono::seconds(180);
constexpr std::size_t handshakes_max = 64;
constexpr std::size_t unread_inputs_max = 64U << 10U; // bytes of inputs that wait for their frame

netplay::ServerSettings handshake_settings(const rollback::Core& core,
                                           const HostPeerSettings& settings)
{
    netplay::ServerSettings handshake;
    handshake.self = identity_of(core, settings.nick, settings.protocol);
    handshake.password = settings.password;
    handshake.spectate_password = settings.spectate_password;
    handshake.salt = settings.salt;
    handshake.highest_protocol = std::max<std::uint32_t>(settings.protocol, 5);
    handshake.protocol_4 = true;
    handshake.savestate_max = settings.savestate_max;
    return handshake;
}

} // namespace

HostPeer::HostPeer(rollback::Core& core, HostPeerSettings settings, Instant now)
    : settings_(std::move(settings)), handshake_(handshake_settings(core, settings_)),
      session_(core, settings_.session, now)
{
}

std::vector<std::uint8_t>& HostPeer::out(ConnectionNumber connection)
{
    const auto found = connections_.find(connection);
    ensure(found != connections_.end(), "only connections have output");
    gather(found->second);
    return found->second.out;
}

void HostPeer::gather(Connection& connection)
{
    if (!connection.client) return;
    std::vector<std::uint8_t>& more = session_.out(*connection.client);
    connection.out.insert(connection.out.end(), more.begin(), more.end());
    more.clear();
}

std::vector<HostEvent> HostPeer::take_events() { return std::exchange(events_, {}); }

bool HostPeer::busy(ConnectionNumber connection) const
{
    const auto found = connections_.find(connection);
    return found != connections_.end() && found->second.stream.unread().size() > unread_inputs_max;
}

void HostPeer::accepted(ConnectionNumber number, Instant now)
{
    Connection& connection = connections_.emplace(number, handshake_).first->second;
    connection.since = now;
    make_room();
    if (!session_.full()) return;
    encode_opening(wire::HostFull{}, connection.out);
    close(number, connection, "refused: host_full", false);
}

// Of too many who have not said who they are, the oldest goes.
void HostPeer::make_room()
{
    std::size_t pending = 0;
    std::pair<const ConnectionNumber, Connection>* oldest = nullptr;
    for (auto& entry : connections_) {
        if (entry.second.client || entry.second.closing) continue;
        ++pending;
        if (oldest == nullptr) oldest = &entry;
    }
    if (pending > handshakes_max)
        close(oldest->first, oldest->second, "refused: too many who say nothing", true);
}

void HostPeer::received(ConnectionNumber number, std::span<const std::uint8_t> bytes, Instant now)
{
    const auto found = connections_.find(number);
    if (found == connections_.end() || found->second.closing) return;
    found->second.stream.append(bytes);
    read_on(number, found->second, now);
}

void HostPeer::close(ConnectionNumber number, Connection& connection, const std::string& text,
                     bool fault)
{
    if (connection.closing) return;
    if (connection.client) {
        gather(connection);
        session_.leave(*connection.client);
        connection.client.reset();
    }
    connection.closing = true;
    events_.push_back({number, text, true, fault});
}

bool HostPeer::read_handshake(ConnectionNumber number, Connection& connection)
{
    const auto state = connection.handshake.receive(connection.stream, connection.out);
    if (state == netplay::HandshakeState::ended) {
        const auto end = connection.handshake.end();
        close(number, connection, std::string("refused: ") + std::string(word(end)),
              end != wire::CloseReason::probe);
    }
    if (state != netplay::HandshakeState::done) return false;
    connection.client = session_.join(connection.handshake.negotiated());
    if (!connection.client) {
        close(number, connection, "refused: host_full", false);
        return false;
    }
    events_.push_back({number, session_.nick(*connection.client) + " joined", false, false});
    return true;
}

void HostPeer::read_on(ConnectionNumber number, Connection& connection, Instant now)
{
    if (connection.closing) return;
    if (!connection.client && !read_handshake(number, connection)) return;
    while (connection.client) {
        const std::uint32_t client = *connection.client;
        const auto next = connection.stream.next(session_.dialect(client));
        if (std::holds_alternative<wire::NeedMore>(next)) return;
        const std::string nick = session_.nick(client);
        if (const auto* fault = std::get_if<wire::CommandFault>(&next)) {
            close(number, connection, nick + " sent a malformed command: " + to_text(*fault), true);
            return;
        }
        const auto& taken = std::get<wire::Taken<wire::Command>>(next);
        const rollback::Receipt receipt = session_.receive(client, taken.message, now);
        if (receipt == rollback::Receipt::later) return;
        const auto* unknown = std::get_if<wire::UnknownCommand>(&taken.message);
        connection.stream.take(taken.used, unknown == nullptr ? 0 : unknown->size);
        if (receipt == rollback::Receipt::ended) {
            connection.client.reset(); // the session has forgotten it
            std::string reason = "closed";
            for (const rollback::Dropped& dropped : session_.take_dropped())
                reason = rollback::sentence_of(dropped.end);
            close(number, connection, nick + " was dropped: " + reason, true);
        }
    }
}

void HostPeer::closed(ConnectionNumber number)
{
    const auto found = connections_.find(number);
    if (found == connections_.end()) return;
    if (found->second.client) {
        events_.push_back({number, session_.nick(*found->second.client) + " left", false, false});
        session_.leave(*found->second.client);
    }
    connections_.erase(found);
}

void HostPeer::close_silent(Instant now)
{
    const bool typing = !settings_.password.empty() || !settings_.spectate_password.empty();
    const Instant patience = typing ? password_patience : handshake_patience;
    for (auto& [number, connection] : connections_)
        if (!connection.client && now - connection.since >= patience)
            close(number, connection, "refused: said too little for too long", true);
}

Turn HostPeer::tick(const rollback::LocalInput& local, Instant now)
{
    if (end_.over()) return Turn::ended;
    close_silent(now);
    for (auto& [number, connection] : connections_)
        if (connection.client) read_on(number, connection, now);
    const Turn turn = session_.tick(local, now);
    for (const rollback::Dropped& dropped : session_.take_dropped())
        for (auto& [number, connection] : connections_)
            if (connection.client == dropped.client) {
                connection.client.reset();
                close(number, connection,
                      std::string("a client was dropped: ") + rollback::sentence_of(dropped.end),
                      true);
            }
    if (turn == Turn::ended) end_ = {PeerOutcome::failed, rollback::sentence_of(session_.end())};
    return turn;
}

void HostPeer::leave()
{
    if (!end_.over()) end_ = {PeerOutcome::finished, "as asked"};
}

} // namespace netplay_relay::peer
