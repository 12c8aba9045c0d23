// Arbitrary bytes as a history of the relay: arrivals, messages, ends, time and reloads, in any
// order that an honest shell could bring about. The checks are in honest_shell.
#include "decisions.hpp"
#include "honest_shell.hpp"

#include <algorithm>
#include <array>

namespace netplay_relay::fuzz {

namespace {

using lobby::ConnectionId;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// Some share what is limited as one address: the second and third, and the last two.
constexpr std::array addresses{"203.0.113.7",     "198.51.100.1",  "::ffff:198.51.100.1",
                               "2001:db8:1:2::1", "2001:db8:7::1", "2001:db8:7::ffff:2"};
constexpr std::array networks{"203.0.113.0/24", "198.51.100.0/31", "0.0.0.0/0", "2001:db8::/31",
                              "::/0",           "192.0.2.1"};
constexpr std::array reserved_ids{"FRIDAYNIGHTSNES1", "SOXOoTK4teZzRjg+", "AAAAAAAAAAAAAAAB"};
constexpr std::size_t arrivals_max = 100;

template <std::size_t Size>
std::uint32_t one_of(Decisions& decisions, const std::array<std::uint32_t, Size>& values)
{
    return values[decisions.below(Size)];
}

lobby::AccessList read_access(Decisions& decisions)
{
    lobby::AccessList list;
    const std::size_t shape = decisions.below(8);
    if (shape == 1 || shape == 3)
        list.allow.push_back(*wire::parse_network(networks[decisions.below(networks.size())]));
    if (shape == 2 || shape == 3)
        list.deny.push_back(*wire::parse_network(networks[decisions.below(networks.size())]));
    return list;
}

lobby::Policy read_policy(Decisions& decisions)
{
    lobby::Policy policy;
    lobby::Limits& limits = policy.limits;
    limits.connections = one_of<4>(decisions, {20, 3, 8, 1});
    limits.sessions = one_of<4>(decisions, {4, 1, 2, 3});
    limits.links_per_session = one_of<4>(decisions, {3, 1, 2, 31});
    limits.links_per_address = limits.links_per_session > 2 ? 2 : 16;
    limits.waiting_joins_per_session = one_of<4>(decisions, {16, 1, 2, 9});
    limits.connections_per_address = one_of<4>(decisions, {20, 1, 4, 9});
    limits.sessions_per_address = one_of<4>(decisions, {4, 1, 2, 16});
    limits.waiting_joins_per_address = one_of<4>(decisions, {16, 1, 2, 3});
    limits.new_connections_per_second_per_address = one_of<4>(decisions, {1000, 1, 2, 50});
    limits.greeting = seconds{one_of<4>(decisions, {10, 1, 2, 100})};
    limits.join_wait = seconds{one_of<4>(decisions, {10, 1, 2, 100})};
    limits.link_idle = seconds{one_of<4>(decisions, {20, 1, 2, 14400})};
    limits.half_closed = seconds{one_of<4>(decisions, {5, 1, 2, 60})};
    limits.host_ping = seconds{one_of<4>(decisions, {30, 0, 1, 2})};
    policy.host = read_access(decisions);
    policy.join = read_access(decisions);
    const std::size_t shape = decisions.byte();
    policy.manual_ip = static_cast<lobby::ManualIp>(shape % 4);
    if ((shape & 4) != 0) policy.join_ports = {5000, static_cast<std::uint16_t>(5000 + shape % 3)};
    if ((shape & 8) != 0)
        policy.legacy_ports.range = {5002, static_cast<std::uint16_t>(5002 + shape % 5)};
    policy.legacy_ports.per_address = 1 + shape % 2;
    policy.legacy_ports.expiry = seconds{10};
    if ((shape & 16) != 0) policy.rooms.rooms = 1;
    if ((shape & 32) != 0) policy.rooms.members = 2;
    if ((shape & 64) != 0) policy.rooms.password = "moon";
    for (std::size_t count = decisions.below(4); count > 0; --count)
        policy.reserved.push_back(
            {*wire::parse_session_id(reserved_ids[count - 1]),
             {*wire::parse_network(networks[decisions.below(networks.size())])}});
    return policy;
}

class History
{
public:
    explicit History(std::span<const std::uint8_t> bytes)
        : decisions_(bytes), shell_(read_policy(decisions_))
    {
    }

    void run()
    {
        while (!decisions_.empty() && !shell_.is_shutting_down())
            step();
        if (decisions_.yes() && !shell_.is_shutting_down()) shell_.shut_down();
        shell_.fall_silent();
    }

private:
    void step();
    void arrive();
    void greet();
    void come();
    void member();
    void refuse();
    void say();
    void say_much();
    void linked_end();
    void leave();
    void pass_time();
    void tell_late();
    [[nodiscard]] std::optional<ConnectionId> one_in(Phase phase);
    [[nodiscard]] wire::SessionId some_session();
    [[nodiscard]] wire::TicketId some_ticket();
    [[nodiscard]] lobby::Departure some_departure(bool is_control);
    [[nodiscard]] wire::ControlMessage some_message();

    Decisions decisions_;
    HonestShell shell_;
    std::size_t arrivals_ = 0;
};

void History::step()
{
    switch (decisions_.below(30)) {
    case 0:
    case 1:
    case 2: return arrive();
    case 3:
    case 4:
    case 5:
    case 6: return greet();
    case 7: return refuse();
    case 8:
    case 9: return say();
    case 10: return say_much();
    case 11:
        if (const auto host = one_in(Phase::control)) shell_.speak_like_guest(*host);
        return;
    case 12:
        if (const auto guest = one_in(Phase::waiting)) shell_.speak(*guest);
        return;
    case 13:
    case 14: return linked_end();
    case 15: return leave();
    case 16:
    case 17:
    case 18: return pass_time();
    case 19: return tell_late();
    case 20: return shell_.adopt(read_policy(decisions_));
    case 21: return shell_.fail_next_send();
    case 22: return shell_.fail_next_join();
    case 23:
        switch (decisions_.byte()) {
        case 0xff: return shell_.shut_down();
        case 0xfe: return shell_.drain();
        default: return;
        }
    case 24:
    case 25: return come();
    case 26:
    case 27: return member();
    case 28:
        if (const auto id = one_in(Phase::greeting)) shell_.request_port(*id);
        return;
    default: return shell_.fail_next_port();
    }
}

// Somebody who names no session: a client that knows how, or any bytes.
void History::come()
{
    const auto id = one_in(Phase::greeting);
    if (!id) return;
    const std::size_t kind = decisions_.below(8);
    if (kind == 0)
        return shell_.come(*id, wire::ManualCaller::probe, {'P', 'O', 'K', 'E'}, nullptr);
    if (kind == 1) {
        std::vector<std::uint8_t> bytes(decisions_.below(40));
        for (std::uint8_t& byte : bytes)
            byte = decisions_.byte();
        return shell_.come(*id, wire::ManualCaller::client, std::move(bytes), nullptr);
    }
    tests::MemberTraits traits;
    traits.nick = "ann";
    traits.core = decisions_.yes() ? "Arena" : "Chess";
    traits.password = decisions_.yes() ? "moon" : "sun";
    traits.protocol = static_cast<std::uint32_t>(5 + decisions_.below(3));
    auto client = std::make_shared<tests::NetplayMember>(traits);
    std::vector<std::uint8_t> first = client->start();
    const auto caller =
        traits.protocol > 5 ? wire::ManualCaller::client : wire::ManualCaller::old_client;
    shell_.come(*id, caller, std::move(first), std::move(client));
}

void History::member()
{
    const auto id = one_in(Phase::member);
    if (!id) return;
    const auto client = shell_.peer(*id).member;
    const std::size_t kind = decisions_.below(8);
    if (client == nullptr || kind == 0) {
        std::vector<std::uint8_t> bytes(1 + decisions_.below(40));
        for (std::uint8_t& byte : bytes)
            byte = decisions_.byte();
        return shell_.member_says(*id, bytes);
    }
    if (!client->is_in_room()) return;
    switch (kind) {
    case 1:
    case 2: return shell_.member_says(*id, client->says(wire::Play{}));
    case 3: return shell_.member_says(*id, client->says(wire::Spectate{}));
    case 4: return shell_.member_says(*id, client->gives_state());
    case 5: return shell_.member_says(*id, client->says(wire::RequestSavestate{}));
    default: return shell_.member_says(*id, client->plays(client->frame, 1));
    }
}

void History::arrive()
{
    if (arrivals_ == arrivals_max) return;
    ++arrivals_;
    const auto address = wire::parse_address(addresses[decisions_.below(addresses.size())]);
    // Through a port of its own, if there is one.
    std::uint16_t port = 0;
    if (const auto& ports = shell_.ports(); !ports.empty() && decisions_.below(4) == 0)
        port = std::next(ports.begin(), static_cast<long>(decisions_.below(ports.size())))->first;
    (void)shell_.arrive({*address, static_cast<std::uint16_t>(arrivals_)}, port);
}

std::optional<ConnectionId> History::one_in(Phase phase)
{
    const auto all = shell_.all_in(phase);
    if (all.empty()) return std::nullopt;
    return all[decisions_.below(std::min<std::size_t>(all.size(), 256))];
}

// Nearly always one that was given out, latest first.
wire::SessionId History::some_session()
{
    const auto& known = shell_.sessions();
    const std::size_t choice = decisions_.byte();
    if (choice < known.size()) return known[known.size() - 1 - choice];
    return {{9, 9, 9, static_cast<std::uint8_t>(choice)}};
}

wire::TicketId History::some_ticket()
{
    const auto& known = shell_.tickets();
    const std::size_t choice = decisions_.byte();
    if (choice < known.size()) return known[known.size() - 1 - choice];
    return {{static_cast<std::uint8_t>(choice == 255 ? 0 : 9)}};
}

void History::greet()
{
    const auto id = one_in(Phase::greeting);
    if (!id) return;
    const std::size_t kind = decisions_.below(6);
    const bool more = kind % 2 == 0;
    if (kind / 2 == 0)
        shell_.greet(*id, wire::NewSession{}, kind == 1);
    else if (kind / 2 == 1)
        shell_.greet(*id, wire::JoinSession{some_session()}, more);
    else
        shell_.greet(*id, wire::AcceptTicket{some_ticket()}, more);
}

void History::refuse()
{
    const bool is_host = decisions_.yes();
    const auto id = one_in(is_host ? Phase::control : Phase::greeting);
    if (!id) return;
    constexpr std::size_t greeting_refusals =
        static_cast<std::size_t>(wire::Refusal::proxy_greeting) + 1;
    const auto refusal = static_cast<wire::Refusal>(decisions_.below(greeting_refusals));
    shell_.refuse(*id, is_host ? wire::Refusal::unknown_message : refusal);
}

wire::ControlMessage History::some_message()
{
    if (decisions_.below(3) == 0) return wire::Pong{};
    return wire::AddressQuery{some_ticket()};
}

void History::say()
{
    if (const auto host = one_in(Phase::control)) shell_.say(*host, some_message());
}

// Several messages in one read: those behind the end of the connection come all the same.
void History::say_much()
{
    const auto host = one_in(Phase::control);
    if (!host) return;
    for (std::size_t count = decisions_.below(4) + 1; count > 0; --count) {
        const wire::ControlMessage message = some_message();
        if (shell_.peer(*host).phase == Phase::control)
            shell_.say(*host, message);
        else
            shell_.tell_late(lobby::Said{*host, message});
    }
}

void History::linked_end()
{
    const auto id = one_in(Phase::linked);
    if (!id) return;
    switch (decisions_.below(3)) {
    case 0: return shell_.speak(*id);
    case 1: return shell_.move_byte(*id);
    default: return shell_.finish(*id);
    }
}

lobby::Departure History::some_departure(bool is_control)
{
    const std::size_t choice = decisions_.below(4);
    if (choice == 0) return lobby::Departure::lost;
    return choice == 1 && is_control ? lobby::Departure::too_slow : lobby::Departure::left;
}

void History::leave()
{
    constexpr std::array phases{Phase::greeting, Phase::control, Phase::waiting, Phase::linked,
                                Phase::member};
    const Phase phase = phases[decisions_.below(phases.size())];
    const bool may_be_slow = phase == Phase::control || phase == Phase::member;
    if (const auto id = one_in(phase)) shell_.leave(*id, some_departure(may_be_slow));
}

void History::pass_time()
{
    constexpr std::array<nanoseconds, 12> steps{
        nanoseconds{0},    nanoseconds{1}, milliseconds{39}, milliseconds{40},
        milliseconds{300}, seconds{1},     seconds{2},       seconds{5},
        seconds{10},       seconds{61},    seconds{3700},    seconds{14400}};
    const std::size_t choice = decisions_.below(steps.size() + 4);
    if (choice < steps.size()) {
        shell_.pass(steps[choice]);
        if (choice % 2 == 0) shell_.tick(); // otherwise the timer is late
        return;
    }
    const auto next = shell_.next_deadline();
    if (!next || *next <= shell_.now()) return shell_.tick();
    // Just before, exactly at, or just after the next deadline; with a late timer, or in time.
    const auto until = *next - shell_.now() + nanoseconds{static_cast<int>(choice % 4) - 1};
    shell_.pass(std::max(until, nanoseconds{0}));
    if (choice % 4 != 3) shell_.tick();
}

// What was read, or happened, before the lobby closed the connection.
void History::tell_late()
{
    const auto id = one_in(Phase::over);
    if (!id) return;
    switch (decisions_.below(12)) {
    case 0: return shell_.tell_late(lobby::Greeted{*id, wire::NewSession{}, decisions_.yes()});
    case 1: return shell_.tell_late(lobby::Refused{*id, wire::Refusal::unknown_message});
    case 2: return shell_.tell_late(lobby::Said{*id, some_message()});
    case 3: return shell_.tell_late(lobby::SpokeLikeGuest{*id});
    case 4: return shell_.tell_late(lobby::Spoke{*id});
    case 5: return shell_.tell_late(lobby::Progressed{*id, shell_.now()});
    case 6: return shell_.tell_late(lobby::HalfClosed{*id});
    case 7: return shell_.tell_late(lobby::Greeted{*id, wire::AcceptTicket{some_ticket()}, false});
    case 8: return shell_.tell_late(lobby::Left{*id, some_departure(true)});
    case 9: return shell_.tell_late(lobby::MemberSaid{*id, {}});
    case 10: return shell_.tell_late(lobby::Answered{*id});
    default: return shell_.tell_late(lobby::PortAnswer{4999, decisions_.yes()});
    }
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    netplay_relay::fuzz::History({data, size}).run();
    return 0;
}
