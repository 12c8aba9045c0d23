// What people in a simulated world have in mind.
#include "crowd.hpp"

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;
using wire::CloseReason;

using Piece = std::vector<std::uint8_t>;

Piece text(std::string_view letters) { return {letters.begin(), letters.end()}; }

Piece followed_by(Piece piece, std::size_t count, std::uint8_t byte)
{
    piece.insert(piece.end(), count, byte);
    return piece;
}

// A netplay header; with 0 for the highest protocol it is one of RetroArch 1.9 or earlier.
Piece netplay_header(std::uint8_t highest_protocol)
{
    Piece piece = followed_by(text("RANP"), wire::netplay_header_size - wire::magic_size, 0);
    piece[15] = highest_protocol;
    return piece;
}

Piece random_bytes(Rng& rng, std::size_t count)
{
    Piece piece(count);
    for (std::uint8_t& byte : piece)
        byte = static_cast<std::uint8_t>(rng.draw());
    return piece;
}

Piece joined(Piece one, const Piece& other)
{
    one.insert(one.end(), other.begin(), other.end());
    return one;
}

// Where the relay opens ports of their own, if it does.
constexpr std::uint16_t ports_first = 5000;
constexpr std::uint16_t ports_last = 5005;

std::uint16_t any_port(Rng& rng)
{
    return static_cast<std::uint16_t>(rng.between(ports_first, ports_last));
}

struct Speech
{
    std::vector<Piece> pieces;
    std::optional<CloseReason> deserves;
};

// Where rooms are on, the netplay clients among them have other fates.
Speech any_speech(Rng& rng, bool rooms)
{
    const auto without_rooms = [&](CloseReason reason) {
        return rooms ? std::nullopt : std::optional(reason);
    };
    const Piece new_session = followed_by(text("RATS"), wire::id_size, 0);
    switch (rng.below(15)) {
    case 0: return {{random_bytes(rng, rng.between(0, 60))}, {}};
    case 1:
        if (rng.one_in(2)) return {{text("PUT / HTTP/1.1\r\n\r\n")}, CloseReason::http_greeting};
        return {{text("GET / HTTP/1.1\r\n\r\n")}, CloseReason::no_websocket};
    case 2: return {{Piece{0x16, 0x03, 0x01, 0x02, 0x00, 0x01}}, CloseReason::tls_greeting};
    case 3: return {{text("SS"), text("H-2.0-x\r\n")}, CloseReason::ssh_greeting};
    case 4: return {{text("POKE")}, CloseReason::probe};
    case 5:
        return {{Piece{0, 0, 0x46}, Piece{0x49, 0, 0, 0, 0}},
                without_rooms(CloseReason::legacy_ports_off)};
    case 6: return {{netplay_header(0)}, without_rooms(CloseReason::old_version)};
    case 7:
        if (rooms) return {{tests::NetplayMember().start()}, {}}; // and no word more
        return {{netplay_header(6)}, CloseReason::manual_ip_off};
    case 8: return {{joined(new_session, netplay_header(6))}, {}}; // lost, in one piece or not
    case 9: return {{new_session, netplay_header(6)}, {}};
    case 10: return {{new_session}, {}}; // squats
    case 11: return {{followed_by(text("RATL"), wire::id_size, 0xAB)}, CloseReason::unknown_ticket};
    case 12:
        return {{followed_by(text("RATS"), wire::id_size, 0xAB)}, CloseReason::unknown_session};
    case 13: return {{text("PRO"), text("XY UNKNOWN\r\n")}, CloseReason::proxy_greeting};
    default: return {{}, CloseReason::greeting_timeout};
    }
}

} // namespace

Crowd::Crowd(Rng& rng, bool rooms, std::optional<std::uint8_t> node)
    : rng_(rng), rooms_(rooms), node_(node)
{
    NetworkTraits& traits = traits_;
    traits.latency_min = rng_.between(0ms, 40ms);
    traits.latency_max = traits.latency_min + rng_.between(0ms, 40ms);
    traits.segment_max = rng_.one_in(3) ? rng_.between(1, 40) : rng_.between(100, 1460);
    traits.window = rng_.one_in(3) ? rng_.between(200, 1000) : rng_.between(2000, 200000);
    // A few addresses that many share, two of them in one IPv6 network.
    for (const char* text :
         {"192.0.2.1", "192.0.2.2", "203.0.113.9", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"})
        addresses_.push_back(*wire::parse_address(text));
}

wire::Address Crowd::own_address()
{
    wire::Address address = *wire::parse_address("10.0.0.0");
    ++own_addresses_;
    address.bytes[15] = static_cast<std::uint8_t>(own_addresses_);
    address.bytes[14] = static_cast<std::uint8_t>(own_addresses_ >> 8);
    return address;
}

lobby::Policy Crowd::calm_policy()
{
    lobby::Policy policy;
    policy.manual_ip = lobby::ManualIp::off;
    if (rng_.one_in(2)) policy.limits.buffered_bytes_per_connection = 4096;
    policy.node = policy.parties.node = node_;
    return policy;
}

lobby::Policy Crowd::wild_policy()
{
    lobby::Policy policy;
    lobby::Limits& limits = policy.limits;
    const auto maybe = [&](std::uint32_t& limit, std::uint32_t low, std::uint32_t high) {
        if (rng_.one_in(3)) limit = static_cast<std::uint32_t>(rng_.between(low, high));
    };
    maybe(limits.connections, 5, 60);
    maybe(limits.sessions, 1, 4);
    maybe(limits.links_per_session, 1, 7);
    maybe(limits.links_per_address, 1, 4);
    maybe(limits.waiting_joins_per_session, 1, 5);
    maybe(limits.connections_per_address, 2, 20);
    maybe(limits.sessions_per_address, 1, 3);
    maybe(limits.waiting_joins_per_address, 1, 4);
    maybe(limits.new_connections_per_second_per_address, 1, 20);
    if (rng_.one_in(3)) limits.link_idle = lobby::Seconds(rng_.between(2, 30));
    if (rng_.one_in(3)) limits.half_closed = lobby::Seconds(rng_.between(1, 20));
    if (rng_.one_in(2)) limits.host_ping = lobby::Seconds(rng_.between(0, 10));
    limits.buffered_bytes_per_connection = rng_.one_in(2) ? 4096 : 32768;
    policy.manual_ip = lobby::ManualIp::off;
    if (rooms_) allow_rooms(policy);
    if (rng_.one_in(4)) policy.join.deny = {*wire::parse_network("192.0.2.2")};
    if (rng_.one_in(4)) policy.host.deny = {*wire::parse_network("2001:db8::/64")};
    if (rng_.one_in(2)) {
        wire::SessionId promised;
        promised.bytes.fill(0x77); // of node 19
        policy.reserved = {{promised, {*wire::parse_network("192.0.2.0/24")}}};
    }
    policy.node = policy.parties.node = node_;
    return policy;
}

void Crowd::allow_rooms(lobby::Policy& policy)
{
    using lobby::ManualIp;
    policy.manual_ip = rng_.one_of(
        std::vector{ManualIp::automatic, ManualIp::automatic, ManualIp::room, ManualIp::tunnel});
    if (rng_.one_in(2)) policy.join_ports = {ports_first, ports_first + 2};
    if (rng_.one_in(2)) policy.legacy_ports.range = {ports_first + 3, ports_last};
    policy.legacy_ports.per_address = static_cast<std::uint32_t>(rng_.between(1, 4));
    policy.legacy_ports.expiry = lobby::Seconds(rng_.between(10, 40));
    if (rng_.one_in(4)) policy.rooms.rooms = 1;
    if (rng_.one_in(4)) policy.rooms.rooms_per_address = 1;
    if (rng_.one_in(4)) policy.rooms.members = 2;
    if (rng_.one_in(4)) policy.rooms.password = "moon";
}

PlayerPlan Crowd::wild_player()
{
    PlayerPlan plan;
    plan.address = rng_.one_in(2) ? own_address() : rng_.one_of(addresses_);
    plan.traits.nick = "player " + std::to_string(rng_.below(20));
    plan.traits.core = rng_.one_in(4) ? "Chess" : "Arena";
    plan.traits.password = rng_.one_in(4) ? "sun" : "moon";
    plan.traits.protocol = static_cast<std::uint32_t>(rng_.between(5, 7));
    if (rng_.one_in(3)) plan.port = any_port(rng_);
    plan.plays = !rng_.one_in(3);
    plan.frame_length = rng_.one_in(6) ? lobby::Duration(400ms) : lobby::Duration(50ms);
    plan.skips_frames = rng_.one_in(6);
    plan.is_deaf = rng_.one_in(8);
    plan.stays = rng_.between(1s, 15s);
    plan.ending = rng_.one_of(std::vector{Ending::closes, Ending::resets, Ending::vanishes});
    return plan;
}

HostPlan Crowd::wild_host()
{
    HostPlan plan;
    plan.address = rng_.one_in(3) ? rng_.one_of(addresses_) : own_address();
    plan.links = wild_link();
    plan.links.bytes = std::max<std::uint64_t>(plan.links.bytes, stream_preface);
    plan.links.first_word = {};
    plan.links.hears_before_it_finishes = false;
    plan.links.finishes_second = rng_.one_in(2);
    plan.asks_for_addresses = !rng_.one_in(4);
    plan.never_accepts = rng_.one_in(8);
    plan.accepts_twice = rng_.one_in(6);
    plan.accepts_bogus_tickets = rng_.one_in(6);
    plan.queries_without_listening = rng_.one_in(20);
    plan.talks_nonsense = rng_.one_in(12);
    plan.leaves_links_open = rng_.one_in(3);
    plan.reaction_max = rng_.one_in(4) ? lobby::Duration(5s) : lobby::Duration(100ms);
    if (rng_.one_in(4)) {
        plan.paused_from = rng_.between(0s, 30s);
        plan.paused_for = rng_.between(1s, 90s);
    }
    if (rng_.one_in(3)) plan.leaves_after = rng_.between(1s, 80s);
    plan.ending = rng_.one_of(std::vector{Ending::closes, Ending::resets, Ending::vanishes});
    return plan;
}

// Says some thousand bytes within half a minute and finishes.
LinkPlan Crowd::calm_link()
{
    LinkPlan plan;
    plan.bytes = rng_.between(stream_preface, 12000);
    plan.burst_max = rng_.between(300, 3000);
    plan.pause_max = rng_.between(0ms, 500ms);
    if (rng_.one_in(2)) plan.deaf_max = rng_.between(1ms, 800ms);
    // A savestate, all at once, where the network can carry it before the world ends.
    const bool is_fast = traits_.window >= 20000 && traits_.segment_max >= 100;
    if (is_fast && rng_.one_in(6)) plan.bytes = plan.burst_max = 150000;
    return plan;
}

LinkPlan Crowd::wild_link()
{
    LinkPlan plan = calm_link();
    if (rng_.one_in(6)) plan.bytes = 0;
    if (rng_.one_in(4)) plan.pause_max = 4s;
    if (rng_.one_in(4)) plan.bytes = rng_.between(stream_preface, 60000);
    if (rng_.one_in(4)) plan.burst_max = 20000;
    if (rng_.one_in(4)) plan.first_word = rng_.between(0ms, 12s);
    if (rng_.one_in(4)) plan.deaf_max = 5s;
    plan.hears_before_it_finishes = !rng_.one_in(8);
    plan.leaves_after_max = rng_.one_in(2) ? lobby::Duration(1s) : lobby::Duration(40s);
    plan.ending = rng_.one_of(std::vector{Ending::orderly, Ending::orderly, Ending::closes,
                                          Ending::resets, Ending::vanishes, Ending::stays});
    return plan;
}

StrangerPlan Crowd::wild_stranger()
{
    StrangerPlan plan;
    plan.address = rng_.one_in(2) ? own_address() : rng_.one_of(addresses_);
    plan.arrives = rng_.between(0s, 80s);
    Speech speech = any_speech(rng_, rooms_);
    plan.pieces = std::move(speech.pieces);
    plan.deserves = speech.deserves;
    if (rooms_ && rng_.one_in(3)) plan.port = any_port(rng_);
    plan.pause_max = rng_.one_in(2) ? lobby::Duration(100ms) : lobby::Duration(12s);
    plan.stays_max = rng_.one_in(2) ? lobby::Duration(1s) : lobby::Duration(60s);
    plan.ending = rng_.one_of(std::vector{Ending::closes, Ending::resets, Ending::vanishes});
    return plan;
}

} // namespace netplay_relay::simulation
