#include "lobby/refusal.hpp"

#include "base/ensure.hpp"

namespace netplay_relay::lobby {

using wire::RefusalReply;

RefusalReply refusal_reply_for(CloseReason reason)
{
    switch (reason) {
    case CloseReason::connections_full:
    case CloseReason::address_connections_full:
    case CloseReason::arriving_too_fast:
    case CloseReason::sessions_full:
    case CloseReason::address_sessions_full:
    case CloseReason::session_full:
    case CloseReason::address_links_full:
    case CloseReason::waiting_full:
    case CloseReason::address_waiting_full:
    case CloseReason::displaced:
    case CloseReason::draining:
    case CloseReason::closed_to_new: return RefusalReply::full;
    case CloseReason::old_version: return RefusalReply::old_version;
    case CloseReason::manual_ip_off:
    case CloseReason::host_denied:
    case CloseReason::join_denied:
    case CloseReason::banned_address:
    case CloseReason::password_too_often: return RefusalReply::denied;
    default: return RefusalReply::none;
    }
}

wire::ToldReason told_reason_for(CloseReason reason) { return wire::told_reason(word(reason)); }

CloseReason close_reason_for(wire::Refusal refusal)
{
    switch (refusal) {
    case wire::Refusal::unknown_greeting: return CloseReason::unknown_greeting;
    case wire::Refusal::http_greeting: return CloseReason::http_greeting;
    case wire::Refusal::tls_greeting: return CloseReason::tls_greeting;
    case wire::Refusal::ssh_greeting: return CloseReason::ssh_greeting;
    case wire::Refusal::proxy_greeting: return CloseReason::proxy_greeting;
    case wire::Refusal::no_proxy_header: return CloseReason::no_proxy_header;
    case wire::Refusal::bad_proxy_header: return CloseReason::bad_proxy_header;
    case wire::Refusal::unknown_message: return CloseReason::unknown_message;
    }
    ensure(false, "a refusal without a close reason");
    return CloseReason::unknown_greeting;
}

} // namespace netplay_relay::lobby
