// Those on the way into a party that another worker of the process has.
#include "party_manager_state.hpp"

#include <utility>

namespace netplay_relay::party {

// True if another worker, or another node of the fleet, has the party that it names, and it is on
// its way there.
bool PartyManagerState::is_for_another(ConnectionId id, Newcomer& newcomer, const Control& said)
{
    if (fleet_ == nullptr && (among_.count == 1 || newcomer.was_passed_on)) return false;
    std::optional<std::uint8_t> named;
    std::optional<std::uint8_t> node;
    const auto by_code = [&](const std::optional<Code>& code) {
        if (!code) return;
        named = number_of(*code);
        if (!by_code_.contains(*code)) node = node_of(*code);
    };
    if (const auto* host = std::get_if<HostRequest>(&said)) {
        by_code(host->code);
    } else if (const auto* guest = std::get_if<JoinRequest>(&said)) {
        by_code(guest->code);
    } else if (const auto* back = std::get_if<ReturnRequest>(&said)) {
        named = back->token[worker_byte];
        node = node_of(back->token);
    }
    if (!named) return false;
    if (fleet_ != nullptr && !std::exchange(newcomer.has_hopped, true) && node &&
        fleet_->can_reach(*node)) {
        out_->elsewhere.push_back({id, 0, *node});
        return true;
    }
    if (newcomer.was_passed_on || among_.is_mine(*named)) return false;
    newcomer.was_passed_on = true;
    out_->elsewhere.push_back({id, among_.owner_of(*named)});
    return true;
}

void PartyManagerState::keep_asked(ConnectionId id, Client& client,
                                   const websocket::Message& message)
{
    std::vector<Asked>& asked = client.newcomer->asked;
    if (asked.size() >= asked_max) return refuse(id, client, CloseReason::bad_control);
    asked.push_back({message.kind, {message.payload.begin(), message.payload.end()}});
}

// One that was adopted: its party is here.
void PartyManagerState::go_on(ConnectionId id)
{
    const auto found = clients_.find(id);
    if (found == clients_.end() || !found->second.newcomer) return;
    for (const Asked& one : std::exchange(found->second.newcomer->asked, {}))
        hear(id, found->second, {one.kind, one.payload});
    settle();
}

} // namespace netplay_relay::party
