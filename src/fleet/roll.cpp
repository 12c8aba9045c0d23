#include "fleet/roll.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::fleet {

// Nobody comes anew because of it, and rooms stay known where they are.
Roll::Roll(const View& before, Instant now)
    : own_(before.own), since_(before.coming.test(before.own) ? now : now - coming_time)
{
    for (std::size_t at = 0; at < nodes_max; ++at) {
        const auto node = static_cast<Node>(at);
        if (!before.can_reach(node)) continue;
        Heard& heard = heard_[at].emplace();
        heard.beat.takes_new = before.open.test(at) || before.coming.test(at);
        heard.beat.is_new = before.coming.test(at);
        heard.beat.twice = static_cast<std::uint32_t>(before.twice.to_ulong());
        for (const HeldRoom& held : before.held)
            if (held.node == node) heard.beat.rooms.push_back(held.room);
        heard.first = since_;
        heard.last = now;
    }
}

void Roll::hear(Node from, Beat beat, Instant now)
{
    if (from >= nodes_max || from == own_) return;
    std::optional<Heard>& known = heard_[from];
    const bool was_up = is_up(from, now);
    if (!known) known.emplace();
    if (!was_up) known->first = now;
    known->last = now;
    known->beat = std::move(beat);
}

void Roll::lose(Node node)
{
    if (node < nodes_max) heard_[node].reset();
}

bool Roll::is_up(Node node, Instant now) const
{
    return node == own_ ||
           (node < nodes_max && heard_[node] && now - heard_[node]->last < silence_limit);
}

View Roll::look(const Beat& own, Instant now) const
{
    View view;
    view.own = own_;
    const auto add = [&](Node node, const Beat& beat, bool is_new) {
        view.up.set(node);
        view.twice |= Nodes(beat.twice);
        if (beat.takes_new) (is_new ? view.coming : view.open).set(node);
        for (const std::uint64_t room : beat.rooms)
            view.held.push_back({room, node});
    };
    add(own_, own, own.is_new);
    for (std::size_t at = 0; at < nodes_max; ++at) {
        const auto node = static_cast<Node>(at);
        if (node == own_ || !is_up(node, now)) continue;
        const Heard& heard = *heard_[at];
        const bool was_before = heard.first - since_ < coming_time;
        const bool has_come = !was_before && now - heard.first < coming_time;
        add(node, heard.beat, heard.beat.is_new || has_come);
    }
    std::ranges::sort(view.held);
    return view;
}

Beat Roll::beat_of(const View& seen, const std::vector<std::uint64_t>& rooms, bool takes_new,
                   Instant now) const
{
    Beat beat;
    beat.takes_new = takes_new;
    beat.is_new = now - since_ < coming_time;
    // Whoever has come with rooms, out of the process before, has not heard of all others yet: they
    // would look for them elsewhere.
    for (const std::uint64_t room : rooms)
        if (beat.rooms.size() < told_rooms_max && (beat.is_new || seen.must_tell_of(room)))
            beat.rooms.push_back(room);
    std::ranges::sort(beat.rooms);
    const auto again = std::ranges::unique(beat.rooms);
    beat.rooms.erase(again.begin(), again.end());
    return beat;
}

} // namespace netplay_relay::fleet
