// The workers of a process, whose players hold the far ends of socket pairs.
#pragma once

#include "net/workers.hpp"

#include "support/catch.hpp"
#include "support/counting_random.hpp"
#include "support/socket_pair.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace netplay_relay::tests {

struct Crowd
{
    boost::asio::io_context io;
    static inline std::uint16_t drawn = 0; // no two ever draw the same, in whatever process
    net::Workers workers;
    int arrivals = 0;

    explicit Crowd(std::uint16_t count, const lobby::Policy& policy = {},
                   net::IncomingHandover* before = nullptr)
        : workers(
              io, count, policy, {"relay", 9},
              [] { return std::make_unique<CountingRandom>(++drawn); },
              before == nullptr ? nullptr : &before->index().facts)
    {
        if (before != nullptr) taken = workers.take_over(*before);
        workers.start();
    }
    net::TakenOver taken;

    net::UniqueFd arrive(std::uint16_t at)
    {
        SocketPair pair = make_socket_pair();
        const auto from = "10.0.0." + std::to_string(++arrivals) + ":1000";
        workers.hold(at)->take(std::move(pair.ours), *wire::parse_endpoint(from));
        return std::move(pair.theirs);
    }

    // Until the condition holds; fails if it does not come to hold in good time.
    void run_until(const std::function<bool()>& holds)
    {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!holds()) {
            REQUIRE(std::chrono::steady_clock::now() < limit);
            if (workers.count() == 1)
                workers.hold(0)->turn(std::chrono::milliseconds(1));
            else
                (void)io.run_one_for(std::chrono::milliseconds(1));
        }
    }

    // What the relay says to this player, as soon as it is so much.
    std::string hear(const net::UniqueFd& player, std::size_t size)
    {
        std::string heard;
        run_until([&] {
            heard += read_all(player);
            return heard.size() >= size;
        });
        return heard;
    }

    std::string hear_end(const net::UniqueFd& player)
    {
        std::string heard;
        net::IoState state = net::IoState::blocked;
        run_until([&] {
            heard += read_all(player, state);
            return state != net::IoState::blocked;
        });
        CHECK(state == net::IoState::finished);
        return heard;
    }

    [[nodiscard]] lobby::Use use() const { return workers.use(); }

    [[nodiscard]] std::uint64_t said(wire::CloseReason reason) const
    {
        return workers.figures().totals.close_reasons[static_cast<std::size_t>(reason)];
    }
};

struct CrowdHost
{
    net::UniqueFd control;
    wire::SessionId session;

    CrowdHost(Crowd& crowd, std::uint16_t at) : control(crowd.arrive(at))
    {
        write_all(control, std::string("RATS") + std::string(12, '\0'));
        const std::string id = crowd.hear(control, 16).substr(4);
        std::ranges::copy(id, session.bytes.begin());
    }
};

} // namespace netplay_relay::tests
