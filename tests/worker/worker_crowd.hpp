// The workers of one process over connections that are strings, and whoever is passed on or given
// away between them.
#pragma once

#include "memory_io.hpp"

#include "room/room_table.hpp"
#include "room/state_pools.hpp"
#include "support/catch.hpp"
#include "support/netplay_member.hpp"
#include "wire/address_counts.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace netplay_relay::tests {

inline constexpr std::uint16_t worker_count = 3;

inline std::string text_of(const std::vector<std::uint8_t>& bytes)
{
    return {bytes.begin(), bytes.end()};
}

inline lobby::Policy policy_of(lobby::ManualIp manual_ip)
{
    lobby::Policy policy;
    policy.manual_ip = manual_ip;
    policy.limits.host_ping = lobby::Seconds{0};
    return policy;
}

struct Process
{
    MemoryNetwork network;
    wire::AddressCounts counts;
    room::StatePools states;
    Pool packets;
    room::RoomTable rooms;
    std::vector<std::unique_ptr<Relay>> workers;
    std::map<worker::Handle, std::size_t> homes;
    std::map<worker::Handle, NetplayMember> members;
    std::size_t passed_on = 0;

    explicit Process(const lobby::Policy& policy = policy_of(lobby::ManualIp::automatic))
    {
        for (std::uint16_t number = 0; number < worker_count; ++number) {
            AmongWorkers among(number, worker_count, 7);
            among.counts = &counts;
            among.states = &states;
            among.packets = &packets;
            among.rooms = &rooms;
            workers.push_back(std::make_unique<Relay>(network, among, policy));
        }
    }

    [[nodiscard]] lobby::Use use(std::size_t number) const
    {
        return workers[number]->worker.lobby().use();
    }

    void arrive(std::size_t at, worker::Handle handle, const std::string& address = {})
    {
        homes[handle] = at;
        if (address.empty())
            workers[at]->arrive(handle);
        else
            workers[at]->arrive(handle, address);
        settle();
    }

    void say(worker::Handle handle, const std::string& text)
    {
        workers[homes.at(handle)]->say(handle, text);
        settle();
    }

    void pass(lobby::Duration time)
    {
        const lobby::Instant from = network.time;
        for (const auto& one : workers) {
            network.time = from;
            one->pass(time);
        }
        settle();
    }

    // Whatever one worker has for the others comes to them.
    void settle()
    {
        for (bool again = true; std::exchange(again, false);) {
            for (const auto& one : workers) {
                for (const auto& [to, moving] : std::exchange(one->io.passed_on, {})) {
                    again = true;
                    ++passed_on;
                    REQUIRE_FALSE(workers.at(to)->worker.adopt(moving).has_value());
                    for (const auto& [id, handle] : moving.handles)
                        homes[handle] = to;
                }
                one->worker.lobby().check_consistency();
            }
            for (const auto& one : workers)
                for (const lobby::News& news : std::exchange(one->io.told_workers, {}))
                    for (const auto& other : workers)
                        if (other != one) (void)other->worker.order(news);
            for (const auto& one : workers)
                for (const auto& [to, news] : std::exchange(one->io.told_worker, {})) {
                    again = true;
                    (void)workers.at(to)->worker.order(news);
                }
            for (const auto& one : workers)
                if (std::exchange(one->io.told, {})) again = true;
            if (again) tell_all();
        }
    }

    // As net::Workers does when one asks for it. False if they do not keep too much.
    bool relieve_one()
    {
        const auto asks = [](const auto& one) {
            return one->worker.lobby().open_games().asks_for_relief;
        };
        if (std::ranges::none_of(workers, asks)) return false;
        std::vector<lobby::KeptPackets> kept;
        for (const auto& one : workers)
            kept.push_back(one->worker.lobby().kept_packets());
        const auto most = lobby::who_keeps_most(kept);
        REQUIRE(most.has_value());
        (void)workers[most->second]->worker.order(lobby::Relieve{most->first});
        for (const auto& one : workers)
            (void)one->worker.order(lobby::SetShare{lobby::no_limit()});
        settle();
        return true;
    }

    void tell_all()
    {
        for (const auto& one : workers) {
            lobby::OpenGames games;
            for (const auto& other : workers)
                if (other != one) games.add(other->worker.lobby().open_games());
            (void)one->worker.order(lobby::OpenElsewhere{games});
        }
    }

    // Its first game that may go.
    bool give(std::size_t from, std::size_t to)
    {
        for (const lobby::Game game : workers[from]->worker.lobby().games()) {
            const auto name = workers[from]->worker.lobby().name_of(game);
            const auto moving = workers[from]->worker.give(game, SIZE_MAX);
            if (!moving) continue;
            REQUIRE_FALSE(workers[to]->worker.adopt(*moving).has_value());
            for (const auto& [id, handle] : moving->handles)
                homes[handle] = to;
            if (name && name->home != to)
                (void)workers[name->home]->worker.order(
                    lobby::GameMoved{*name, static_cast<std::uint16_t>(to), false});
            settle();
            return true;
        }
        return false;
    }

    [[nodiscard]] std::uint64_t reasons(std::size_t at, wire::CloseReason reason) const
    {
        return workers[at]->worker.lobby().totals().close_reasons[static_cast<std::size_t>(reason)];
    }

    std::string heard(worker::Handle handle)
    {
        return std::exchange(network.lines.at(handle).heard, {});
    }

    // Its session id.
    std::string hosts(std::size_t at, worker::Handle handle, const std::string& address = {})
    {
        arrive(at, handle, address);
        say(handle, "RATS" + std::string(12, '\0'));
        pass(std::chrono::seconds(2)); // whoever may be in the way is asked whether it is there
        const std::string answer = heard(handle);
        REQUIRE(answer.size() == 16);
        return answer.substr(4);
    }

    // By manual IP, until nothing is said any more.
    void comes(std::size_t at, worker::Handle handle, const MemberTraits& traits,
               const std::string& address = {})
    {
        arrive(at, handle, address);
        talks(handle, traits);
    }

    void talks(worker::Handle handle, const MemberTraits& traits)
    {
        NetplayMember& member = members.emplace(handle, traits).first->second;
        say(handle, text_of(member.start()));
        for (std::string answer = heard(handle); !answer.empty(); answer = heard(handle)) {
            const std::vector<std::uint8_t> bytes(answer.begin(), answer.end());
            const std::string said = text_of(member.hears(bytes));
            if (!said.empty()) say(handle, said);
        }
    }
};

} // namespace netplay_relay::tests
