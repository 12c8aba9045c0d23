// Every reason for an end: what it is called, what a player reads, and that it happens.
#include "script.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <functional>
#include <utility>

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

using wire::parse_network, wire::RefusalReply;

// Ends in the one reason that it is listed under.
struct Ending
{
    CloseReason reason;
    RefusalReply reply;
    std::function<void(Script&)> happens;
};

void limit(Script& talk, const std::function<void(Policy&)>& change)
{
    Policy policy = talk.lobby.policy();
    change(policy);
    (void)talk.reloads(policy);
}

std::function<void(Script&)> joins_beyond(std::uint32_t Limits::*limited)
{
    return [limited](Script& talk) {
        limit(talk, [&](Policy& policy) { policy.limits.*limited = 0; });
        talk.hosts("host");
        talk.joins("guest", "host");
    };
}

std::function<void(Script&)> while_waiting(std::function<void(Script&)> happens)
{
    return [happens = std::move(happens)](Script& talk) {
        talk.hosts("host");
        talk.waits("guest", "host");
        happens(talk);
    };
}

std::function<void(Script&)> refused(wire::Refusal refusal)
{
    return [refusal](Script& talk) { talk.is_refused("ann", refusal); };
}

std::function<void(Script&)> host_leaves(CloseReason how)
{
    return [how](Script& talk) {
        talk.hosts("host");
        talk.leaves("host", how);
    };
}

std::function<void(Script&)> link_ends(const char* who, CloseReason how)
{
    return [who, how](Script& talk) {
        talk.hosts("host");
        talk.links("guest", "host");
        talk.leaves(who, how);
    };
}

std::vector<Ending> endings_on_arrival()
{
    using wire::Refusal;
    return {
        {CloseReason::connections_full, RefusalReply::full,
         [](Script& talk) {
             limit(talk, [](Policy& policy) { policy.limits.connections = 0; });
             talk.arrives("ann");
         }},
        {CloseReason::address_connections_full, RefusalReply::full,
         [](Script& talk) {
             limit(talk, [](Policy& policy) { policy.limits.connections_per_address = 0; });
             talk.arrives("ann");
         }},
        {CloseReason::arriving_too_fast, RefusalReply::full,
         [](Script& talk) {
             limit(talk, [](Policy& policy) {
                 policy.limits.new_connections_per_second_per_address = 0;
             });
             talk.arrives("ann");
         }},
        {CloseReason::greeting_timeout, RefusalReply::none,
         [](Script& talk) {
             talk.arrives("ann");
             talk.passes(10s);
         }},
        {CloseReason::left_early, RefusalReply::none,
         [](Script& talk) {
             talk.arrives("ann");
             talk.leaves("ann");
         }},
        {CloseReason::unknown_greeting, RefusalReply::none, refused(Refusal::unknown_greeting)},
        {CloseReason::http_greeting, RefusalReply::none, refused(Refusal::http_greeting)},
        {CloseReason::tls_greeting, RefusalReply::none, refused(Refusal::tls_greeting)},
        {CloseReason::ssh_greeting, RefusalReply::none, refused(Refusal::ssh_greeting)},
        {CloseReason::proxy_greeting, RefusalReply::none, refused(Refusal::proxy_greeting)},
        {CloseReason::no_proxy_header, RefusalReply::none, refused(Refusal::no_proxy_header)},
        {CloseReason::bad_proxy_header, RefusalReply::none, refused(Refusal::bad_proxy_header)},
        {CloseReason::lost_guest, RefusalReply::none,
         [](Script& talk) { talk.asks("lost", true); }},
        {CloseReason::banned_address, RefusalReply::denied,
         [](Script& talk) {
             talk.tells(SetBan{{*parse_network("198.51.0.0/16"), {}, {}, {}, {}}});
             talk.arrives("ann");
         }},
        {CloseReason::shutdown, RefusalReply::none,
         [](Script& talk) {
             talk.arrives("ann");
             talk.shuts_down();
         }},
    };
}

// Somebody who names no session.
std::function<void(Script&)> comes(wire::ManualCaller caller, ManualIp manual_ip)
{
    return [caller, manual_ip](Script& talk) {
        talk.profile.manual_ip = manual_ip;
        talk.comes_as("ann", caller, {});
    };
}

std::vector<Ending> endings_without_a_session()
{
    using wire::ManualCaller;
    return {
        {CloseReason::probe, RefusalReply::none, comes(ManualCaller::probe, ManualIp::off)},
        {CloseReason::old_version, RefusalReply::old_version,
         comes(ManualCaller::old_client, ManualIp::off)},
        {CloseReason::manual_ip_off, RefusalReply::denied,
         comes(ManualCaller::client, ManualIp::off)},
        {CloseReason::no_single_session, RefusalReply::none,
         comes(ManualCaller::client, ManualIp::tunnel)},
        {CloseReason::password_too_often, RefusalReply::denied,
         [](Script& talk) { talk.tries_passwords(); }},
    };
}

void give_ports(Script& talk, std::uint16_t first, std::uint16_t last)
{
    limit(talk, [&](Policy& policy) { policy.legacy_ports.range = {first, last}; });
}

std::vector<Ending> endings_of_port_requests()
{
    return {
        {CloseReason::legacy_port_given, RefusalReply::none,
         [](Script& talk) {
             give_ports(talk, 5000, 5009);
             talk.requests_port("server");
         }},
        {CloseReason::legacy_ports_off, RefusalReply::none,
         [](Script& talk) { talk.requests_port("server"); }},
        {CloseReason::legacy_ports_full, RefusalReply::none,
         [](Script& talk) {
             give_ports(talk, 5000, 5000);
             talk.busy_ports = {5000};
             talk.requests_port("server");
         }},
        {CloseReason::address_legacy_ports_full, RefusalReply::none,
         [](Script& talk) {
             give_ports(talk, 5000, 5009);
             limit(talk, [](Policy& policy) { policy.legacy_ports.per_address = 0; });
             talk.requests_port("server");
         }},
    };
}

// Rooms and parties have tests of their own for why somebody has to go; here, that nobody is told
// in words of RetroArch's: a member's netplay handshake has begun, and a second header would be
// taken for a command; a WebSocket is told in words of its own.
std::vector<CloseReason> endings_inside()
{
    std::vector<CloseReason> all{CloseReason::memory_short};
    for (auto at = static_cast<int>(CloseReason::entrance_timeout);
         at <= static_cast<int>(CloseReason::peer_flood); ++at)
        if (const auto reason = static_cast<CloseReason>(at);
            reason != CloseReason::password_too_often) // told before the handshake begins
            all.push_back(reason);
    return all;
}

std::function<void(Script&)> asks_after(const Event& order)
{
    return [order](Script& talk) {
        talk.tells(order);
        talk.asks("host");
    };
}

std::vector<Ending> endings_of_hosts()
{
    return {
        {CloseReason::host_denied, RefusalReply::denied,
         [](Script& talk) {
             limit(talk, [](Policy& policy) { policy.host.deny = {*parse_network("0.0.0.0/0")}; });
             talk.asks("host");
         }},
        {CloseReason::sessions_full, RefusalReply::full,
         [](Script& talk) {
             limit(talk, [](Policy& policy) { policy.limits.sessions = 0; });
             talk.asks("host");
         }},
        {CloseReason::address_sessions_full, RefusalReply::full,
         [](Script& talk) {
             limit(talk, [](Policy& policy) { policy.limits.sessions_per_address = 0; });
             talk.asks("host");
         }},
        {CloseReason::draining, RefusalReply::full, asks_after(Drain{})},
        {CloseReason::closed_to_new, RefusalReply::full, asks_after(TakeNew{false})},
        {CloseReason::ended_by_operator, RefusalReply::none,
         while_waiting([](Script& talk) { talk.tells(EndSession{talk.session_of("host")}); })},
        {CloseReason::unknown_ticket, RefusalReply::none,
         [](Script& talk) { talk.accepts("side", wire::TicketId{}); }},
        {CloseReason::guest_gone, RefusalReply::none,
         [](Script& talk) {
             talk.hosts("host");
             talk.waits("guest", "host");
             talk.leaves("guest");
             talk.accepts("side", "guest");
         }},
        {CloseReason::host_left, RefusalReply::none, host_leaves(CloseReason::left)},
        {CloseReason::host_lost, RefusalReply::none, host_leaves(CloseReason::lost)},
        {CloseReason::too_slow, RefusalReply::none, host_leaves(CloseReason::too_slow)},
        {CloseReason::query_flood, RefusalReply::none,
         [](Script& talk) {
             talk.hosts("host");
             for (unsigned time = 0; time <= queries_per_guest; ++time)
                 talk.queries("host", wire::TicketId{});
         }},
        {CloseReason::unknown_message, RefusalReply::none,
         [](Script& talk) {
             talk.hosts("host");
             talk.is_refused("host", wire::Refusal::unknown_message);
         }},
    };
}

std::vector<Ending> endings_of_guests()
{
    return {
        {CloseReason::join_denied, RefusalReply::denied,
         [](Script& talk) {
             limit(talk, [](Policy& policy) { policy.join.deny = {*parse_network("0.0.0.0/0")}; });
             talk.hosts("host");
             talk.joins("guest", "host");
         }},
        {CloseReason::unknown_session, RefusalReply::none,
         [](Script& talk) { talk.joins("guest", wire::SessionId{}, Guest::speaking); }},
        {CloseReason::expired_session, RefusalReply::none,
         [](Script& talk) {
             talk.hosts("host");
             talk.leaves("host");
             talk.joins("guest", "host");
         }},
        {CloseReason::node_down, RefusalReply::none,
         [](Script& talk) {
             auto view = std::make_shared<fleet::View>();
             view->own = 1;
             view->members = fleet::Nodes(0b11);
             view->up = fleet::Nodes(0b10);
             talk.tells(SeeFleet{view});
             talk.joins("guest", wire::SessionId{}, Guest::speaking);
         }},
        {CloseReason::session_full, RefusalReply::full, joins_beyond(&Limits::links_per_session)},
        {CloseReason::address_links_full, RefusalReply::full,
         joins_beyond(&Limits::links_per_address)},
        {CloseReason::waiting_full, RefusalReply::full,
         joins_beyond(&Limits::waiting_joins_per_session)},
        {CloseReason::address_waiting_full, RefusalReply::full,
         joins_beyond(&Limits::waiting_joins_per_address)},
        {CloseReason::displaced, RefusalReply::full,
         [](Script& talk) {
             limit(talk, [](Policy& policy) { policy.limits.waiting_joins_per_session = 1; });
             talk.hosts("host");
             talk.waits("mute", "host", Guest::silent);
             talk.joins("guest", "host");
         }},
        {CloseReason::sent_away, RefusalReply::none,
         while_waiting([](Script& talk) { talk.tells(SendAway{talk.id_of("guest")}); })},
        {CloseReason::host_did_not_answer, RefusalReply::none,
         while_waiting([](Script& talk) { talk.passes(10s); })},
        {CloseReason::left_while_waiting, RefusalReply::none,
         while_waiting([](Script& talk) { talk.leaves("guest"); })},
        {CloseReason::session_ended, RefusalReply::none,
         while_waiting([](Script& talk) { talk.leaves("host"); })},
    };
}

std::vector<Ending> endings_of_links()
{
    return {
        {CloseReason::guest_left, RefusalReply::none, link_ends("guest", CloseReason::left)},
        {CloseReason::guest_lost, RefusalReply::none, link_ends("guest", CloseReason::lost)},
        {CloseReason::host_dropped_guest, RefusalReply::none,
         link_ends("guest-side", CloseReason::left)},
        {CloseReason::host_link_lost, RefusalReply::none,
         link_ends("guest-side", CloseReason::lost)},
        {CloseReason::silent_guest, RefusalReply::none,
         [](Script& talk) {
             talk.hosts("host");
             talk.links("mute", "host", Guest::silent);
             talk.passes(10s);
         }},
        {CloseReason::idle, RefusalReply::none,
         [](Script& talk) {
             talk.hosts("host");
             talk.links("guest", "host");
             talk.passes(4h);
         }},
    };
}

std::vector<Ending> all_endings()
{
    std::vector<Ending> all;
    for (const auto& part :
         {endings_on_arrival(), endings_without_a_session(), endings_of_port_requests(),
          endings_of_hosts(), endings_of_guests(), endings_of_links()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace

TEST_CASE("every close reason is given in some script, and told as an event")
{
    for (const Ending& ending : all_endings()) {
        INFO(word(ending.reason));
        Script talk;
        ending.happens(talk);
        CHECK(talk.said(ending.reason) == 1);
        const Words events = talk.events();
        const std::string told = ", " + std::string(word(ending.reason));
        CHECK(std::ranges::count_if(
                  events, [&](const std::string& line) { return line.ends_with(told); }) == 1);
    }
}

TEST_CASE("no close reason is left out")
{
    std::vector<std::size_t> listed;
    for (const Ending& ending : all_endings())
        listed.push_back(static_cast<std::size_t>(ending.reason));
    for (const CloseReason ending : endings_inside())
        listed.push_back(static_cast<std::size_t>(ending));
    // Of connections that the lobby has never known.
    Script talk;
    talk.tells(HandoverFailed{2});
    CHECK(talk.said(CloseReason::handover_failed) == 2);
    listed.push_back(static_cast<std::size_t>(CloseReason::handover_failed));
    std::ranges::sort(listed);
    std::vector<std::size_t> all(wire::counted_close_reasons);
    for (std::size_t value = 0; value < all.size(); ++value)
        all[value] = value;
    CHECK(listed == all);
}

TEST_CASE("who has to leave a room or party is told so in no words of RetroArch's")
{
    for (const CloseReason ending : endings_inside()) {
        INFO(word(ending));
        CHECK(refusal_reply_for(ending) == RefusalReply::none);
    }
}

TEST_CASE("players read what is true, or nothing")
{
    for (const Ending& ending : all_endings()) {
        INFO(word(ending.reason));
        CHECK(refusal_reply_for(ending.reason) == ending.reply);
        const bool tells =
            ending.reply == RefusalReply::full || ending.reply == RefusalReply::denied;
        CHECK(wire::word(told_reason_for(ending.reason)) == (tells ? word(ending.reason) : ""));
    }
}
