// An engine whose players hold the far ends of socket pairs.
#pragma once

#include "net/engine.hpp"

#include "support/catch.hpp"
#include "support/counting_random.hpp"
#include "support/socket_pair.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

namespace netplay_relay::tests {

struct Fixture
{
    boost::asio::io_context io;
    CountingRandom random;
    net::Engine engine;
    int arrivals = 0;

    explicit Fixture(lobby::Policy policy = {})
        : engine(io, std::move(policy), {"relay", 9}, random)
    {
    }

    net::UniqueFd arrive()
    {
        SocketPair pair = make_socket_pair();
        const auto from = "10.0.0." + std::to_string(++arrivals) + ":1000";
        engine.take(std::move(pair.ours), *wire::parse_endpoint(from));
        return std::move(pair.theirs);
    }

    // Runs the loop until the condition holds; fails if it does not come to hold in good time.
    void run_until(const std::function<bool()>& holds)
    {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!holds()) {
            REQUIRE(std::chrono::steady_clock::now() < limit);
            engine.turn(std::chrono::milliseconds(20));
        }
    }

    // What the relay says to this player, as soon as it is at least so much.
    std::string hear(const net::UniqueFd& player, std::size_t size)
    {
        std::string heard;
        run_until([&] {
            heard += read_all(player);
            return heard.size() >= size;
        });
        return heard;
    }

    net::IoState end_of(const net::UniqueFd& player, std::string& heard)
    {
        net::IoState state = net::IoState::blocked;
        run_until([&] {
            heard += read_all(player, state);
            return state != net::IoState::blocked;
        });
        return state;
    }

    // Of the only link there is.
    std::optional<inspect::GameFacts> game_facts() const
    {
        const auto session = engine.lobby().look_at(engine.lobby().session_keys().at(0));
        return engine.facts(session->links.at(0))->game;
    }

    std::uint64_t said(wire::CloseReason reason) const
    {
        return engine.lobby().totals().close_reasons[static_cast<std::size_t>(reason)];
    }
};

} // namespace netplay_relay::tests
