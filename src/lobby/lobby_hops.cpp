// One of several nodes of a fleet: who wants what another one has goes on there, once.
#include "lobby_state.hpp"

#include <utility>

namespace netplay_relay::lobby {

void LobbyState::on(const SeeFleet& event)
{
    fleet_ = event.view;
    rooms_.see(event.view);
    parties_.see(event.view);
    out_->outcome.met = 1;
}

// Those who name nothing stay; of rooms the room manager knows what is played there.
std::optional<fleet::Node> LobbyState::node_elsewhere(const Connection& connection,
                                                      const wire::Greeting& greeting) const
{
    if (fleet_ == nullptr || connection.hop != Hop::none) return std::nullopt;
    std::optional<fleet::Node> node;
    if (const auto* join = std::get_if<wire::JoinSession>(&greeting)) {
        if (!open_sessions_.contains(join->session)) node = wire::node_of(join->session);
    } else if (const auto* accept = std::get_if<wire::AcceptTicket>(&greeting)) {
        if (!tickets_.contains(accept->ticket)) node = wire::node_of(accept->ticket);
    }
    return node && fleet_->can_reach(*node) ? node : std::nullopt;
}

// Other nodes open rooms, or have some.
bool LobbyState::others_have_rooms() const
{
    if (fleet_ == nullptr) return false;
    fleet::Nodes others = (fleet_->open | fleet_->coming) & fleet_->up;
    return others.reset(fleet_->own).any() || !fleet_->held.empty();
}

bool LobbyState::hop(ConnectionId id, Connection& connection, fleet::Node node,
                     std::optional<wire::Greeting> greeting)
{
    if (connection.hop != Hop::none) return false;
    connection.hop = Hop::leaves;
    connection.hops_to = node;
    ++totals_.hops_sent;
    command(PassOn{id, 0, node, std::move(greeting), connection.peer});
    return true;
}

// Where it comes from it has left no trace, so what its address may have is judged here. One that
// comes back was let in before.
std::optional<CloseReason> LobbyState::end_hop(Connection& connection)
{
    if (connection.hop != Hop::leaves) return std::nullopt;
    connection.hop = Hop::done;
    if (fleet_ == nullptr || connection.hops_to != fleet_->own) {
        ++totals_.hops_returned;
        return std::nullopt;
    }
    ++totals_.hops_taken;
    return refusal_on_arrival(connection.peer);
}

} // namespace netplay_relay::lobby
