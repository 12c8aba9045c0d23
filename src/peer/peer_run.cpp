#include "peer/peer_run.hpp"

#include "netplay/savestate.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace netplay_relay::peer {

namespace {

constexpr std::uint32_t device_joypad = 1;
constexpr std::uint32_t device_analog = 5;

HostPeerSettings host_settings(const RunSettings& run)
{
    HostPeerSettings host;
    host.nick = run.nick;
    host.password = run.password;
    host.spectate_password = run.spectate_password;
    host.salt = run.salt;
    host.protocol = run.protocol;
    host.savestate_max = run.savestate_max;
    host.session.nick = run.nick;
    host.session.spectate = run.spectate;
    host.session.crc_interval = run.crc_interval;
    host.session.latency = {run.latency_least, run.latency_most};
    host.session.connections_max = run.connections;
    const std::uint32_t device = run.device == "analog" ? device_analog : device_joypad;
    for (std::size_t port = 0; port < run.ports && port < rollback::ports_max; ++port)
        host.session.devices[port] = device;
    return host;
}

ClientPeerSettings client_settings(const RunSettings& run)
{
    ClientPeerSettings client;
    client.nick = run.nick;
    client.password = run.password;
    client.protocol = run.protocol;
    client.spectate = run.spectate;
    client.savestate_max = run.savestate_max;
    if (run.latency_given)
        client.latency = rollback::InputLatency{run.latency_least, run.latency_most};
    return client;
}

// The device in the seat-th port of a player.
std::uint32_t device_of(const rollback::Timeline& timeline, std::uint32_t player, wire::Frame frame,
                        std::size_t seat)
{
    std::uint32_t ports = timeline.seats_at(frame).ports_of(player);
    for (; seat > 0; --seat)
        ports &= ports - 1;
    if (ports == 0) return 0;
    return timeline.devices()[static_cast<std::size_t>(std::countr_zero(ports))];
}

} // namespace

PeerRun::PeerRun(RunSettings settings, rollback::Core& core, InputSource input, Instant now)
    : settings_(std::move(settings)), core_(core), input_(std::move(input))
{
    const auto watch = [this](wire::Frame frame, std::span<const std::uint8_t> state) {
        confirmed(frame, state);
    };
    if (settings_.role == Role::host) {
        host_ = std::make_unique<HostPeer>(core_, host_settings(settings_), now);
        host_->session().watch_confirmed(watch);
    } else {
        client_ = std::make_unique<ClientPeer>(core_, client_settings(settings_));
        client_->watch_confirmed(watch);
    }
}

void PeerRun::watch_memory(MemoryWatch watch) { memory_watch_ = std::move(watch); }

const rollback::Timeline* PeerRun::timeline() const
{
    if (host_) return &host_->session().timeline();
    return client_->session() == nullptr ? nullptr : &client_->session()->timeline();
}

void PeerRun::note(EventKind kind, Instant now, ConnectionNumber connection,
                   std::span<const std::uint8_t> bytes)
{
    if (recorder_ != nullptr) recorder_->write(kind, now, connection, bytes);
}

void PeerRun::opened(ConnectionNumber connection, Instant now)
{
    note(EventKind::opened, now, connection, {});
    if (host_)
        host_->accepted(connection, now);
    else
        client_->connected();
}

void PeerRun::received(ConnectionNumber connection, std::span<const std::uint8_t> bytes,
                       Instant now)
{
    note(EventKind::received, now, connection, bytes);
    if (host_)
        host_->received(connection, bytes, now);
    else
        client_->received(bytes, now);
}

void PeerRun::closed(ConnectionNumber connection, Instant now)
{
    note(EventKind::closed, now, connection, {});
    if (host_)
        host_->closed(connection);
    else
        client_->closed();
}

void PeerRun::leave(Instant now)
{
    note(EventKind::left, now, 0, {});
    if (host_)
        host_->leave();
    else
        client_->leave();
}

PortInput PeerRun::read_input(wire::Frame frame, std::size_t seat) const
{
    const std::uint32_t number = host_ ? 0 : client_->session()->number();
    return input_.read(frame, seat, device_of(*timeline(), number, frame, seat));
}

Turn PeerRun::tick(Instant now)
{
    note(EventKind::tick, now, 0, {});
    const auto read = [this](wire::Frame frame, std::size_t seat) {
        return read_input(frame, seat);
    };
    const Turn turn = host_ ? host_->tick(read, now) : client_->tick(read, now);
    if (host_) clients_seen_ = std::max<std::uint64_t>(clients_seen_, host_->session().clients());
    if (!first_frame_ && in_session()) first_frame_ = timeline()->other();
    return turn;
}

void PeerRun::confirmed(wire::Frame frame, std::span<const std::uint8_t> state)
{
    last_confirmed_ = frame;
    last_state_.assign(state.begin(), state.end());
    if (memory_watch_ && frame % settings_.watch_every == 0) look_at_memory(state, frame);
}

void PeerRun::look_at_memory(std::span<const std::uint8_t> state, wire::Frame frame)
{
    memory_state_.resize(core_.state_size());
    if (!core_.save(memory_state_)) return;
    if (core_.load(state)) memory_watch_(frame, core_.memory());
    (void)core_.load(memory_state_); // it was just saved: a core that refuses it fails next
}

bool PeerRun::busy(ConnectionNumber connection) const
{
    return host_ ? host_->busy(connection) : client_->busy();
}

std::vector<std::uint8_t>& PeerRun::out(ConnectionNumber connection)
{
    return host_ ? host_->out(connection) : client_->out();
}

std::vector<HostEvent> PeerRun::take_events()
{
    std::vector<HostEvent> events;
    if (host_) events = host_->take_events();
    const Standing now = standing();
    if (now != told_standing_) {
        told_standing_ = now;
        events.push_back({0, standing_text(), false, false});
    }
    for (const wire::Chat& chat : take_chats())
        events.push_back({0, chat.nick + " says: " + chat.text, false, false});
    return events;
}

std::vector<wire::Chat> PeerRun::take_chats()
{
    if (host_) return host_->session().take_chats();
    if (client_->session() == nullptr) return {};
    return client_->session()->take_chats();
}

PeerRun::Standing PeerRun::standing() const
{
    const rollback::ClientSession* session = client_ ? client_->session() : nullptr;
    if (session == nullptr) return {};
    Standing standing{true, session->playing(), {}};
    if (!standing.playing && session->refused()) standing.refused = session->refused()->reason;
    return standing;
}

std::string PeerRun::standing_text() const
{
    const std::string game = "joined " + client_->negotiated().nick + " as client " +
                             std::to_string(client_->session()->number());
    if (told_standing_.playing) return game + ", playing";
    if (told_standing_.refused)
        return game + ", watching: may not play, " + refusal_text(*told_standing_.refused);
    return game + ", watching";
}

const PeerEnd& PeerRun::end() const { return host_ ? host_->end() : client_->end(); }

bool PeerRun::in_session() const
{
    return host_ ? host_->session().clients() > 0 : client_->session() != nullptr;
}

std::string PeerRun::if_closed_now() const { return client_ ? client_->if_closed_now() : ""; }

bool PeerRun::hurrying() const
{
    if (host_) return host_->session().hurrying();
    return client_->session() != nullptr && client_->session()->hurrying();
}

wire::Frame PeerRun::confirmed_frames() const
{
    const rollback::Timeline* frames = timeline();
    if (frames == nullptr || !first_frame_ || frames->other() < *first_frame_) return 0;
    return frames->other() - *first_frame_;
}

void PeerRun::fill_host(RunResult& result) const
{
    const rollback::HostSession& session = host_->session();
    result.counts = session.counts();
    result.playing = session.playing();
    result.protocol = settings_.protocol;
    result.host_nick = settings_.nick;
    result.clients_seen = clients_seen_;
    // Clients ask for a state when a CRC of ours is not theirs; that is all a host learns.
    if (session.counts().crcs_objected > 0)
        result.sync = Sync::desync;
    else if (clients_seen_ > 0 && session.counts().crcs_sent > 0)
        result.sync = Sync::agreed;
}

void PeerRun::fill_client(RunResult& result) const
{
    const netplay::Negotiated& negotiated = client_->negotiated();
    result.protocol = negotiated.protocol;
    result.host_nick = negotiated.nick;
    result.other_core_version = negotiated.version_differs;
    result.other_content = negotiated.content_differs;
    const rollback::ClientSession* session = client_->session();
    if (session == nullptr) return;
    result.counts = session->counts();
    result.playing = session->playing();
    result.client_number = session->number();
    if (session->refused()) result.play_refused = refusal_text(session->refused()->reason);
    if (session->counts().crcs_failed > 0)
        result.sync = Sync::desync;
    else if (session->counts().crcs_checked > 0)
        result.sync = Sync::agreed;
}

RunResult PeerRun::result() const
{
    RunResult result;
    const rollback::CoreInfo info = core_.info();
    result.role = settings_.role;
    result.nick = settings_.nick;
    result.core_name = info.name;
    result.core_version = info.version;
    result.content_crc = info.content_crc;
    result.end = end();
    result.first_frame = first_frame_.value_or(0);
    result.frames = confirmed_frames();
    if (const rollback::Timeline* frames = timeline()) {
        result.rollbacks = frames->counts();
        const auto& depths = result.rollbacks.depths;
        result.ring = static_cast<std::uint32_t>(depths.size() - 1);
        for (std::size_t depth = 0; depth < depths.size(); ++depth)
            if (depths[depth] > 0) result.deepest_rollback = static_cast<std::uint32_t>(depth);
    }
    if (last_confirmed_) {
        result.final_frame = last_confirmed_;
        result.final_hash = netplay::crc32(last_state_);
        result.state_size = last_state_.size();
    }
    if (host_)
        fill_host(result);
    else
        fill_client(result);
    return result;
}

} // namespace netplay_relay::peer
