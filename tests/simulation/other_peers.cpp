// Guests and strangers.
#include "peers.hpp"

#include "wire/magic.hpp"

#include <utility>

namespace netplay_relay::simulation {

void GuestPeer::begin()
{
    around_.schedule.after(plan_.arrives, [this] {
        if (gone_) return;
        if (!around_.open_sessions.empty()) session_ = rng_.one_of(around_.open_sessions);
        if (plan_.mistypes || around_.open_sessions.empty()) session_.bytes[11] ^= 1;
        if (plan_.comes_late && !around_.ended_sessions.empty())
            session_ = rng_.one_of(around_.ended_sessions);
        const Line line = around_.network.connect(*this, around_.endpoint(plan_.address));
        around_.oracle.opens_stream(id_of(line), true, session_);
        link_ = std::make_unique<LinkEnd>(around_.schedule, around_.network, around_.oracle,
                                          Rng(rng_.draw()), line, plan_.link);
        around_.schedule.after(plan_.patience, [this] {
            if (!link_->heard_something()) link_->leave(Ending::closes);
        });
    });
}

void GuestPeer::connected(Line)
{
    if (gone_ || link_->is_gone()) return;
    wire::Bytes greeting;
    greeting.append_u32(wire::magic_session);
    greeting.append(session_.bytes);
    link_->greet({greeting.view().begin(), greeting.view().end()});
    link_->ready();
}

void GuestPeer::ready(Line) { link_->ready(); }

void GuestPeer::broken(Line) { link_->broken(); }

void GuestPeer::leave(Ending ending)
{
    gone_ = true;
    if (link_) link_->leave(ending);
}

void Stranger::begin()
{
    around_.schedule.after(plan_.arrives, [this] {
        if (gone_) return;
        const wire::Endpoint from = around_.endpoint(plan_.address);
        if (plan_.deserves) around_.oracle.expects(from, *plan_.deserves);
        line_ = around_.network.connect(*this, from, plan_.port);
    });
}

void Stranger::connected(Line)
{
    if (gone_) return;
    say_next(0);
    around_.schedule.after(rng_.between({}, plan_.stays_max), [this] { leave(plan_.ending); });
}

void Stranger::say_next(std::size_t piece)
{
    if (gone_ || piece >= plan_.pieces.size()) return;
    around_.network.write(line_, plan_.pieces[piece]);
    around_.schedule.after(rng_.between({}, plan_.pause_max),
                           [this, piece] { say_next(piece + 1); });
}

void Stranger::ready(Line line)
{
    if (gone_) return;
    std::vector<std::uint8_t> bytes;
    PeerRead read = PeerRead::bytes;
    while (read == PeerRead::bytes)
        read = around_.network.read(line, 1000, bytes);
    // Every second one does not hang up when it is told to: the relay must not wait for it.
    if (read != PeerRead::nothing && rng_.one_in(2)) leave(Ending::closes);
}

void Stranger::broken(Line line)
{
    gone_ = true;
    around_.network.close(line);
}

void Stranger::leave(Ending ending)
{
    if (std::exchange(gone_, true) || line_ < 0) return;
    if (ending == Ending::vanishes)
        around_.network.vanish(line_);
    else if (ending == Ending::resets)
        around_.network.reset(line_);
    else
        around_.network.close(line_);
}

} // namespace netplay_relay::simulation
