// A node of a fleet: players who hop to other nodes, and those who come from them.
#include "net/engine.hpp"
#include "net/tls_stream.hpp"

#include "base/ensure.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <utility>

namespace netplay_relay::net {

void Engine::join_fleet(const FleetMember& member) { hops_.join(member); }

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
    const auto fault =
        is_one ? worker_.adopt(moving, now() - head.sent) : record::Fault::other_kind;
    const auto verdict = fault ? fleet::Verdict::no_sense : fleet::Verdict::taken;
    const std::array answer{static_cast<std::uint8_t>(verdict)};
    // It may be gone by now, with its socket.
    if (TlsSockets::find(socket) == stream) {
        stream->cork(false);
        (void)stream->write(answer);
    }
    if (!fault) return begin_sampling();
    close_stream(socket, false);
    spdlog::error("hop_refused node={} problem=\"{}\"", head.from, record::word(*fault));
}

bool Engine::may_hold_back(worker::Handle socket) const
{
    return TlsSockets::find(socket) != nullptr;
}

worker::Moving Engine::without_links(worker::Moving part)
{
    for (auto& [id, handle] : part.handles) {
        if (TlsSockets::find(handle) == nullptr) continue;
        if (!hung_up_.is_open()) {
            std::array<int, 2> ends{};
            const int made =
                socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data());
            ensure(made == 0, "no file for what a successor gets instead of a link");
            hung_up_ = UniqueFd(ends[0]);
            const UniqueFd gone(ends[1]);
        }
        handle = hung_up_.value();
    }
    return part;
}

} // namespace netplay_relay::net
