// TCP between the relay and its peers, simulated: latency, segments of any size, windows that fill,
// half-closed streams, resets, and peers that vanish.
#pragma once

#include "rng.hpp"
#include "schedule.hpp"

#include "wire/address.hpp"
#include "worker/io.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace netplay_relay::simulation {

using Line = int; // one TCP connection

// One direction of a line.
struct Flow
{
    std::vector<std::uint8_t> arrived; // and not read yet
    std::size_t on_the_way = 0;
    lobby::Instant last_arrival{};
    bool end_sent = false;
    bool end_arrived = false;
    bool sender_blocked = false; // was told that there is no room, and wants to know when there is
};

class RelayEnd
{
public:
    virtual ~RelayEnd() = default;
    // `port` is a port of one session or room, 0: the one that everybody knows.
    virtual void accept(Line line, const wire::Endpoint& peer, std::uint16_t port) = 0;
    // The whole state with every edge, as epoll does.
    virtual void ready(Line line, worker::Readiness readiness) = 0;
};

class PeerEnd
{
public:
    virtual ~PeerEnd() = default;
    virtual void connected(Line line) = 0;
    virtual void ready(Line line) = 0;  // bytes, the end of the stream, or room to write
    virtual void broken(Line line) = 0; // reset by the relay
};

struct NetworkTraits
{
    lobby::Duration latency_min{};
    lobby::Duration latency_max{};
    std::size_t segment_max = 1460;
    std::size_t window = 16384;
};

enum class PeerRead : std::uint8_t
{
    bytes,
    nothing,
    end,
    broken
};

class Network
{
public:
    Network(Schedule& schedule, Rng rng, NetworkTraits traits);
    Network(Network&&) = delete;

    void serve(RelayEnd& relay) { relay_ = &relay; }

    // The peer's end. `peer` must outlive the line.
    Line connect(PeerEnd& peer, const wire::Endpoint& from, std::uint16_t port = 0);
    std::size_t write(Line line, std::span<const std::uint8_t> bytes);
    PeerRead read(Line line, std::size_t most, std::vector<std::uint8_t>& into);
    void finish(Line line); // half-closes
    void close(Line line);
    void reset(Line line);
    void vanish(Line line); // pulls the plug: the relay's kernel gives up after a while

    // The relay's end.
    void report_soon(Line line);
    struct Result
    {
        int error = 0; // errno; EAGAIN stands for "blocked"
        std::size_t bytes = 0;
        bool end = false;
    };
    Result relay_reads(Line line, std::span<std::uint8_t> into);
    Result relay_writes(Line line, std::span<const std::uint8_t> bytes);
    [[nodiscard]] bool is_acknowledged(Line line) const;
    // Since the peer's kernel has answered last; 0 if it answers.
    [[nodiscard]] lobby::Duration silence(Line line) const;
    [[nodiscard]] int error_at_relay(Line line) const;
    void relay_finishes(Line line);
    void relay_closes(Line line);
    void relay_dies(Line line); // its machine
    void cut(Line line);        // somewhere between the two; both are told

    [[nodiscard]] std::size_t open_at_relay() const { return open_at_relay_; }

private:
    struct State
    {
        PeerEnd* peer = nullptr;
        wire::Endpoint from;
        Flow to_relay;
        Flow to_peer;
        bool relay_open = false;
        bool peer_open = true;
        bool vanished = false;
        lobby::Instant vanished_at{};
        bool reset_at_peer = false;
        int relay_error = 0; // what the relay's next system call fails with
    };

    [[nodiscard]] State& at(Line line) { return *lines_.at(static_cast<std::size_t>(line)); }
    std::size_t send(Line line, bool to_relay, std::span<const std::uint8_t> bytes);
    void send_end(Line line, bool to_relay);
    void arrives(Line line, bool to_relay, std::span<const std::uint8_t> bytes, bool end);
    void fail_at_relay(Line line, int error, lobby::Duration delay);
    void reset_at_peer(Line line);
    void report(Line line);
    [[nodiscard]] lobby::Instant arrival(Flow& flow);
    [[nodiscard]] lobby::Duration latency();

    Schedule& schedule_;
    Rng rng_;
    NetworkTraits traits_;
    RelayEnd* relay_ = nullptr;
    std::vector<std::unique_ptr<State>> lines_;
    std::size_t open_at_relay_ = 0;
};

} // namespace netplay_relay::simulation
