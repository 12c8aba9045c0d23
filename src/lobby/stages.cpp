#include "lobby/stages.hpp"

#include "base/ensure.hpp"

namespace netplay_relay::lobby {

namespace {

struct Row
{
    Stage stage;
    Ends ends; // left, lost, too_slow, memory_short
};

constexpr Ends always(CloseReason reason) { return {reason, reason, reason, reason}; }

constexpr std::array rows{
    Row{Stage::greeting, always(CloseReason::left_early)},
    Row{Stage::asking, always(CloseReason::left_early)},
    Row{Stage::host,
        {CloseReason::host_left, CloseReason::host_lost, CloseReason::too_slow,
         CloseReason::memory_short}},
    Row{Stage::waiting,
        {CloseReason::left_while_waiting, CloseReason::left_while_waiting,
         CloseReason::left_while_waiting, CloseReason::memory_short}},
    Row{Stage::guest,
        {CloseReason::guest_left, CloseReason::guest_lost, CloseReason::guest_left,
         CloseReason::memory_short}},
    // session_ended instead of the first if the session has ended before.
    Row{Stage::host_side,
        {CloseReason::host_dropped_guest, CloseReason::host_link_lost,
         CloseReason::host_dropped_guest, CloseReason::memory_short}},
    Row{Stage::asking_port, always(CloseReason::left_early)},
    Row{Stage::member,
        {CloseReason::member_left, CloseReason::member_lost, CloseReason::member_backlog,
         CloseReason::memory_short}},
    // As the party manager tells it, which may hold its place.
    Row{Stage::party_peer,
        {CloseReason::peer_left, CloseReason::peer_absent, CloseReason::peer_backlog,
         CloseReason::memory_short}},
    Row{Stage::introducing, always(CloseReason::left_early)},
};

constexpr bool is_in_order()
{
    for (std::size_t at = 0; at < rows.size(); ++at)
        if (static_cast<std::size_t>(rows[at].stage) != at) return false;
    return rows.size() == static_cast<std::size_t>(Stage::lingering);
}
static_assert(is_in_order());

} // namespace

const Ends& ends_of(Stage stage)
{
    ensure(is_alive(stage), "one that is over ends again");
    return rows[static_cast<std::size_t>(stage)].ends;
}

} // namespace netplay_relay::lobby
