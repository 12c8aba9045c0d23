// A node of a fleet: players who hop to other nodes, and those who come from them.
#include "net/engine.hpp"
#include "net/tls_stream.hpp"

#include "base/ensure.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace netplay_relay::net {

void Engine::join_fleet(const FleetMember& member)
{
    hops_.join(member);
    if (hung_up_.is_open()) return;
    std::array<int, 2> ends{};
    const int made =
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data());
    ensure(made == 0, "no file for what a successor gets instead of a link");
    hung_up_ = UniqueFd(ends[0]);
    const UniqueFd gone(ends[1]);
}

void Engine::see_fleet(const std::shared_ptr<const fleet::View>& view,
                       const NodeEndpoints& endpoints)
{
    hops_.see(endpoints);
    (void)worker_.order(lobby::SeeFleet{view});
}

void Engine::hop(fleet::Node node, worker::Moving moving) { hops_.begin(node, std::move(moving)); }

// Whatever is said to the player waits until the other node has been answered.
void Engine::take_hopped(UniqueFd link, const fleet::Head& head, std::vector<std::uint8_t> record)
{
    const int socket = link.release();
    TlsStream* const stream = TlsSockets::find(socket);
    ensure(stream != nullptr, "a link without TLS");
    stream->cork(true);
    worker::Moving moving;
    moving.record = std::move(record);
    moving.handles.emplace_back(head.connection, socket);
    const bool is_one = record::kind_of(moving.record) == record::Kind::connection;
    const bool is_new = !TlsSockets::find_named(head.place.key).has_value();
    auto fault = std::optional(record::Fault::other_kind);
    if (is_one && is_new) {
        TlsSockets::name(head.place.key, {socket, head.connection});
        fault = worker_.adopt(moving, now() - head.sent);
    }
    const auto verdict = fault ? fleet::Verdict::no_sense : fleet::Verdict::taken;
    const std::array answer{static_cast<std::uint8_t>(verdict)};
    // It may be gone by now, with its socket.
    if (TlsSockets::find(socket) == stream) {
        stream->cork(false);
        (void)stream->write(answer);
        stream->begin_at(head.place);
    }
    if (!fault) return begin_sampling();
    close_stream(socket, false);
    spdlog::error("hop_refused node={} problem=\"{}\"", head.from, record::word(*fault));
}

bool Engine::may_hold_back(worker::Handle socket) const
{
    return TlsSockets::find(socket) != nullptr;
}

// What the other node asks for is its link's place, on another connection.
std::optional<fleet::Verdict> Engine::resume_link(UniqueFd& link, const fleet::LinkPlace& place,
                                                  const NamedLink& known)
{
    if (!serves(known)) return std::nullopt;
    TlsStream* const stream = TlsSockets::find(known.socket);
    if (stream == nullptr || !stream->place().meets(place)) return fleet::Verdict::gone;
    // While links pause here, the successor is the one to ask.
    if (hops_.is_pausing() || !stream->is_quiet()) return fleet::Verdict::not_yet;
    const std::array answer{static_cast<std::uint8_t>(fleet::Verdict::taken)};
    const std::unique_ptr<TlsStream> fresh = TlsSockets::take(link.value());
    (void)fresh->write(answer);
    poller_.forget(known.socket);
    if (dup3(link.value(), known.socket, O_CLOEXEC) < 0) return fleet::Verdict::gone;
    stream->go_on_as(*fresh);
    worker_.watch_again(known.connection);
    return fleet::Verdict::taken;
}

// Of a connection that is here, the socket's stream is this thread's.
bool Engine::serves(const NamedLink& link) const
{
    return worker_.handle_of(link.connection) == std::optional<worker::Handle>(link.socket) &&
           TlsSockets::find(link.socket) != nullptr;
}

void Engine::pause_links()
{
    hops_.pause_links();
    for (const NamedLink& one : TlsSockets::named())
        if (serves(one)) TlsSockets::find(one.socket)->pause();
}

std::size_t Engine::unquiet_links()
{
    std::size_t count = hops_.unquiet();
    for (const NamedLink& one : TlsSockets::named()) {
        if (!serves(one)) continue;
        TlsStream& stream = *TlsSockets::find(one.socket);
        if (hops_.is_pausing()) stream.pause(); // one that has come since
        if (stream.is_paused()) stream.drain();
        if (!stream.is_quiet() && !stream.was_told()) ++count;
    }
    return count;
}

void Engine::end_lost_links()
{
    for (const NamedLink& one : TlsSockets::named()) {
        if (!serves(one)) continue;
        TlsStream& stream = *TlsSockets::find(one.socket);
        if (stream.pause_time() < link_pause_limit) continue;
        stream.lose();
        worker_.broke(one.connection);
    }
}

void Engine::hand_over_links(OutgoingHandover& into) const
{
    hops_.hand_over([&](const HandedHop& hop, int player) { into.add(hop, player); });
    for (const NamedLink& one : TlsSockets::named()) {
        if (!serves(one)) continue;
        const TlsStream& stream = *TlsSockets::find(one.socket);
        if (stream.is_quiet()) into.add({one.connection, stream.paused()});
    }
}

// Those that are quiet go along: their sockets are at their ends, and keep the number.
worker::Moving Engine::without_links(worker::Moving part)
{
    for (auto& [id, handle] : part.handles) {
        const TlsStream* const stream = TlsSockets::find(handle);
        if (stream == nullptr || stream->is_quiet()) continue;
        handle = hung_up_.value();
    }
    return part;
}

} // namespace netplay_relay::net
