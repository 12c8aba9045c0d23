// Several nodes of a fleet on real sockets, in one process.
#pragma once

#include "net/fleet.hpp"

#include "support/catch.hpp"
#include "support/counting_random.hpp"
#include "support/netplay_member.hpp"
#include "support/socket_pair.hpp"

#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace netplay_relay::tests {

using namespace std::chrono_literals;

inline const std::string the_key(64, 'c');

inline lobby::Policy policy_of(fleet::Node node)
{
    lobby::Policy policy;
    policy.manual_ip = lobby::ManualIp::room;
    policy.limits.host_ping = lobby::Seconds{0};
    policy.node = node;
    policy.rooms.fleet_salt = 7;
    return policy;
}

// The only worker.
class EngineInFleet final : public net::FleetHome
{
public:
    explicit EngineInFleet(net::Engine& engine) : engine_(engine) {}
    void join_fleet(const net::FleetMember& member) override { engine_.join_fleet(member); }
    void see_fleet(const std::shared_ptr<const fleet::View>& view,
                   const net::NodeEndpoints& endpoints) override
    {
        engine_.see_fleet(view, endpoints);
    }
    void take_hopped(net::UniqueFd link, const fleet::Head& head,
                     std::vector<std::uint8_t> record) override
    {
        engine_.take_hopped(std::move(link), head, std::move(record));
    }
    void resume_link(net::UniqueFd link, const fleet::LinkPlace& place) override
    {
        auto verdict = fleet::Verdict::gone;
        if (const auto known = net::TlsSockets::find_named(place.key))
            verdict = engine_.resume_link(link, place, *known).value_or(verdict);
        net::answer_link(std::move(link), verdict);
    }
    void end_lost_links() override { engine_.end_lost_links(); }
    [[nodiscard]] std::vector<std::uint64_t> room_hashes() const override
    {
        return engine_.lobby().room_hashes();
    }
    [[nodiscard]] bool takes_rooms() const override { return engine_.lobby().takes_rooms(); }

private:
    net::Engine& engine_;
};

struct NodeOfFleet
{
    boost::asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
    CountingRandom random;
    net::Engine engine;
    EngineInFleet home{engine};
    wire::Endpoint links;
    std::unique_ptr<net::Fleet> fleet;

    explicit NodeOfFleet(fleet::Node node)
        : random(node), engine(io, policy_of(node), {"relay", 9}, random)
    {
        engine.limit_slow_memory(64U << 20U);
    }
};

// Hears all, and answers.
struct FarPlayer
{
    net::UniqueFd socket;
    NetplayMember member;

    FarPlayer(net::UniqueFd arrived, const MemberTraits& traits)
        : socket(std::move(arrived)), member(traits)
    {
    }

    void say(const std::vector<std::uint8_t>& bytes) const
    {
        if (!bytes.empty()) write_all(socket, std::string(bytes.begin(), bytes.end()));
    }

    void hear()
    {
        const std::string heard = read_all(socket);
        if (heard.empty()) return;
        say(member.hears({reinterpret_cast<const std::uint8_t*>(heard.data()), heard.size()}));
    }
};

struct Nodes
{
    std::vector<std::unique_ptr<NodeOfFleet>> all;
    std::vector<std::unique_ptr<FarPlayer>> players;
    int arrivals = 0;

    explicit Nodes(std::size_t count, const std::vector<std::string>& keys = {})
    {
        std::vector<net::UniqueFd> sockets;
        for (std::size_t at = 0; at < count; ++at) {
            all.push_back(std::make_unique<NodeOfFleet>(static_cast<fleet::Node>(at)));
            net::Listening listening = net::listen_on(*wire::parse_endpoint("127.0.0.1:0"), {});
            REQUIRE(listening.socket.is_open());
            all[at]->links = net::local_endpoint(listening.socket.value());
            sockets.push_back(std::move(listening.socket));
        }
        for (std::size_t at = 0; at < count; ++at) {
            net::FleetPlan plan;
            const std::string& key = keys.empty() ? the_key : keys.at(at);
            plan.self.tls = std::make_shared<const net::TlsContext>(*net::parse_fleet_key(key));
            plan.self.node = static_cast<fleet::Node>(at);
            plan.self.instance = 1 + at;
            for (std::size_t other = 0; other < count; ++other)
                plan.others.push_back(
                    {static_cast<fleet::Node>(other), "127.0.0.1", all[other]->links.port});
            all[at]->fleet = std::make_unique<net::Fleet>(all[at]->io, all[at]->home,
                                                          std::move(plan), std::move(sockets[at]));
            all[at]->fleet->begin();
        }
    }

    NodeOfFleet& operator[](std::size_t at) { return *all[at]; }

    void run_until(const std::function<bool()>& holds)
    {
        const auto limit = std::chrono::steady_clock::now() + 20s;
        while (!holds()) {
            REQUIRE(std::chrono::steady_clock::now() < limit);
            for (const auto& one : all)
                if (one != nullptr) one->engine.turn(1ms);
            for (const auto& player : players)
                player->hear();
        }
    }

    void meet()
    {
        run_until([&] {
            return std::ranges::all_of(all, [&](const auto& one) {
                return one->fleet->view().open.count() == all.size();
            });
        });
    }

    net::UniqueFd arrive(std::size_t at)
    {
        SocketPair pair = make_socket_pair();
        const auto from = "10.0.0." + std::to_string(++arrivals) + ":1000";
        all[at]->engine.take(std::move(pair.ours), *wire::parse_endpoint(from));
        return std::move(pair.theirs);
    }

    std::string hear(const net::UniqueFd& player, std::size_t size)
    {
        std::string heard;
        run_until([&] {
            heard += read_all(player);
            return heard.size() >= size;
        });
        return heard;
    }

    // Into a room, by manual IP.
    FarPlayer& join(std::size_t at, const MemberTraits& traits)
    {
        FarPlayer& player = *players.emplace_back(std::make_unique<FarPlayer>(arrive(at), traits));
        player.say(player.member.start());
        run_until([&] { return player.member.is_in_room(); });
        return player;
    }

    std::size_t members(std::size_t at) { return all[at]->engine.lobby().use().members; }
    std::size_t rooms(std::size_t at) { return all[at]->engine.lobby().use().rooms; }
};

} // namespace netplay_relay::tests
