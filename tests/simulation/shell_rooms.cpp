// Members of rooms and ports of their own, as src/net/engine_rooms.cpp does it.
#include "shell.hpp"

#include <utility>

namespace netplay_relay::simulation {

using net::IoResult;
using net::IoState;
using net::Phase;

namespace {

constexpr std::size_t write_budget = 128 * 1024;

} // namespace

void Shell::carry_out(const lobby::EnterRoom& order)
{
    Connection* connection = find(order.connection);
    if (connection == nullptr) return witness_.complains("the lobby let in one that is gone");
    connection->phase = Phase::member;
    go_on_later(*connection);
}

void Shell::ready_member(Connection& connection, Edge edge)
{
    if (connection.parcels && !connection.parcels->empty()) flush_member(connection);
    if (!connection.early.empty()) {
        const std::vector<std::uint8_t> early = std::exchange(connection.early, {});
        tell(lobby::MemberSaid{connection.id, early});
        if (connection.phase == Phase::member) go_on_later(connection);
        return;
    }
    if (!edge.readable && !edge.again) return;
    const auto bytes = read_some(connection, scratch_.size());
    if (!bytes) return;
    const bool is_full = bytes->size() == scratch_.size();
    tell(lobby::MemberSaid{connection.id, *bytes});
    if (connection.phase != Phase::member) return;
    if (is_full || edge.hung_up || edge.again) go_on_later(connection);
}

void Shell::carry_out(lobby::Deliver& order)
{
    Connection* connection = find(order.parcel.to);
    if (connection == nullptr) return; // it has gone while the lobby spoke
    if (connection->phase != Phase::member)
        return witness_.complains("a parcel for one that is no member");
    connection->sent += order.parcel.bytes.size();
    if (!connection->parcels) connection->parcels = std::make_unique<net::ParcelQueue>();
    const bool is_clear = connection->parcels->empty();
    connection->parcels->push(std::move(order.parcel.bytes));
    connection->parcels->push(std::move(order.parcel.state));
    if (connection->parcels->backlog() > net::member_backlog_max ||
        connection->parcels->states() > net::member_states_max) {
        tell(lobby::Left{connection->id, lobby::Departure::too_slow});
        return destroy(*connection);
    }
    if (is_clear) flush_member(*connection);
}

void Shell::flush_member(Connection& connection)
{
    const IoResult flushed = connection.parcels->flush(connection.socket.value(), write_budget);
    if (flushed.state == IoState::failed) {
        connection.parcels.reset(); // reading it will tell why
        return go_on_later(connection);
    }
    if (connection.parcels->empty())
        connection.parcels.reset();
    else if (flushed.state == IoState::moved)
        go_on_later(connection);
}

void Shell::carry_out(const lobby::OpenPort& order)
{
    if (ports_.contains(order.port)) witness_.complains("a port was to be opened twice");
    const bool open = !dice_.one_in(4); // somebody else may listen there
    if (open) ports_[order.port] = order.door;
    tell(lobby::PortAnswer{order.port, open});
}

void Shell::carry_out(const lobby::ClosePort& order)
{
    if (ports_.erase(order.port) == 0) witness_.complains("a port was closed that was not open");
}

} // namespace netplay_relay::simulation
