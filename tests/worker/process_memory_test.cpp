// The memory for savestates and for packets, of which a process has so much in all, whichever of
// its workers needs it.
#include "worker_crowd.hpp"

#include "base/pool.hpp"
#include "room/state_pools.hpp"
#include "support/party_game.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t packets_in_all = 3'000'000;

lobby::Policy with_parties()
{
    lobby::Policy policy = policy_of(lobby::ManualIp::off);
    policy.parties.kept_bytes_in_all = packets_in_all;
    return policy;
}

// A party of each worker: its host, and a guest that acknowledges nothing.
struct Parties
{
    Process process{with_parties()};
    std::map<worker::Handle, PartyGame> games;

    // The guest of the party of `at` with this address.
    worker::Handle opens(std::size_t at, const std::string& guests_address)
    {
        const auto host = static_cast<worker::Handle>(10 * (at + 1));
        process.arrive(at, host);
        process.say(host, text_of(PartyGame::hosts()));
        const std::string code = PartyGame::value(heard(host).at(0), "code");
        process.arrive(0, host + 1, guests_address);
        process.say(host + 1, text_of(PartyGame::joins(code, 7)));
        REQUIRE(process.homes.at(host + 1) == at);
        return host + 1;
    }

    void keeps(worker::Handle guest, std::size_t bytes)
    {
        process.say(guest - 1, text_of(PartyGame::packet(7, std::string(bytes, 'x'))));
    }

    std::vector<std::string> heard(worker::Handle handle)
    {
        return games[handle].hears(process.heard(handle));
    }

    [[nodiscard]] std::size_t kept() const
    {
        std::size_t all = 0;
        for (std::size_t at = 0; at < worker_count; ++at)
            all += process.use(at).kept_packet_bytes;
        return all;
    }

    bool is_out(worker::Handle guest)
    {
        for (const std::string& one : heard(guest))
            if (one.find("memory_short") != std::string::npos) return true;
        return false;
    }
};

std::vector<std::uint8_t> noise(std::size_t size)
{
    std::vector<std::uint8_t> bytes(size);
    std::uint32_t seed = 1;
    for (std::uint8_t& byte : bytes) {
        seed = seed * 1664525U + 1013904223U;
        byte = static_cast<std::uint8_t>(seed >> 24U);
    }
    return bytes;
}

constexpr std::uint32_t state_size = 300'000;

// A room at one of the workers in which a guest takes little of a savestate.
struct SlowRoom
{
    Process process;
    std::size_t at = 0;

    explicit SlowRoom(std::uint32_t bytes_in_all) : process(with_rooms(bytes_in_all))
    {
        for (const worker::Handle one : {1, 2}) {
            MemberTraits traits;
            traits.nick = "nick" + std::to_string(one);
            process.comes(0, one, traits);
            at = process.homes.at(one);
            NetplayMember& member = process.members.at(one);
            if (one == 2) continue;
            member.state = noise(state_size);
            process.say(one, text_of(member.says(wire::Play{})));
        }
        process.network.lines.at(2).window = 3000;
        for (int rounds = 0; rounds < 60; ++rounds)
            talk();
    }

    static lobby::Policy with_rooms(std::uint32_t bytes_in_all)
    {
        lobby::Policy policy = policy_of(lobby::ManualIp::room);
        policy.rooms.savestate_bytes_in_all = bytes_in_all;
        policy.rooms.savestate_bytes = state_size;
        return policy;
    }

    void talk()
    {
        for (auto& [handle, member] : process.members) {
            const std::string heard = process.heard(handle);
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(heard.data());
            process.say(handle, text_of(member.hears({bytes, heard.size()})));
        }
        NetplayMember& player = process.members.at(1);
        if (player.is_playing()) process.say(1, text_of(player.plays(player.frame)));
        process.pass(20ms);
    }

    [[nodiscard]] const lobby::Lobby& lobby(std::size_t worker) const
    {
        return process.workers[worker]->worker.lobby();
    }
};

} // namespace

TEST_CASE("one worker may keep for its parties nearly all that the process may")
{
    Parties parties;
    const worker::Handle guest = parties.opens(0, "203.0.113.1");
    for (int n = 0; n < 28; ++n)
        parties.keeps(guest, 100'000);
    CHECK_FALSE(parties.process.relieve_one());
    CHECK(parties.kept() > 2'700'000);
    CHECK_FALSE(parties.is_out(guest));
}

TEST_CASE("when all workers keep too much who has most goes, wherever that is, and nobody else")
{
    Parties parties;
    const worker::Handle large = parties.opens(0, "203.0.113.1");
    const worker::Handle small = parties.opens(1, "203.0.113.2");
    for (int n = 0; n < 25; ++n)
        parties.keeps(large, 100'000);
    for (int n = 0; n < 6; ++n)
        parties.keeps(small, 100'000);
    CHECK(parties.process.relieve_one());
    CHECK(parties.is_out(large));
    CHECK_FALSE(parties.is_out(small));
    parties.keeps(small, 100'000);
    CHECK_FALSE(parties.process.relieve_one());
    CHECK(parties.process.use(1).kept_packet_bytes > 600'000);
}

TEST_CASE("an address has what it has at all workers, when somebody has to go")
{
    Parties parties;
    std::vector<worker::Handle> mob;
    for (std::size_t at = 0; at < worker_count; ++at)
        mob.push_back(parties.opens(at, "203.0.113.66"));
    const worker::Handle honest = 1;
    parties.process.arrive(0, 9);
    parties.process.say(9, text_of(PartyGame::hosts()));
    const std::string code = PartyGame::value(parties.heard(9).at(0), "code");
    parties.process.arrive(0, honest, "203.0.113.2");
    parties.process.say(honest, text_of(PartyGame::joins(code, 7)));
    for (int n = 0; n < 9; ++n)
        parties.process.say(9, text_of(PartyGame::packet(7, std::string(100'000, 'x'))));
    for (int n = 0; n < 8; ++n)
        for (const worker::Handle one : mob)
            parties.keeps(one, 95'000);
    CHECK(parties.process.relieve_one());
    CHECK_FALSE(parties.is_out(honest));
    std::size_t out = 0;
    for (const worker::Handle one : mob)
        out += parties.is_out(one) ? 1U : 0U;
    CHECK(out == 1);
    CHECK_FALSE(parties.process.relieve_one());
}

TEST_CASE("who has more than an equal part does not wait without end for the process")
{
    Parties parties;
    const worker::Handle large = parties.opens(0, "203.0.113.1");
    const worker::Handle small = parties.opens(1, "203.0.113.2");
    for (int n = 0; n < 25; ++n)
        parties.keeps(large, 100'000);
    for (int n = 0; n < 9; ++n) // less than an equal part
        parties.keeps(small, 100'000);
    CHECK(parties.kept() > packets_in_all);
    CHECK_FALSE(parties.is_out(small));
    CHECK_FALSE(parties.is_out(large)); // it has drawn nothing since
    parties.keeps(large, 100'000);
    CHECK(parties.is_out(large));
    CHECK_FALSE(parties.is_out(small));
    CHECK(parties.kept() < packets_in_all);
}

TEST_CASE("what is kept goes along with a party")
{
    Parties parties;
    const worker::Handle guest = parties.opens(0, "203.0.113.1");
    for (int n = 0; n < 20; ++n)
        parties.keeps(guest, 100'000);
    CHECK(parties.process.packets.drawn() >= 2'000'000);
    REQUIRE(parties.process.give(0, 2));
    CHECK(parties.process.use(2).kept_packet_bytes > 2'000'000);
    CHECK(parties.process.packets.drawn() >= 2'000'000);
    CHECK(parties.process.packets.drawn() <= 2'000'000 + packets_in_all / 32 + 20'000);
}

TEST_CASE("the memory for savestates is short at all workers at once")
{
    SlowRoom room(400'000); // an opener may have one state at least
    REQUIRE(room.lobby(room.at).state_bytes() > state_size / 2);
    for (std::size_t worker = 0; worker < worker_count; ++worker)
        CHECK(room.lobby(worker).is_short_of_state_memory() ==
              (room.lobby(room.at).state_bytes() > 300'000));
    const auto opener = room.process.states.of(*wire::parse_address("10.0.0.1"));
    CHECK(opener->used.drawn() >= room.lobby(room.at).state_bytes());
    CHECK(room.process.states.whole()->used.drawn() >= room.lobby(room.at).state_bytes());
    for (const worker::Handle one : {1, 2}) {
        room.process.network.lines.at(one).ended = true;
        room.process.workers[room.at]->ready(one);
    }
    CHECK(room.lobby(room.at).state_bytes() == 0);
    CHECK(opener->used.drawn() == 0);
    CHECK(room.process.states.whole()->used.drawn() == 0);
    CHECK_FALSE(room.lobby(0).is_short_of_state_memory());
}
