#include "netplay_relay/lobby/goodbye.hpp"

#include "netplay_relay/ensure.hpp"

namespace netplay_relay::lobby {

namespace {

using wire::Farewell;

struct Entry
{
    Goodbye goodbye;
    std::string_view word;
    Farewell farewell = Farewell::none;
};

// In the order of the enum; checked below.
constexpr std::array<Entry, goodbye_count> entries{{
    {Goodbye::connections_full, "connections_full", Farewell::full},
    {Goodbye::address_connections_full, "address_connections_full", Farewell::full},
    {Goodbye::arriving_too_fast, "arriving_too_fast", Farewell::full},
    {Goodbye::greeting_timeout, "greeting_timeout"},
    {Goodbye::left_early, "left_early"},
    {Goodbye::unknown_greeting, "unknown_greeting"},
    {Goodbye::http_greeting, "http_greeting"},
    {Goodbye::tls_greeting, "tls_greeting"},
    {Goodbye::ssh_greeting, "ssh_greeting"},
    {Goodbye::probe, "probe"},
    {Goodbye::legacy_port_request, "legacy_port_request"},
    {Goodbye::old_version, "old_version", Farewell::old_version},
    {Goodbye::no_session_id, "no_session_id"},
    {Goodbye::lost_guest, "lost_guest"},
    {Goodbye::host_denied, "host_denied", Farewell::denied},
    {Goodbye::sessions_full, "sessions_full", Farewell::full},
    {Goodbye::address_sessions_full, "address_sessions_full", Farewell::full},
    {Goodbye::unknown_ticket, "unknown_ticket"},
    {Goodbye::guest_gone, "guest_gone"},
    {Goodbye::join_denied, "join_denied", Farewell::denied},
    {Goodbye::unknown_session, "unknown_session"},
    {Goodbye::expired_session, "expired_session"},
    {Goodbye::session_full, "session_full", Farewell::full},
    {Goodbye::waiting_full, "waiting_full", Farewell::full},
    {Goodbye::address_waiting_full, "address_waiting_full", Farewell::full},
    {Goodbye::displaced, "displaced", Farewell::full},
    {Goodbye::host_did_not_answer, "host_did_not_answer"},
    {Goodbye::left_while_waiting, "left_while_waiting"},
    {Goodbye::host_left, "host_left"},
    {Goodbye::host_lost, "host_lost"},
    {Goodbye::unknown_message, "unknown_message"},
    {Goodbye::too_slow, "too_slow"},
    {Goodbye::guest_left, "guest_left"},
    {Goodbye::guest_lost, "guest_lost"},
    {Goodbye::host_dropped_guest, "host_dropped_guest"},
    {Goodbye::host_link_lost, "host_link_lost"},
    {Goodbye::silent_guest, "silent_guest"},
    {Goodbye::idle, "idle"},
    {Goodbye::session_ended, "session_ended"},
    {Goodbye::shutdown, "shutdown"},
}};

constexpr bool in_order()
{
    for (std::size_t at = 0; at < entries.size(); ++at)
        if (static_cast<std::size_t>(entries[at].goodbye) != at) return false;
    return true;
}
static_assert(in_order());

} // namespace

std::string_view word(Goodbye goodbye) { return entries[static_cast<std::size_t>(goodbye)].word; }

Farewell farewell_for(Goodbye goodbye)
{
    return entries[static_cast<std::size_t>(goodbye)].farewell;
}

Goodbye goodbye_for(wire::Refusal refusal)
{
    switch (refusal) {
    case wire::Refusal::unknown_greeting: return Goodbye::unknown_greeting;
    case wire::Refusal::http_greeting: return Goodbye::http_greeting;
    case wire::Refusal::tls_greeting: return Goodbye::tls_greeting;
    case wire::Refusal::ssh_greeting: return Goodbye::ssh_greeting;
    case wire::Refusal::probe: return Goodbye::probe;
    case wire::Refusal::legacy_port_request: return Goodbye::legacy_port_request;
    case wire::Refusal::old_version: return Goodbye::old_version;
    case wire::Refusal::no_session_id: return Goodbye::no_session_id;
    case wire::Refusal::unknown_message: return Goodbye::unknown_message;
    }
    ensure(false, "a refusal without a goodbye");
    return Goodbye::unknown_greeting;
}

} // namespace netplay_relay::lobby
