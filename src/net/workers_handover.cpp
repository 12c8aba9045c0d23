// All that the workers have, for the process that takes this one's place, and from the one before,
// which may have had another count of them.
#include "net/one_worker.hpp"

#include <algorithm>
#include <map>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

// Who is on the way from one to another has to arrive, or would be in none.
void Workers::empty_inboxes()
{
    if (!has_threads()) return;
    for (bool any = true; any;) {
        any = inbox_->empty();
        for (const auto& one : all_)
            any |= one->inbox->empty();
        if (told_ != nullptr) any |= told_->tell_all();
    }
}

std::vector<Workers::Held> Workers::stand_still()
{
    std::vector<Held> all = hold_all();
    for (const Held& one : all)
        one->take_all();
    empty_inboxes();
    return all;
}

void Workers::hand_over(OutgoingHandover& into, HandoverFacts& facts) const
{
    const std::vector<Held> all = hold_all();
    for (const Held& one : all)
        one->hand_over_memory(into);
    for (const Held& one : all)
        one->hand_over(into);
    for (const Held& one : all)
        one->hand_over_links(into);
    const Figures figures = this->figures(); // with what was due
    facts.bytes_moved = figures.bytes_moved;
    facts.traffic = figures.traffic;
    facts.tally = figures.tally;
    for (const Held& one : all)
        facts.last_connection_id = std::max(facts.last_connection_id, one->last_connection_id());
    facts.room_salt = room_salt_;
}

void Workers::leave()
{
    for (const auto& one : all_)
        one->leave();
    io_.stop();
}

// What the operator has said, for one that came to be with this process.
void Workers::know_orders_of(std::uint16_t source, std::uint16_t worker)
{
    const lobby::Lobby& from = hold(source)->lobby();
    Engine& into = *hold(worker);
    (void)into.order(lobby::AdoptBans{from.bans(), /*replaces=*/true});
    (void)into.order(lobby::TakeNew{from.takes_new()});
    for (const lobby::Reservation& one : from.reservations()) {
        (void)into.order(lobby::LiftReservation{one.id});
        (void)into.order(lobby::Reserve{one});
    }
}

// With another count of workers each may come to numbers that another one has given out.
void Workers::share_numbers(std::uint64_t last_connection_id)
{
    std::vector<lobby::LastNumbers> given;
    each([&](const Engine& engine) { given.push_back(engine.lobby().last_numbers()); });
    each([&](Engine& engine) {
        engine.note_connection_id(last_connection_id);
        for (const lobby::LastNumbers& one : given)
            engine.note(one);
    });
}

namespace {

// Before the worker looks at its sockets, which are at their ends.
void keep_links(const worker::Moving& part,
                const std::map<lobby::ConnectionId, TlsStream::Paused>& links)
{
    for (const auto& [id, socket] : part.handles) {
        const auto known = links.find(id);
        if (known == links.end() || socket < 0) continue;
        if (TlsSockets::put(socket, std::make_unique<TlsStream>(socket, known->second)))
            TlsSockets::name(known->second.place.key, {socket, id});
    }
}

} // namespace

void Workers::take_over_hops(IncomingHandover& from, TakenOver& taken)
{
    const std::vector<HandedHop>& hops = from.index().hops;
    for (std::size_t at = 0; at < hops.size(); ++at) {
        UniqueFd player = from.take_hop(at);
        if (player.is_open()) {
            hold(static_cast<std::uint16_t>(at % count()))->take(hops[at], std::move(player));
            ++taken.connections;
        } else if (from.has_sockets()) {
            ++taken.lost;
        }
    }
}

TakenOver Workers::take_over(IncomingHandover& from)
{
    TakenOver taken;
    const HandoverIndex& index = from.index();
    InheritedPorts ports;
    for (std::size_t at = 0; at < index.listeners.size(); ++at)
        if (index.listeners[at].use == ListenerUse::join_port)
            ports[index.listeners[at].wanted] = from.take_listener(at);
    std::erase_if(ports, [](const auto& port) { return !port.second.is_open(); });
    each([&](Engine& engine) { engine.inherit_ports(&ports); });
    // A long pause is nobody's fault: all that was to happen happens so much later.
    const lobby::Duration pause = now() - index.facts.paused;
    const lobby::Duration later = pause > worker::standstill_least ? pause : lobby::Duration{};
    taken.has_memory = true;
    for (std::size_t at = 0; at < index.memories.size(); ++at) {
        const auto fault =
            hold(static_cast<std::uint16_t>(at % count()))->adopt_memory(from.memory(at), later);
        if (!fault) continue;
        taken.has_memory = false;
        spdlog::error("handover_incomplete part=memory problem=\"{}\"", record::word(*fault));
    }
    share_numbers(index.facts.last_connection_id);
    for (std::size_t worker = index.memories.size(); worker < count(); ++worker)
        know_orders_of(0, static_cast<std::uint16_t>(worker));
    take_over_hops(from, taken);
    std::map<lobby::ConnectionId, TlsStream::Paused> links;
    for (const HandedLink& one : index.links)
        links.emplace(one.connection, one.link);
    for (std::size_t at = 0; at < index.parts.size(); ++at) {
        const HandoverIndex::Part& listed = index.parts[at];
        const auto connections = static_cast<std::uint32_t>(listed.connections.size());
        std::string_view problem = "its sockets did not come";
        if (const std::optional<worker::Moving> part = from.take_part(at)) {
            keep_links(*part, links);
            const auto fault =
                hold(static_cast<std::uint16_t>(listed.named % count()))->adopt(*part, later);
            taken.connections += fault ? 0 : connections;
            if (!fault) continue;
            problem = record::word(*fault);
            close_all(*part);
        }
        taken.lost += connections;
        spdlog::error("handover_failed connections={} problem=\"{}\"", connections, problem);
    }
    each([](Engine& engine) { engine.inherit_ports(nullptr); }); // the rest is nobody's any more
    if (taken.lost > 0) miss(taken.lost);
    hold(0)->go_on_from(index.facts);
    settle_homes();
    return taken;
}

} // namespace netplay_relay::net
