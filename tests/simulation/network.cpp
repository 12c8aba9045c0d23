#include "network.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace netplay_relay::simulation {

namespace {

constexpr std::chrono::seconds kernel_gives_up{50};

} // namespace

Network::Network(Schedule& schedule, Rng rng, NetworkTraits traits)
    : schedule_(schedule), rng_(rng), traits_(traits)
{
}

lobby::Duration Network::latency()
{
    return rng_.between(traits_.latency_min, traits_.latency_max);
}

// Segments of one flow never overtake each other.
lobby::Instant Network::arrival(Flow& flow)
{
    flow.last_arrival = std::max(flow.last_arrival, schedule_.now() + latency());
    return flow.last_arrival;
}

Line Network::connect(PeerEnd& peer, const wire::Endpoint& from, std::uint16_t port)
{
    const auto line = static_cast<Line>(lines_.size());
    lines_.push_back(std::make_unique<State>());
    at(line).peer = &peer;
    at(line).from = from;
    schedule_.at(arrival(at(line).to_relay), [this, line, port] {
        at(line).relay_open = true;
        ++open_at_relay_;
        schedule_.at(arrival(at(line).to_peer), [this, line] {
            if (at(line).peer_open && !at(line).vanished) at(line).peer->connected(line);
        });
        relay_->accept(line, at(line).from, port);
    });
    return line;
}

std::size_t Network::send(Line line, bool to_relay, std::span<const std::uint8_t> bytes)
{
    Flow& flow = to_relay ? at(line).to_relay : at(line).to_peer;
    const std::size_t used = flow.on_the_way + flow.arrived.size();
    const std::size_t room = traits_.window > used ? traits_.window - used : 0;
    const std::size_t taken = std::min(room, bytes.size());
    flow.sender_blocked = taken < bytes.size();
    flow.on_the_way += taken;
    for (std::size_t from = 0; from < taken;) {
        const std::size_t most = std::min(traits_.segment_max, taken - from);
        const std::size_t size = rng_.one_in(3) ? rng_.between(1, most) : most;
        std::vector<std::uint8_t> segment(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                                          bytes.begin() + static_cast<std::ptrdiff_t>(from + size));
        schedule_.at(arrival(flow), [this, line, to_relay, segment = std::move(segment)] {
            arrives(line, to_relay, segment, false);
        });
        from += size;
    }
    return taken;
}

void Network::send_end(Line line, bool to_relay)
{
    Flow& flow = to_relay ? at(line).to_relay : at(line).to_peer;
    if (std::exchange(flow.end_sent, true)) return;
    schedule_.at(arrival(flow), [this, line, to_relay] { arrives(line, to_relay, {}, true); });
}

void Network::arrives(Line line, bool to_relay, std::span<const std::uint8_t> bytes, bool end)
{
    State& state = at(line);
    Flow& flow = to_relay ? state.to_relay : state.to_peer;
    if (!to_relay && state.vanished) return; // nobody acknowledges it: the window stays full
    flow.on_the_way -= bytes.size();
    const bool is_open = to_relay ? state.relay_open && state.relay_error == 0
                                  : state.peer_open && !state.reset_at_peer;
    if (!is_open) {
        if (bytes.empty()) return;
        if (to_relay) return reset_at_peer(line);
        return fail_at_relay(line, ECONNRESET, latency());
    }
    flow.arrived.insert(flow.arrived.end(), bytes.begin(), bytes.end());
    flow.end_arrived = flow.end_arrived || end;
    if (to_relay)
        report(line);
    else
        state.peer->ready(line);
}

// The whole state with every edge, as epoll does.
void Network::report(Line line)
{
    const State& state = at(line);
    if (!state.relay_open) return;
    worker::Readiness edge;
    edge.broken = state.relay_error != 0;
    edge.hung_up = edge.broken || state.to_relay.end_arrived;
    edge.readable = edge.hung_up || !state.to_relay.arrived.empty();
    const std::size_t used = state.to_peer.on_the_way + state.to_peer.arrived.size();
    edge.writable = edge.broken || used < traits_.window;
    relay_->ready(line, edge);
}

void Network::report_soon(Line line)
{
    schedule_.after({}, [this, line] { report(line); });
}

void Network::fail_at_relay(Line line, int error, lobby::Duration delay)
{
    schedule_.after(delay, [this, line, error] {
        State& state = at(line);
        if (!state.relay_open || state.relay_error != 0) return;
        state.relay_error = error;
        state.to_relay.arrived.clear(); // as the kernel does
        report(line);
    });
}

void Network::reset_at_peer(Line line)
{
    schedule_.at(arrival(at(line).to_peer), [this, line] {
        State& state = at(line);
        if (!state.peer_open || state.vanished || std::exchange(state.reset_at_peer, true)) return;
        state.to_peer.arrived.clear();
        state.peer->broken(line);
    });
}

std::size_t Network::write(Line line, std::span<const std::uint8_t> bytes)
{
    State& state = at(line);
    ensure(state.peer_open && !state.to_relay.end_sent, "a peer wrote behind its end");
    if (state.reset_at_peer) return 0;
    return send(line, true, bytes);
}

PeerRead Network::read(Line line, std::size_t most, std::vector<std::uint8_t>& into)
{
    State& state = at(line);
    Flow& flow = state.to_peer;
    if (state.reset_at_peer) return PeerRead::broken;
    if (flow.arrived.empty()) return flow.end_arrived ? PeerRead::end : PeerRead::nothing;
    const auto count = static_cast<std::ptrdiff_t>(std::min(most, flow.arrived.size()));
    into.assign(flow.arrived.begin(), flow.arrived.begin() + count);
    flow.arrived.erase(flow.arrived.begin(), flow.arrived.begin() + count);
    if (std::exchange(flow.sender_blocked, false))
        schedule_.after(latency(), [this, line] { report(line); });
    return PeerRead::bytes;
}

void Network::finish(Line line) { send_end(line, true); }

void Network::close(Line line)
{
    State& state = at(line);
    if (!state.peer_open || state.vanished) return;
    const bool unread = !state.to_peer.arrived.empty();
    state.peer_open = false;
    state.to_peer.arrived.clear();
    if (unread) return fail_at_relay(line, ECONNRESET, arrival(state.to_relay) - schedule_.now());
    send_end(line, true);
}

void Network::reset(Line line)
{
    State& state = at(line);
    if (!state.peer_open || state.vanished) return;
    state.peer_open = false;
    fail_at_relay(line, ECONNRESET, arrival(state.to_relay) - schedule_.now());
}

void Network::vanish(Line line)
{
    if (!at(line).peer_open) return;
    at(line).vanished = true;
    at(line).vanished_at = schedule_.now();
    fail_at_relay(line, ETIMEDOUT, kernel_gives_up);
}

Network::Result Network::relay_reads(Line line, std::span<std::uint8_t> into)
{
    State& state = at(line);
    ensure(state.relay_open, "read from a closed socket");
    if (state.relay_error != 0) return {state.relay_error, 0, false};
    Flow& flow = state.to_relay;
    if (flow.arrived.empty()) return {flow.end_arrived ? 0 : EAGAIN, 0, flow.end_arrived};
    const std::size_t count = std::min(into.size(), flow.arrived.size());
    const auto end = flow.arrived.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(flow.arrived.begin(), end, into.begin());
    flow.arrived.erase(flow.arrived.begin(), end);
    if (std::exchange(flow.sender_blocked, false))
        schedule_.after(latency(), [this, line] {
            const State& later = at(line);
            if (later.peer_open && !later.vanished && !later.reset_at_peer) later.peer->ready(line);
        });
    return {0, count, false};
}

Network::Result Network::relay_writes(Line line, std::span<const std::uint8_t> bytes)
{
    State& state = at(line);
    ensure(state.relay_open, "wrote to a closed socket");
    if (state.to_peer.end_sent) return {EPIPE, 0, false};
    if (state.relay_error != 0) return {state.relay_error, 0, false};
    const std::size_t taken = send(line, false, bytes);
    if (taken == 0 && !bytes.empty()) return {EAGAIN, 0, false};
    return {0, taken, false};
}

bool Network::is_acknowledged(Line line) const
{
    return lines_.at(static_cast<std::size_t>(line))->to_peer.on_the_way == 0;
}

lobby::Duration Network::silence(Line line) const
{
    const State& state = *lines_.at(static_cast<std::size_t>(line));
    return state.vanished ? schedule_.now() - state.vanished_at : lobby::Duration{0};
}

int Network::error_at_relay(Line line) const
{
    return lines_.at(static_cast<std::size_t>(line))->relay_error;
}

void Network::relay_finishes(Line line) { send_end(line, false); }

void Network::relay_closes(Line line)
{
    State& state = at(line);
    ensure(state.relay_open, "closed a socket twice");
    state.relay_open = false;
    --open_at_relay_;
    if (!state.to_relay.arrived.empty())
        reset_at_peer(line);
    else if (state.relay_error == 0)
        send_end(line, false);
}

void Network::relay_dies(Line line)
{
    State& state = at(line);
    ensure(state.relay_open, "a closed socket died");
    state.relay_open = false;
    --open_at_relay_;
    reset_at_peer(line);
}

void Network::cut(Line line)
{
    fail_at_relay(line, ECONNRESET, latency());
    reset_at_peer(line);
}

} // namespace netplay_relay::simulation
