// A worker of several, or the only one: what net/workers.hpp has of each.
#pragma once

#include "net/workers.hpp"

#include <optional>

namespace netplay_relay::net {

// One of them, in a thread and a loop of its own if there are several.
struct Workers::Held::One
{
    One(boost::asio::io_context* shared, std::unique_ptr<lobby::RandomSource> from,
        const lobby::Policy& policy, const PublicName& public_name, AmongWorkers among)
        : random(std::move(from)),
          own_io(shared == nullptr ? std::optional<OwnLoop>(std::in_place) : std::nullopt),
          engine(shared == nullptr ? own_io->io : *shared, policy, public_name, *random, among)
    {
        if (own_io) engine.serve(inbox.emplace());
    }

    [[nodiscard]] boost::asio::io_context& io() { return own_io->io; }

    struct OwnLoop
    {
        boost::asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};
    };

    // Out of `io`, while it stands still: it stops as soon as it goes on.
    void leave()
    {
        if (own_io) own_io->io.stop();
    }

    std::unique_ptr<lobby::RandomSource> random;
    std::optional<OwnLoop> own_io;
    std::optional<Inbox> inbox;
    Engine engine;
    std::vector<std::unique_ptr<Listener>> listeners;
    std::thread thread;

    // While it is held.
    unsigned holds = 0;
    std::binary_semaphore stands_still{0};
    std::binary_semaphore goes_on{0};
};

} // namespace netplay_relay::net
