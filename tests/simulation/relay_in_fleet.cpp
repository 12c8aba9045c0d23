// A simulated relay as a node of a fleet: who comes from other nodes, and the end of its machine.
#include "relay_node.hpp"

#include <utility>

namespace netplay_relay::simulation {

// Whoever takes it passes it on to the worker whose it is.
std::optional<record::Fault> Relay::take_hopped(const worker::Moving& moving, lobby::Duration later)
{
    for (std::size_t at = 0; at < nodes_.size(); ++at)
        hold(at);
    next_for_hop_ = (next_for_hop_ + 1) % nodes_.size();
    for (const auto& [id, handle] : moving.handles)
        oracle_.arrives(id, schedule_.now(), later);
    return nodes_[next_for_hop_]->worker().adopt(moving, later);
}

void Relay::take_back(std::size_t worker, const worker::Moving& moving)
{
    for (const auto& [id, handle] : moving.handles)
        oracle_.arrives(id, schedule_.now());
    if (const auto fault = nodes_[worker]->worker().adopt(moving))
        oracle_.complains("what came back is not adopted: " + std::string(word(*fault)));
}

std::set<Line> Relay::die()
{
    is_dead_ = true;
    std::set<Line> lines = std::exchange(on_the_way_, {});
    for (const auto& [line, node] : homes_)
        lines.insert(line);
    for (const auto& node : nodes_)
        node->die();
    for (Inbox& inbox : inboxes_)
        inbox.acts.clear();
    ports_.clear();
    return lines;
}

void Relay::note(const lobby::LastNumbers& given)
{
    for (const auto& node : nodes_)
        node->worker().note(given);
}

std::vector<const lobby::Lobby*> Relay::lobbies() const
{
    std::vector<const lobby::Lobby*> all;
    for (const auto& node : nodes_)
        all.push_back(&node->worker().lobby());
    return all;
}

} // namespace netplay_relay::simulation
