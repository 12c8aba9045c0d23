// Sessions and connections that go on in another worker.
#include "memory_io.hpp"

#include "record/envelope.hpp"
#include "support/catch.hpp"
#include "support/netplay_member.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

namespace {

constexpr worker::Handle control = 1;
constexpr worker::Handle guest = 2;
constexpr worker::Handle host_side = 3;
constexpr worker::Handle waiting = 4;

// One session in the first worker, with a link and a guest that waits.
struct Game
{
    MemoryNetwork io;
    Relay first{io, 1};
    Relay second{io, 2};

    Game()
    {
        first.arrive(control);
        first.say(control, "RATS" + std::string(12, '\0'));
        first.pass(5ms); // it was no lost guest
        const std::string id = heard(control).substr(4, 12);
        first.arrive(guest);
        first.say(guest, "RATS" + id + "hello");
        const std::string ticket = heard(control).substr(4, 12);
        first.arrive(host_side);
        first.say(host_side, "RATL" + ticket);
        first.arrive(waiting);
        first.say(waiting, "RATS" + id + "patience");
        REQUIRE(first.worker.lobby().use().links == 1);
        REQUIRE(first.worker.lobby().use().waiting_joins == 1);
        REQUIRE(heard(host_side) == "hello");
    }

    std::string heard(worker::Handle handle)
    {
        return std::exchange(io.lines.at(handle).heard, {});
    }

    worker::Moving release()
    {
        auto moving = first.worker.release(first.worker.lobby().session_keys().at(0));
        REQUIRE(moving.has_value());
        return *moving;
    }
};

} // namespace

TEST_CASE("a session goes on in another worker, and nobody of it notices")
{
    Game game;
    game.io.lines.at(host_side).window = 3;
    game.first.say(guest, "slow down");
    CHECK(game.heard(host_side) == "slo");
    game.io.lines.at(guest).said = "unread ";

    const worker::Moving moving = game.release();
    CHECK(moving.handles.size() == 4);
    CHECK(game.first.worker.size() == 0);
    CHECK(game.first.worker.lobby().use().sessions == 0);
    CHECK_FALSE(game.first.worker.lobby().next_deadline() > game.io.time + 10s);
    CHECK_FALSE(game.second.worker.adopt(moving).has_value());
    CHECK(game.second.worker.size() == 4);
    CHECK(game.second.worker.lobby().use().links == 1);
    CHECK(game.second.worker.lobby().use().waiting_joins == 1);
    game.second.worker.lobby().check_consistency();

    game.io.lines.at(host_side).window = 1U << 20;
    game.second.ready(host_side);
    CHECK(game.heard(host_side) == "w down"
                                   "unread ");
    game.second.say(host_side, "and back");
    CHECK(game.heard(guest) == "and back");
    // The guest that waited is let in, with what it has said before.
    const std::string ticket = game.heard(control).substr(4, 12);
    game.second.arrive(5);
    game.second.say(5, "RATL" + ticket);
    CHECK(game.heard(5) == "patience");
    CHECK(game.second.worker.lobby().use().links == 2);
    const auto keys = game.second.worker.lobby().session_keys();
    const auto session = game.second.worker.lobby().look_at(keys.at(0));
    const auto facts = game.second.worker.facts(session->links.at(0));
    CHECK(facts->guest.received == 5 + 9 + 7);
}

TEST_CASE("no deadline begins anew")
{
    Game game;
    game.first.pass(9s); // one more, and who waits has waited long enough
    CHECK_FALSE(game.second.worker.adopt(game.release()).has_value());
    game.second.pass(900ms);
    CHECK(game.second.worker.lobby().use().waiting_joins == 1);
    game.second.pass(200ms);
    CHECK(game.second.worker.lobby().use().waiting_joins == 0);
    CHECK(game.second.worker.lobby().totals().close_reasons[static_cast<std::size_t>(
              wire::CloseReason::host_did_not_answer)] == 1);
}

TEST_CASE("by another machine's clock deadlines are as far away as they were")
{
    Game game;
    const worker::Moving moving = game.release();
    game.io.time += 1000h; // that clock
    CHECK_FALSE(game.second.worker.adopt(moving, 1000h).has_value());
    game.second.pass(9s);
    CHECK(game.second.worker.lobby().use().waiting_joins == 1);
    game.second.pass(1100ms);
    CHECK(game.second.worker.lobby().use().waiting_joins == 0);
}

TEST_CASE("who has only begun to greet goes on in another worker")
{
    Game game;
    game.first.arrive(7);
    game.first.say(7, "RAT");
    const auto moving = game.first.worker.release(lobby::ConnectionId{7});
    REQUIRE(moving.has_value());
    CHECK_FALSE(game.first.worker.release(lobby::ConnectionId{7}).has_value());
    CHECK_FALSE(game.first.worker.release(lobby::ConnectionId{guest}).has_value());
    CHECK_FALSE(game.second.worker.adopt(*moving).has_value());
    game.second.say(7, "S" + std::string(12, '\0'));
    game.second.pass(5ms);
    CHECK(game.heard(7).substr(0, 4) == "RATS");
}

TEST_CASE("who is being closed goes on in another worker, to the last byte")
{
    lobby::Policy policy;
    policy.join.deny.push_back(*wire::parse_network("10.0.0.9"));
    MemoryNetwork io;
    Relay first(io, 1, policy);
    Relay second(io, 2, policy);
    first.arrive(9);
    io.lines.at(9).window = 10;
    first.say(9, "RATS" + std::string(12, 'x') + "header");
    const auto moving = first.worker.release(lobby::ConnectionId{9});
    REQUIRE(moving.has_value());
    CHECK_FALSE(second.worker.adopt(*moving).has_value());
    io.lines.at(9).window = 100;
    second.ready(9);
    CHECK(io.lines.at(9).heard.size() == 24);
    CHECK(io.lines.at(9).hears_end);
    second.pass(3s);
    CHECK(io.lines.at(9).is_closed);
}

namespace {

// One plays in a room, and two watch who do not take the state that it gave them.
struct Room
{
    static constexpr std::size_t state_size = 300'000;

    lobby::Policy policy;
    MemoryNetwork io;
    Relay first;
    Relay second;
    std::map<worker::Handle, NetplayMember> members;

    Room() : policy(small()), first(io, 1, policy), second(io, 2, policy)
    {
        for (const worker::Handle one : {1, 2, 3}) {
            first.arrive(one);
            NetplayMember& member =
                members.try_emplace(one, named("nick" + std::to_string(one))).first->second;
            if (one == 1) member.state = noise();
            if (one > 1) io.lines.at(one).window = 3000;
            first.say(one, text_of(member.start()));
            talk();
            if (one == 1) first.say(one, text_of(member.says(wire::Play{})));
            talk();
        }
        REQUIRE(first.worker.lobby().use().members == 3);
    }

    static lobby::Policy small()
    {
        lobby::Policy policy;
        policy.rooms.savestate_bytes_in_all = 4'000'000; // of which one opener has a quarter
        policy.rooms.savestate_bytes = state_size;
        return policy;
    }

    // Which does not get smaller.
    static std::vector<std::uint8_t> noise()
    {
        std::vector<std::uint8_t> bytes(state_size);
        std::uint32_t seed = 1;
        for (std::uint8_t& byte : bytes) {
            seed = seed * 1664525U + 1013904223U;
            byte = static_cast<std::uint8_t>(seed >> 24U);
        }
        return bytes;
    }

    static std::string text_of(const std::vector<std::uint8_t>& bytes)
    {
        return {bytes.begin(), bytes.end()};
    }

    void talk()
    {
        for (int rounds = 0; rounds < 40; ++rounds) {
            for (auto& [handle, member] : members) {
                const std::string heard = std::exchange(io.lines.at(handle).heard, {});
                const auto* bytes = reinterpret_cast<const std::uint8_t*>(heard.data());
                first.say(handle, text_of(member.hears({bytes, heard.size()})));
            }
            if (members.at(1).is_playing())
                first.say(1, text_of(members.at(1).plays(members.at(1).frame)));
            first.pass(20ms);
        }
    }
};

} // namespace

TEST_CASE("savestates that members have not taken are counted where they go")
{
    Room room;
    const lobby::Lobby& before = room.first.worker.lobby();
    const std::size_t kept = room.first.worker.facts_of({2})->kept;
    REQUIRE(kept > Room::state_size / 2);
    const std::size_t counted = before.state_bytes();
    CHECK(counted > Room::state_size / 2);
    const auto moving = room.first.worker.release_room(before.rooms().at(0));
    REQUIRE(moving);
    CHECK(before.state_bytes() == 0);
    CHECK_FALSE(room.second.worker.adopt(*moving));
    CHECK(room.second.worker.facts_of({2})->kept == kept);
    // Equal ones have become one.
    CHECK(room.second.worker.lobby().state_bytes() > Room::state_size / 2);
    CHECK(room.second.worker.lobby().state_bytes() <= counted);
    for (const worker::Handle one : {1, 2, 3})
        room.io.lines.at(one).ended = true;
    for (const worker::Handle one : {1, 2, 3})
        room.second.ready(one);
    CHECK(room.second.worker.lobby().state_bytes() == 0);
}

TEST_CASE("what is there already is not taken twice")
{
    Game game;
    const worker::Moving moving = game.release();
    CHECK_FALSE(game.second.worker.adopt(moving).has_value());
    CHECK(game.second.worker.adopt(moving) == record::Fault::occupied);
    CHECK(game.second.worker.size() == 4);
}

TEST_CASE("a record without the handles that it needs is none")
{
    Game game;
    worker::Moving moving = game.release();
    moving.handles.pop_back();
    CHECK(game.second.worker.adopt(moving) == record::Fault::nonsense);
    CHECK(game.second.worker.size() == 0);
    CHECK(game.second.worker.lobby().use().connections == 0);
}

TEST_CASE("whatever a record says, it is taken whole or not at all")
{
    Game game;
    game.first.worker.inspect_new_links(true);
    const worker::Moving moving = game.release();
    const auto opened = record::open(record::Kind::session, moving.record);
    const auto body = std::get<std::span<const std::uint8_t>>(opened);
    const std::vector<std::uint8_t> good(body.begin(), body.end());
    std::size_t refused = 0;
    const auto try_with = [&](const std::vector<std::uint8_t>& bytes) {
        MemoryNetwork io;
        for (const auto& [id, handle] : moving.handles)
            io.lines[handle];
        Relay other(io, 2);
        const worker::Moving changed{
            record::seal(record::Kind::session, bytes), moving.handles, {}};
        const bool is_refused = other.worker.adopt(changed).has_value();
        refused += is_refused ? 1 : 0;
        CHECK(other.worker.size() == (is_refused ? 0 : moving.handles.size()));
        CHECK(other.worker.lobby().use().connections == other.worker.size());
        other.worker.lobby().check_consistency();
        for (const auto& [id, handle] : moving.handles)
            other.ready(handle);
        other.pass(30s);
        other.worker.lobby().check_consistency();
    };
    try_with(good);
    CHECK(refused == 0);
    for (std::size_t size = 0; size < good.size(); ++size)
        try_with({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)});
    CHECK(refused == good.size());
    for (std::size_t at = 0; at < good.size(); ++at)
        for (const int wrong : {0x80, 0x01, 0x7f, 0xff}) {
            std::vector<std::uint8_t> bytes = good;
            bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ wrong);
            try_with(bytes);
        }
    CHECK(refused > good.size());
}
