#include "peer/client_peer.hpp"

#include "peer/identity.hpp"

#include <algorithm>

namespace netplay_relay::peer {

namespace {

constexpr std::size_t unread_commands_max = 1U << 20U; // bytes; a savestate may add its own size

netplay::ClientSettings handshake_settings(const rollback::Core& core,
                                           const ClientPeerSettings& settings)
{
    netplay::ClientSettings handshake;
    handshake.self = identity_of(core, settings.nick, settings.protocol);
    handshake.password = settings.password;
    handshake.protocol = settings.protocol;
    handshake.savestate_max = settings.savestate_max;
    return handshake;
}

} // namespace

const char* to_text(PeerOutcome outcome)
{
    switch (outcome) {
    case PeerOutcome::running: return "running";
    case PeerOutcome::finished: return "finished";
    case PeerOutcome::refused: return "refused";
    case PeerOutcome::lost: return "lost";
    case PeerOutcome::failed: return "failed";
    }
    return "failed";
}

ClientPeer::ClientPeer(rollback::Core& core, ClientPeerSettings settings)
    : core_(core), settings_(std::move(settings)), handshake_(handshake_settings(core, settings_))
{
}

std::vector<std::uint8_t>& ClientPeer::out()
{
    return session_ && handshake_out_.empty() ? session_->out() : handshake_out_;
}

void ClientPeer::watch_confirmed(rollback::ConfirmedWatch watch) { watch_ = std::move(watch); }

bool ClientPeer::busy() const
{
    return stream_.unread().size() > settings_.savestate_max + unread_commands_max;
}

void ClientPeer::finish(PeerOutcome outcome, std::string reason)
{
    if (!end_.over()) end_ = {outcome, std::move(reason)};
}

void ClientPeer::connected() { handshake_.start(handshake_out_); }

void ClientPeer::received(std::span<const std::uint8_t> bytes, Instant now)
{
    if (end_.over()) return;
    stream_.append(bytes);
    read_on(now);
}

bool ClientPeer::begin_session(Instant now)
{
    const std::vector<std::uint8_t>& sram = handshake_.sram();
    const std::span<std::uint8_t> battery = core_.battery();
    if (!battery.empty() && battery.size() == sram.size()) std::ranges::copy(sram, battery.begin());

    rollback::ClientSessionSettings session;
    session.nick = settings_.nick;
    session.spectate = settings_.spectate;
    session.wanted_ports = settings_.wanted_ports;
    session.latency = settings_.latency;
    session.savestate_max = settings_.savestate_max;
    session_ = std::make_unique<rollback::ClientSession>(core_, session, handshake_.negotiated(),
                                                         handshake_.sync(), now);
    session_->watch_confirmed(watch_);
    if (!handshake_out_.empty()) {
        std::vector<std::uint8_t>& out = session_->out();
        out.insert(out.begin(), handshake_out_.begin(), handshake_out_.end());
        handshake_out_.clear();
    }
    return true;
}

void ClientPeer::read_on(Instant now)
{
    if (!session_) {
        const auto state = handshake_.receive(stream_, handshake_out_);
        if (state == netplay::HandshakeState::ended)
            finish(PeerOutcome::refused, handshake_.if_closed_now());
        if (state != netplay::HandshakeState::done || !begin_session(now)) return;
    }
    while (!end_.over()) {
        const auto next = stream_.next(session_->dialect());
        if (std::holds_alternative<wire::NeedMore>(next)) return;
        if (const auto* fault = std::get_if<wire::CommandFault>(&next)) {
            finish(PeerOutcome::lost,
                   std::string("the host sent a malformed command: ") + to_text(*fault));
            return;
        }
        const auto& taken = std::get<wire::Taken<wire::Command>>(next);
        const rollback::Receipt receipt = session_->receive(taken.message, now);
        if (receipt == rollback::Receipt::later) return;
        const auto* unknown = std::get_if<wire::UnknownCommand>(&taken.message);
        stream_.take(taken.used, unknown == nullptr ? 0 : unknown->size);
        if (receipt == rollback::Receipt::ended)
            finish(PeerOutcome::lost, rollback::sentence_of(session_->end()));
    }
}

void ClientPeer::closed()
{
    if (session_)
        finish(PeerOutcome::lost, "the host closed the connection");
    else
        finish(PeerOutcome::refused, handshake_.if_closed_now());
}

Turn ClientPeer::tick(const rollback::LocalInput& local, Instant now)
{
    if (end_.over()) return Turn::ended;
    read_on(now);
    if (!session_ || end_.over()) return end_.over() ? Turn::ended : Turn::stalled;
    const Turn turn = session_->tick(local, now);
    if (turn == Turn::ended)
        finish(session_->end() == wire::CloseReason::core_failed ? PeerOutcome::failed
                                                                 : PeerOutcome::lost,
               rollback::sentence_of(session_->end()));
    return turn;
}

void ClientPeer::leave() { finish(PeerOutcome::finished, "as asked"); }

} // namespace netplay_relay::peer
