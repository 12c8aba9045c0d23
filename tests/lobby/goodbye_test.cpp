// Every reason for an end: what it is called, what a player reads, and that it happens.
#include "dialogue.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <functional>
#include <utility>

using namespace netplay_relay;
using namespace netplay_relay::lobby;
using namespace std::chrono_literals;

namespace {

using wire::Farewell;

// Ends in the one reason that it is listed under.
struct Ending
{
    Goodbye goodbye;
    Farewell farewell;
    std::function<void(Dialogue&)> happens;
};

void limit(Dialogue& talk, const std::function<void(Policy&)>& change)
{
    Policy policy = talk.lobby.policy();
    change(policy);
    (void)talk.reloads(policy);
}

std::function<void(Dialogue&)> joins_beyond(std::uint32_t Limits::*limited)
{
    return [limited](Dialogue& talk) {
        limit(talk, [&](Policy& policy) { policy.limits.*limited = 0; });
        talk.hosts("host");
        talk.joins("guest", "host");
    };
}

std::function<void(Dialogue&)> while_waiting(std::function<void(Dialogue&)> happens)
{
    return [happens = std::move(happens)](Dialogue& talk) {
        talk.hosts("host");
        talk.waits("guest", "host");
        happens(talk);
    };
}

std::function<void(Dialogue&)> refused(wire::Refusal refusal)
{
    return [refusal](Dialogue& talk) { talk.is_refused("ann", refusal); };
}

std::function<void(Dialogue&)> host_leaves(Departure how)
{
    return [how](Dialogue& talk) {
        talk.hosts("host");
        talk.leaves("host", how);
    };
}

std::function<void(Dialogue&)> link_ends(const char* who, Departure how)
{
    return [who, how](Dialogue& talk) {
        talk.hosts("host");
        talk.links("guest", "host");
        talk.leaves(who, how);
    };
}

std::vector<Ending> endings_at_the_door()
{
    using wire::Refusal;
    return {
        {Goodbye::connections_full, Farewell::full,
         [](Dialogue& talk) {
             limit(talk, [](Policy& policy) { policy.limits.connections = 0; });
             talk.arrives("ann");
         }},
        {Goodbye::address_connections_full, Farewell::full,
         [](Dialogue& talk) {
             limit(talk, [](Policy& policy) { policy.limits.connections_per_address = 0; });
             talk.arrives("ann");
         }},
        {Goodbye::arriving_too_fast, Farewell::full,
         [](Dialogue& talk) {
             limit(talk, [](Policy& policy) {
                 policy.limits.new_connections_per_second_per_address = 0;
             });
             talk.arrives("ann");
         }},
        {Goodbye::greeting_timeout, Farewell::none,
         [](Dialogue& talk) {
             talk.arrives("ann");
             talk.passes(10s);
         }},
        {Goodbye::left_early, Farewell::none,
         [](Dialogue& talk) {
             talk.arrives("ann");
             talk.leaves("ann");
         }},
        {Goodbye::unknown_greeting, Farewell::none, refused(Refusal::unknown_greeting)},
        {Goodbye::http_greeting, Farewell::none, refused(Refusal::http_greeting)},
        {Goodbye::tls_greeting, Farewell::none, refused(Refusal::tls_greeting)},
        {Goodbye::ssh_greeting, Farewell::none, refused(Refusal::ssh_greeting)},
        {Goodbye::proxy_greeting, Farewell::none, refused(Refusal::proxy_greeting)},
        {Goodbye::lost_guest, Farewell::none, [](Dialogue& talk) { talk.asks("lost", true); }},
        {Goodbye::shutdown, Farewell::none,
         [](Dialogue& talk) {
             talk.arrives("ann");
             talk.shuts_down();
         }},
    };
}

// Somebody who names no session.
std::function<void(Dialogue&)> comes(wire::ManualCaller caller, ManualIp manual_ip)
{
    return [caller, manual_ip](Dialogue& talk) {
        talk.door.manual_ip = manual_ip;
        talk.comes_as("ann", caller, {});
    };
}

std::vector<Ending> endings_without_a_session()
{
    using wire::ManualCaller;
    return {
        {Goodbye::probe, Farewell::none, comes(ManualCaller::probe, ManualIp::off)},
        {Goodbye::old_version, Farewell::old_version,
         comes(ManualCaller::old_client, ManualIp::off)},
        {Goodbye::manual_ip_off, Farewell::denied, comes(ManualCaller::client, ManualIp::off)},
        {Goodbye::no_single_session, Farewell::none, comes(ManualCaller::client, ManualIp::tunnel)},
        {Goodbye::password_too_often, Farewell::denied,
         [](Dialogue& talk) { talk.tries_passwords(); }},
    };
}

void give_ports(Dialogue& talk, std::uint16_t first, std::uint16_t last)
{
    limit(talk, [&](Policy& policy) { policy.legacy_ports.range = {first, last}; });
}

std::vector<Ending> endings_of_port_requests()
{
    return {
        {Goodbye::legacy_port_given, Farewell::none,
         [](Dialogue& talk) {
             give_ports(talk, 5000, 5009);
             talk.requests_port("server");
         }},
        {Goodbye::legacy_ports_off, Farewell::none,
         [](Dialogue& talk) { talk.requests_port("server"); }},
        {Goodbye::legacy_ports_full, Farewell::none,
         [](Dialogue& talk) {
             give_ports(talk, 5000, 5000);
             talk.busy_ports = {5000};
             talk.requests_port("server");
         }},
        {Goodbye::address_legacy_ports_full, Farewell::none,
         [](Dialogue& talk) {
             give_ports(talk, 5000, 5009);
             limit(talk, [](Policy& policy) { policy.legacy_ports.per_address = 0; });
             talk.requests_port("server");
         }},
    };
}

// Rooms have tests of their own for why a member has to go; here, how that is called. Nobody is
// told in words: the netplay handshake has begun, and a second header would be taken for a command.
struct RoomEnding
{
    room::MemberEnd end;
    Goodbye goodbye;
};

const std::vector<RoomEnding> room_endings{
    {room::MemberEnd::left, Goodbye::member_left},
    {room::MemberEnd::lost, Goodbye::member_lost},
    {room::MemberEnd::backlog, Goodbye::member_backlog},
    {room::MemberEnd::memory_short, Goodbye::memory_short},
    {room::MemberEnd::entrance_timeout, Goodbye::entrance_timeout},
    {room::MemberEnd::not_netplay, Goodbye::not_netplay},
    {room::MemberEnd::old_version, Goodbye::no_common_protocol},
    {room::MemberEnd::no_compression, Goodbye::no_compression},
    {room::MemberEnd::byte_order, Goodbye::byte_order},
    {room::MemberEnd::wrong_password, Goodbye::wrong_password},
    {room::MemberEnd::different_core, Goodbye::different_core},
    {room::MemberEnd::rooms_full, Goodbye::rooms_full},
    {room::MemberEnd::address_rooms_full, Goodbye::address_rooms_full},
    {room::MemberEnd::room_full, Goodbye::room_full},
    {room::MemberEnd::address_idle_full, Goodbye::address_idle_full},
    {room::MemberEnd::address_room_full, Goodbye::address_room_full},
    {room::MemberEnd::made_room, Goodbye::made_room},
    {room::MemberEnd::unusable_state, Goodbye::unusable_state},
    {room::MemberEnd::protocol_4, Goodbye::protocol_4_seats},
    {room::MemberEnd::no_new_rooms, Goodbye::no_new_rooms},
    {room::MemberEnd::no_savestate, Goodbye::no_savestate},
    {room::MemberEnd::state_size_differs, Goodbye::state_size_differs},
    {room::MemberEnd::replaced, Goodbye::replaced},
    {room::MemberEnd::bad_command, Goodbye::bad_command},
    {room::MemberEnd::input_size, Goodbye::input_size},
    {room::MemberEnd::input_out_of_order, Goodbye::input_out_of_order},
    {room::MemberEnd::ran_ahead, Goodbye::ran_ahead},
    {room::MemberEnd::slow_player, Goodbye::slow_player},
    {room::MemberEnd::spoils_game, Goodbye::spoils_game},
    {room::MemberEnd::nak, Goodbye::nak},
    {room::MemberEnd::flood, Goodbye::flood},
    {room::MemberEnd::room_closed, Goodbye::room_closed},
};

std::vector<Ending> endings_of_hosts()
{
    return {
        {Goodbye::host_denied, Farewell::denied,
         [](Dialogue& talk) {
             limit(talk, [](Policy& policy) { policy.host.deny = {wire::Network{{}, 0}}; });
             talk.asks("host");
         }},
        {Goodbye::sessions_full, Farewell::full,
         [](Dialogue& talk) {
             limit(talk, [](Policy& policy) { policy.limits.sessions = 0; });
             talk.asks("host");
         }},
        {Goodbye::address_sessions_full, Farewell::full,
         [](Dialogue& talk) {
             limit(talk, [](Policy& policy) { policy.limits.sessions_per_address = 0; });
             talk.asks("host");
         }},
        {Goodbye::draining, Farewell::full,
         [](Dialogue& talk) {
             talk.tells(Drain{});
             talk.asks("host");
         }},
        {Goodbye::unknown_ticket, Farewell::none,
         [](Dialogue& talk) { talk.accepts("leg", wire::TicketId{}); }},
        {Goodbye::guest_gone, Farewell::none,
         [](Dialogue& talk) {
             talk.hosts("host");
             talk.waits("guest", "host");
             talk.leaves("guest");
             talk.accepts("leg", "guest");
         }},
        {Goodbye::host_left, Farewell::none, host_leaves(Departure::left)},
        {Goodbye::host_lost, Farewell::none, host_leaves(Departure::lost)},
        {Goodbye::too_slow, Farewell::none, host_leaves(Departure::too_slow)},
        {Goodbye::query_flood, Farewell::none,
         [](Dialogue& talk) {
             talk.hosts("host");
             for (unsigned time = 0; time <= queries_per_guest; ++time)
                 talk.queries("host", wire::TicketId{});
         }},
        {Goodbye::unknown_message, Farewell::none,
         [](Dialogue& talk) {
             talk.hosts("host");
             talk.is_refused("host", wire::Refusal::unknown_message);
         }},
    };
}

std::vector<Ending> endings_of_guests()
{
    return {
        {Goodbye::join_denied, Farewell::denied,
         [](Dialogue& talk) {
             limit(talk, [](Policy& policy) { policy.join.deny = {wire::Network{{}, 0}}; });
             talk.hosts("host");
             talk.joins("guest", "host");
         }},
        {Goodbye::unknown_session, Farewell::none,
         [](Dialogue& talk) { talk.joins("guest", wire::SessionId{}, Guest::speaking); }},
        {Goodbye::expired_session, Farewell::none,
         [](Dialogue& talk) {
             talk.hosts("host");
             talk.leaves("host");
             talk.joins("guest", "host");
         }},
        {Goodbye::session_full, Farewell::full, joins_beyond(&Limits::links_per_session)},
        {Goodbye::address_links_full, Farewell::full, joins_beyond(&Limits::links_per_address)},
        {Goodbye::waiting_full, Farewell::full, joins_beyond(&Limits::waiting_joins_per_session)},
        {Goodbye::address_waiting_full, Farewell::full,
         joins_beyond(&Limits::waiting_joins_per_address)},
        {Goodbye::displaced, Farewell::full,
         [](Dialogue& talk) {
             limit(talk, [](Policy& policy) { policy.limits.waiting_joins_per_session = 1; });
             talk.hosts("host");
             talk.waits("mute", "host", Guest::silent);
             talk.joins("guest", "host");
         }},
        {Goodbye::host_did_not_answer, Farewell::none,
         while_waiting([](Dialogue& talk) { talk.passes(10s); })},
        {Goodbye::left_while_waiting, Farewell::none,
         while_waiting([](Dialogue& talk) { talk.leaves("guest"); })},
        {Goodbye::session_ended, Farewell::none,
         while_waiting([](Dialogue& talk) { talk.leaves("host"); })},
    };
}

std::vector<Ending> endings_of_links()
{
    return {
        {Goodbye::guest_left, Farewell::none, link_ends("guest", Departure::left)},
        {Goodbye::guest_lost, Farewell::none, link_ends("guest", Departure::lost)},
        {Goodbye::host_dropped_guest, Farewell::none, link_ends("guest-leg", Departure::left)},
        {Goodbye::host_link_lost, Farewell::none, link_ends("guest-leg", Departure::lost)},
        {Goodbye::silent_guest, Farewell::none,
         [](Dialogue& talk) {
             talk.hosts("host");
             talk.links("mute", "host", Guest::silent);
             talk.passes(10s);
         }},
        {Goodbye::idle, Farewell::none,
         [](Dialogue& talk) {
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
         {endings_at_the_door(), endings_without_a_session(), endings_of_port_requests(),
          endings_of_hosts(), endings_of_guests(), endings_of_links()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace

TEST_CASE("every goodbye is said in some dialogue, and told as news")
{
    for (const Ending& ending : all_endings()) {
        INFO(word(ending.goodbye));
        Dialogue talk;
        ending.happens(talk);
        CHECK(talk.said(ending.goodbye) == 1);
        const Words news = talk.news();
        const std::string told = ", " + std::string(word(ending.goodbye));
        CHECK(std::ranges::count_if(
                  news, [&](const std::string& line) { return line.ends_with(told); }) == 1);
    }
}

TEST_CASE("no goodbye is left out")
{
    std::vector<std::size_t> listed;
    for (const Ending& ending : all_endings())
        listed.push_back(static_cast<std::size_t>(ending.goodbye));
    for (const RoomEnding& ending : room_endings)
        listed.push_back(static_cast<std::size_t>(ending.goodbye));
    std::ranges::sort(listed);
    std::vector<std::size_t> all(goodbye_count);
    for (std::size_t value = 0; value < all.size(); ++value)
        all[value] = value;
    CHECK(listed == all);
}

TEST_CASE("why a member has to go has the same name in the lobby, and no words of its own")
{
    for (const RoomEnding& ending : room_endings) {
        INFO(word(ending.goodbye));
        CHECK(goodbye_for(ending.end) == ending.goodbye);
        CHECK(farewell_for(ending.goodbye) == Farewell::none);
    }
    CHECK(goodbye_for(room::MemberEnd::probe) == Goodbye::probe);
    // At the door it has words, and within it is closed without.
    CHECK(goodbye_for(room::MemberEnd::password_too_often) == Goodbye::password_too_often);
    CHECK(room_endings.size() + 2 == room::member_end_count);
}

TEST_CASE("players read what is true, or nothing")
{
    for (const Ending& ending : all_endings()) {
        INFO(word(ending.goodbye));
        CHECK(farewell_for(ending.goodbye) == ending.farewell);
        const bool tells = ending.farewell == Farewell::full || ending.farewell == Farewell::denied;
        CHECK(wire::word(told_reason_for(ending.goodbye)) == (tells ? word(ending.goodbye) : ""));
    }
}

TEST_CASE("every goodbye has a word of its own in lower_snake_case")
{
    std::vector<std::string_view> words;
    for (const Ending& ending : all_endings())
        words.push_back(word(ending.goodbye));
    for (const RoomEnding& ending : room_endings)
        words.push_back(word(ending.goodbye));
    std::ranges::sort(words);
    CHECK(std::ranges::adjacent_find(words) == words.end());
    for (const std::string_view one : words) {
        INFO(one);
        CHECK_FALSE(one.empty());
        CHECK(one.find_first_not_of("abcdefghijklmnopqrstuvwxyz_4") == std::string_view::npos);
    }
}
