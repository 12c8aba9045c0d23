#include "party_plan.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

// Everybody who comes has come by then.
constexpr std::chrono::seconds arrivals_end{15};

NetworkTraits any_line(Rng& rng)
{
    NetworkTraits traits;
    traits.latency_min = rng.between(0ms, 40ms);
    traits.latency_max = traits.latency_min + rng.between(0ms, 40ms);
    traits.segment_max = rng.one_in(8) ? rng.between(20, 60) : rng.between(200, 1460);
    traits.window = rng.one_in(4) ? rng.between(6000, 12000) : rng.between(20000, 300000);
    return traits;
}

wire::Address address_of(std::size_t household)
{
    wire::Address address = *wire::parse_address("10.0.0.0");
    address.bytes[14] = static_cast<std::uint8_t>(household >> 8U);
    address.bytes[15] = static_cast<std::uint8_t>(household);
    return address;
}

lobby::Policy peaceful_policy(Rng& rng)
{
    lobby::Policy policy;
    policy.manual_ip = lobby::ManualIp::off;
    policy.parties.hold = std::chrono::seconds(rng.between(4, 10));
    if (rng.one_in(2)) policy.parties.packet_bytes = 100'000;
    return policy;
}

lobby::Policy wild_policy(Rng& rng)
{
    lobby::Policy policy = peaceful_policy(rng);
    party::PartySettings& parties = policy.parties;
    const auto maybe = [&](std::uint32_t& limit, std::uint32_t low, std::uint32_t high) {
        if (rng.one_in(4)) limit = static_cast<std::uint32_t>(rng.between(low, high));
    };
    maybe(parties.parties, 1, 4);
    maybe(parties.parties_per_address, 1, 2);
    maybe(parties.peers, 2, 6);
    maybe(parties.peers_per_address, 1, 3);
    maybe(parties.packet_bytes, 66'000, 200'000);
    maybe(parties.kept_bytes, 10'000, 300'000);
    maybe(parties.kept_bytes_in_all, 50'000, 600'000);
    maybe(parties.messages_per_second, 400, 1000);
    maybe(parties.bytes_per_second, 1U << 20U, 2U << 20U);
    if (rng.one_in(3)) parties.hold = std::chrono::seconds(rng.between(0, 5));
    if (rng.one_in(8)) policy.join.deny = {*wire::parse_network("10.0.0.4/31")};
    if (rng.one_in(8)) policy.host.deny = {*wire::parse_network("10.0.0.2/32")};
    maybe(policy.limits.connections_per_address, 3, 10);
    return policy;
}

class Settler
{
public:
    Settler(PartyPlan& plan, Rng& rng) : plan_(plan), rng_(rng)
    {
        can_carry_bulk_ = plan.traits.window >= 20000 && plan.traits.segment_max >= 200;
    }

    void settle()
    {
        const std::size_t tables = rng_.between(1, plan_.is_peaceful ? 2 : 3);
        for (std::size_t table = 0; table < tables; ++table) {
            PartyVisit host = honest(table);
            host.hosts = true;
            host.mesh = rng_.one_in(2);
            if (!rng_.one_in(3)) host.stays = {};
            host.arrives = rng_.between(0s, 2s);
            if (!plan_.is_peaceful && rng_.one_in(4))
                host.max = static_cast<std::uint32_t>(rng_.between(2, 5));
            if (rng_.one_in(3)) host.kicks_one_in = 250;
            if (!plan_.is_peaceful && rng_.one_in(3)) host.refuses_one_in = 100;
            plan_.visits.push_back(host);
            for (std::size_t guests = rng_.between(1, 5); guests > 0; --guests)
                plan_.visits.push_back(guest(table));
        }
        for (std::size_t strangers = rng_.between(0, 6); strangers > 0; --strangers)
            plan_.visits.push_back(stranger(rng_.below(tables)));
    }

private:
    PartyVisit honest(std::size_t table)
    {
        PartyVisit visit;
        visit.table = table;
        visit.id = static_cast<std::int32_t>(rng_.between(2, 0x7fffffff));
        visit.address = address_of(plan_.is_peaceful ? 100 + plan_.visits.size() //
                                                     : rng_.between(1, 12));
        visit.frame = rng_.between(30ms, 150ms);
        visit.talks_one_in = static_cast<unsigned>(rng_.between(1, 3));
        visit.payload_max = rng_.one_in(4) ? 1500 : 150;
        if (can_carry_bulk_ && rng_.one_in(4)) {
            visit.bulk_one_in = 80;
            visit.bulk_max = rng_.one_in(3) ? 90'000 : 20'000;
        }
        visit.says_goodbye = !rng_.one_in(3);
        if (rng_.one_in(4)) visit.stays = rng_.between(1s, 20s);
        if (!plan_.is_peaceful && rng_.one_in(2)) make_sick(visit);
        return visit;
    }

    PartyVisit guest(std::size_t table)
    {
        PartyVisit visit = honest(table);
        visit.arrives = rng_.between(0s, arrivals_end);
        visit.mistypes = !plan_.is_peaceful && rng_.one_in(10);
        visit.comes_late = !plan_.is_peaceful && rng_.one_in(8);
        if (!plan_.is_peaceful && rng_.one_in(16)) visit.id = plan_.visits.back().id;
        return visit;
    }

    void make_sick(PartyVisit& visit)
    {
        if (rng_.one_in(3)) {
            visit.freezes_one_in = 120;
            visit.freeze_max = rng_.one_in(3) ? 24s : 3s;
        }
        if (rng_.one_in(3)) {
            visit.hangs_one_in = 100;
            visit.hang_max = 3s;
        }
        if (rng_.one_in(2)) {
            visit.cuts_one_in = rng_.one_in(3) ? 15 : 80;
            visit.cut_again_one_in = rng_.one_in(2) ? 3 : 0;
            visit.roams = rng_.one_in(4);
        }
        if (rng_.one_in(6)) visit.read_max = rng_.between(40, 1000);
    }

    PartyVisit stranger(std::size_t table)
    {
        PartyVisit visit = honest(table);
        visit.deed = static_cast<PartyDeed>(rng_.between(1, party_deeds));
        // Of their own networks; guesses count for an address.
        const auto household = static_cast<std::size_t>(rng_.between(200, 203));
        visit.address = address_of(visit.deed == PartyDeed::guesses ? 220 : household);
        visit.arrives = rng_.between(0s, arrivals_end);
        visit.stays = {};
        visit.bulk_one_in = 0;
        visit.freezes_one_in = visit.hangs_one_in = visit.cuts_one_in = 0;
        visit.cut_again_one_in = 0;
        visit.read_max = 0;
        return visit;
    }

    PartyPlan& plan_;
    Rng& rng_;
    bool can_carry_bulk_;
};

} // namespace

PartyPlan any_parties(std::uint64_t seed, bool with_moves)
{
    Rng rng(seed);
    PartyPlan plan;
    plan.seed = seed;
    plan.traits = any_line(rng);
    plan.is_peaceful = seed % 3 == 0;
    plan.policy = plan.is_peaceful ? peaceful_policy(rng) : wild_policy(rng);
    Settler(plan, rng).settle();
    plan.policy.node = plan.policy.parties.node = some_node(seed);
    if (rng.one_in(3)) plan.retroarch = static_cast<unsigned>(rng.between(1, 3));
    if (with_moves) plan.moves = static_cast<unsigned>(rng.between(1, 25));
    if (plan.is_peaceful) return plan;
    plan.has_operator = rng.one_in(2);
    plan.may_drain = rng.one_in(6);
    if (rng.one_in(3))
        for (std::size_t reloads = rng.between(1, 3); reloads > 0; --reloads)
            plan.reloads.push_back(wild_policy(rng));
    for (lobby::Policy& reload : plan.reloads)
        reload.node = reload.parties.node = plan.policy.node;
    return plan;
}

} // namespace netplay_relay::simulation
