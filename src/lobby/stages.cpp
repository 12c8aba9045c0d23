#include "netplay_relay/lobby/stages.hpp"

#include "netplay_relay/ensure.hpp"

namespace netplay_relay::lobby {

namespace {

struct Row
{
    Stage stage;
    Ends ends; // left, lost, too_slow, memory_short
};

constexpr Ends always(Goodbye goodbye) { return {goodbye, goodbye, goodbye, goodbye}; }

constexpr std::array rows{
    Row{Stage::greeting, always(Goodbye::left_early)},
    Row{Stage::asking, always(Goodbye::left_early)},
    Row{Stage::host,
        {Goodbye::host_left, Goodbye::host_lost, Goodbye::too_slow, Goodbye::memory_short}},
    Row{Stage::waiting,
        {Goodbye::left_while_waiting, Goodbye::left_while_waiting, Goodbye::left_while_waiting,
         Goodbye::memory_short}},
    Row{Stage::guest,
        {Goodbye::guest_left, Goodbye::guest_lost, Goodbye::guest_left, Goodbye::memory_short}},
    // session_ended instead of the first if the session has ended before.
    Row{Stage::host_leg,
        {Goodbye::host_dropped_guest, Goodbye::host_link_lost, Goodbye::host_dropped_guest,
         Goodbye::memory_short}},
    Row{Stage::asking_port, always(Goodbye::left_early)},
    Row{Stage::member,
        {Goodbye::member_left, Goodbye::member_lost, Goodbye::member_backlog,
         Goodbye::memory_short}},
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
