// The nodes of a fleet: whoever comes to one of them finds what another one has, by one hop.
#include "memory_io.hpp"

#include "fleet/roll.hpp"
#include "party/code.hpp"
#include "support/catch.hpp"
#include "support/netplay_member.hpp"
#include "support/party_game.hpp"

#include <memory>

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

namespace {

std::string said_by(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

lobby::Policy rooms_only()
{
    lobby::Policy policy;
    policy.manual_ip = lobby::ManualIp::room;
    policy.limits.host_ping = lobby::Seconds{0};
    return policy;
}

// Each node has two workers.
struct Fleet
{
    static constexpr std::size_t nodes = 3;
    static constexpr std::uint16_t workers = 2;
    MemoryNetwork network;
    std::vector<std::unique_ptr<Relay>> all; // by node, then by worker
    std::map<worker::Handle, std::size_t> homes;
    std::map<worker::Handle, NetplayMember> members;
    fleet::Nodes up{(1U << nodes) - 1};
    fleet::Nodes open = up;
    std::size_t hops = 0;
    bool hops_fail = false;

    explicit Fleet(const lobby::Policy& policy = rooms_only())
    {
        for (std::size_t at = 0; at < nodes * workers; ++at)
            all.push_back(std::make_unique<Relay>(
                network, AmongWorkers(static_cast<std::uint16_t>(at % workers), workers, 7),
                policy));
        tell();
    }

    [[nodiscard]] static std::size_t node_of(std::size_t at) { return at / workers; }

    void tell()
    {
        for (std::size_t at = 0; at < all.size(); ++at) {
            auto view = std::make_shared<fleet::View>();
            view->own = static_cast<fleet::Node>(node_of(at));
            view->up = up;
            view->up.set(view->own);
            view->open = open;
            (void)all[at]->worker.order(lobby::SeeFleet{view});
        }
    }

    void settle()
    {
        for (bool again = true; std::exchange(again, false);)
            for (std::size_t at = 0; at < all.size(); ++at) {
                for (const auto& [to, moving] : std::exchange(all[at]->io.passed_on, {})) {
                    take(node_of(at) * workers + to, moving);
                    again = true;
                }
                for (const auto& [to, moving] : std::exchange(all[at]->io.hopped, {})) {
                    ++hops;
                    take(hops_fail ? at : to * workers, moving);
                    again = true;
                }
                all[at]->worker.lobby().check_consistency();
            }
    }

    void take(std::size_t at, const worker::Moving& moving)
    {
        const auto fault = all.at(at)->worker.adopt(moving);
        CAPTURE(fault ? record::word(*fault) : "");
        REQUIRE_FALSE(fault.has_value());
        for (const auto& [id, handle] : moving.handles)
            homes[handle] = at;
    }

    void arrive(std::size_t at, worker::Handle handle)
    {
        homes[handle] = at;
        all[at]->arrive(handle);
        settle();
    }

    void say(worker::Handle handle, const std::string& text)
    {
        all[homes.at(handle)]->say(handle, text);
        settle();
    }

    std::string heard(worker::Handle handle)
    {
        return std::exchange(network.lines.at(handle).heard, {});
    }

    void comes(std::size_t at, worker::Handle handle, const MemberTraits& traits)
    {
        arrive(at, handle);
        NetplayMember& member = members.emplace(handle, traits).first->second;
        say(handle, said_by(member.start()));
        for (std::string answer = heard(handle); !answer.empty(); answer = heard(handle)) {
            const std::vector<std::uint8_t> bytes(answer.begin(), answer.end());
            const std::string said = said_by(member.hears(bytes));
            if (!said.empty()) say(handle, said);
        }
    }

    [[nodiscard]] std::size_t rooms() const
    {
        std::size_t count = 0;
        for (const auto& one : all)
            count += one->worker.lobby().use().rooms;
        return count;
    }

    [[nodiscard]] lobby::Totals totals() const
    {
        lobby::Totals sum;
        for (const auto& one : all)
            sum.add(one->worker.lobby().totals());
        return sum;
    }
};

} // namespace

TEST_CASE("those who play the same meet in one room, at whatever node they arrive")
{
    lobby::Policy policy = rooms_only();
    std::string password;
    SECTION("without a password") {}
    SECTION("with one") { password = policy.rooms.password = "sun"; }
    Fleet nodes(policy);
    std::vector<std::size_t> owners(Fleet::nodes);
    for (std::uint32_t game = 1; game <= 12; ++game) {
        MemberTraits traits;
        traits.content_crc = game;
        traits.password = password;
        for (std::size_t at = 0; at < nodes.all.size(); ++at) {
            const auto handle = static_cast<worker::Handle>(100 * game + at);
            traits.nick = "nick" + std::to_string(at);
            nodes.comes(at, handle, traits);
            CHECK(nodes.homes.at(handle) == nodes.homes.at(static_cast<int>(100 * game)));
        }
        CHECK(nodes.rooms() == game);
        ++owners.at(Fleet::node_of(nodes.homes.at(static_cast<int>(100 * game))));
    }
    for (const std::size_t owned : owners)
        CHECK(owned > 0);
    const lobby::Totals totals = nodes.totals();
    CHECK(totals.members == 12 * nodes.all.size());
    CHECK(totals.hops_sent == 12 * Fleet::workers * (Fleet::nodes - 1));
    CHECK(totals.hops_taken == totals.hops_sent);
    CHECK(totals.hops_returned == 0);
}

TEST_CASE("a hop that fails leaves everybody where it arrived, and nobody hops twice")
{
    Fleet nodes;
    nodes.hops_fail = true;
    MemberTraits traits;
    for (std::uint32_t game = 1; game <= 6; ++game) {
        traits.content_crc = game;
        nodes.comes(0, static_cast<worker::Handle>(game), traits);
        CHECK(Fleet::node_of(nodes.homes.at(static_cast<worker::Handle>(game))) == 0);
    }
    CHECK(nodes.rooms() == 6);
    CHECK(nodes.hops > 0);
    CHECK(nodes.totals().hops_returned == nodes.hops);
    CHECK(nodes.totals().hops_taken == 0);
}

TEST_CASE("nodes that disagree on the owner send nobody round in circles")
{
    Fleet nodes;
    for (std::size_t at = 0; at < nodes.all.size(); ++at) {
        auto view = std::make_shared<fleet::View>();
        view->own = static_cast<fleet::Node>(Fleet::node_of(at));
        view->up = nodes.up;
        view->open.set((Fleet::node_of(at) + 1) % Fleet::nodes); // always the next one
        (void)nodes.all[at]->worker.order(lobby::SeeFleet{view});
    }
    nodes.comes(0, 1, {});
    CHECK(Fleet::node_of(nodes.homes.at(1)) == 1);
    CHECK(nodes.hops == 1);
    CHECK(nodes.rooms() == 1);
}

TEST_CASE("without the node that had it, a room is opened at the next one, and all meet there")
{
    Fleet nodes;
    MemberTraits traits;
    nodes.comes(0, 1, traits);
    const std::size_t before = Fleet::node_of(nodes.homes.at(1));
    nodes.up.reset(before);
    nodes.open.reset(before);
    nodes.tell();
    std::vector<std::size_t> homes;
    for (std::size_t node = 0; node < Fleet::nodes; ++node) {
        if (node == before) continue;
        const auto handle = static_cast<worker::Handle>(10 + node);
        traits.nick = "nick" + std::to_string(node);
        nodes.comes(node * Fleet::workers, handle, traits);
        homes.push_back(nodes.homes.at(handle));
    }
    CHECK(homes[0] == homes[1]);
    CHECK(Fleet::node_of(homes[0]) != before);
}

TEST_CASE("who comes to a node that opens no rooms plays at another one")
{
    Fleet nodes;
    SECTION("as it drains")
    {
        for (std::size_t at = 0; at < Fleet::workers; ++at)
            nodes.all[at]->worker.begin_draining();
    }
    SECTION("as the operator wants")
    {
        for (std::size_t at = 0; at < Fleet::workers; ++at)
            (void)nodes.all[at]->worker.order(lobby::TakeNew{false});
    }
    nodes.open.reset(0);
    nodes.tell();
    nodes.comes(0, 1, named("ann"));
    CHECK(Fleet::node_of(nodes.homes.at(1)) != 0);
    CHECK(nodes.rooms() == 1);
    // Where no other one opens any, or has one, it is refused at once.
    (void)nodes.all[0]->worker.order(lobby::SeeFleet{std::make_shared<fleet::View>()});
    nodes.comes(0, 2, named("bob"));
    CHECK(nodes.hops == 1);
    const lobby::Totals totals = nodes.totals();
    const auto count = [&](wire::CloseReason reason) {
        return totals.close_reasons[static_cast<std::size_t>(reason)];
    };
    CHECK(count(wire::CloseReason::draining) + count(wire::CloseReason::closed_to_new) == 1);
}

TEST_CASE("a session id, and the host's ticket, lead to the node of their first byte")
{
    Fleet nodes;
    const std::string id = std::string("\x02\x01", 2) + std::string(10, 'x');
    nodes.arrive(0, 1);
    const auto unknown = [&](std::size_t at) {
        const auto& totals = nodes.all[at]->worker.lobby().totals();
        return totals.close_reasons[static_cast<std::size_t>(wire::CloseReason::unknown_session)];
    };
    SECTION("at once")
    {
        nodes.say(1, "RATS" + id + "hello");
        CHECK(nodes.homes.at(1) == 5);
        CHECK(unknown(5) == 1);
    }
    SECTION("of a ticket")
    {
        nodes.say(1, "RATL" + id);
        CHECK(nodes.homes.at(1) == 5);
    }
    SECTION("but not to one that is down")
    {
        nodes.up.reset(2);
        nodes.tell();
        nodes.say(1, "RATS" + id + "hello");
        CHECK(nodes.homes.at(1) == 1);
        CHECK(unknown(1) == 1);
        CHECK(nodes.hops == 0);
    }
    SECTION("nor to one that is none of the fleet")
    {
        nodes.say(1, "RATS\x13" + id.substr(1) + "hello");
        CHECK(nodes.hops == 0);
    }
}

TEST_CASE("what an address may have counts where it has come to, and the refused one is told")
{
    lobby::Policy policy = rooms_only();
    policy.limits.connections_per_address = 2;
    Fleet nodes(policy);
    MemberTraits traits;
    traits.content_crc = 0;
    while (true) {
        ++traits.content_crc;
        const auto handle = static_cast<worker::Handle>(traits.content_crc);
        nodes.comes(0, handle, traits);
        // What an address may have is each worker's own matter.
        const std::size_t at = nodes.homes.at(handle);
        if (Fleet::node_of(at) != 0 && at % Fleet::workers == 0) break;
    }
    const std::size_t home = nodes.homes.at(static_cast<worker::Handle>(traits.content_crc));
    const std::string address = "10.0.0." + std::to_string(traits.content_crc);
    for (int more = 0; more < 3; ++more) {
        const auto handle = static_cast<worker::Handle>(100 + more);
        nodes.homes[handle] = 0;
        nodes.all[0]->arrive(handle, address);
        nodes.settle();
        traits.nick = "more" + std::to_string(more);
        NetplayMember& member = nodes.members.emplace(handle, traits).first->second;
        nodes.say(handle, said_by(member.start()));
        for (std::string answer = nodes.heard(handle); !answer.empty();
             answer = nodes.heard(handle)) {
            const std::vector<std::uint8_t> bytes(answer.begin(), answer.end());
            const std::string said = said_by(member.hears(bytes));
            if (!said.empty()) nodes.say(handle, said);
        }
    }
    CHECK(nodes.all[home]->worker.lobby().use().members == 2);
    const auto& reasons = nodes.totals().close_reasons;
    CHECK(reasons[static_cast<std::size_t>(wire::CloseReason::address_connections_full)] == 2);
}
