// Connections that are strings: what a test says, and what it hears. Several workers may share
// them.
#pragma once

#include "base/ensure.hpp"
#include "support/counting_random.hpp"
#include "worker/worker.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace netplay_relay::tests {

struct MemoryNetwork
{
    struct Line
    {
        std::string said;              // to the worker, and not read yet
        std::string heard;             // from it
        std::size_t window = 1U << 20; // bytes that it still takes
        bool ended = false;            // says no more
        bool hears_end = false;
        bool is_closed = false;
        std::size_t writes = 0;
        int error = 0;          // what a write fails with
        bool is_silent = false; // its machine acknowledges nothing any more
        worker::Connection* watched = nullptr;
    };

    std::map<worker::Handle, Line> lines;
    lobby::Instant time{std::chrono::seconds(1000)};
    bool opens_ports = true;
    std::map<std::uint16_t, const void*> listeners; // of each port its worker's Io
};

// One worker's way to them.
class MemoryIo final : public worker::Io
{
public:
    using Line = MemoryNetwork::Line;

    explicit MemoryIo(MemoryNetwork& network) : network_(network) {}

    bool wakes_soon = false;
    std::map<std::uint16_t, lobby::ListenerProfile> ports; // open
    std::vector<std::pair<std::uint16_t, worker::Moving>> passed_on;
    std::vector<std::pair<std::uint16_t, lobby::GameMoved>> told_worker;
    std::vector<lobby::News> told_workers;
    std::vector<std::pair<fleet::Node, worker::Moving>> hopped;
    std::optional<lobby::OpenGames> told; // to the other workers

    lobby::Instant now() const override { return network_.time; }
    worker::IoResult read(worker::Handle handle, std::span<std::uint8_t> into) override
    {
        Line& line = open_line(handle);
        if (line.said.empty() && line.ended) return {worker::IoState::finished, 0, 0};
        if (line.said.empty()) return {worker::IoState::blocked, 0, 0};
        const std::size_t count = std::min(into.size(), line.said.size());
        std::copy_n(line.said.begin(), count, into.begin());
        line.said.erase(0, count);
        return {worker::IoState::moved, count, 0};
    }
    worker::IoResult write(worker::Handle handle, std::span<const std::uint8_t> bytes) override
    {
        Line& line = open_line(handle);
        ++line.writes;
        if (line.error != 0) return {worker::IoState::failed, 0, line.error};
        const std::size_t count = std::min(bytes.size(), line.window);
        if (count == 0) return {worker::IoState::blocked, 0, 0};
        line.heard.append(reinterpret_cast<const char*>(bytes.data()), count); // takes no memory
        line.window -= count;
        return {worker::IoState::moved, count, 0};
    }
    void finish_writing(worker::Handle handle) override { open_line(handle).hears_end = true; }
    void close(worker::Handle handle, bool) override
    {
        forget(handle);
        open_line(handle).is_closed = true;
    }
    int watch(worker::Handle handle, worker::Connection& connection) override
    {
        open_line(handle).watched = &connection;
        return 0;
    }
    void forget(worker::Handle handle) override { open_line(handle).watched = nullptr; }
    int error_of(worker::Handle handle) const override { return network_.lines.at(handle).error; }
    void be_patient(worker::Handle, bool) override {}
    worker::Unacknowledged unacknowledged(worker::Handle handle) const override
    {
        constexpr unsigned repeats = 5;
        if (!network_.lines.at(handle).is_silent) return {};
        return {true, repeats, std::chrono::hours(24)};
    }
    bool is_silenced(worker::Handle) const override { return false; }
    std::optional<worker::TcpFacts> tcp_facts(worker::Handle) const override { return {}; }
    std::size_t kernel_memory(worker::Handle) const override { return 0; }
    bool is_memory_refused() const override { return false; }
    bool restore_memory() override { return true; }
    bool open_port(std::uint16_t port, const lobby::ListenerProfile& profile) override
    {
        ensure(!ports.contains(port), "a port was opened twice");
        ensure(!network_.listeners.contains(port), "a port of another worker was opened");
        if (!network_.opens_ports) return false;
        ports.emplace(port, profile);
        network_.listeners[port] = this;
        return true;
    }
    // One that could not be opened may be given back before the lobby hears of it.
    void close_port(std::uint16_t port) override
    {
        if (ports.erase(port) > 0) network_.listeners.erase(port);
    }
    bool is_port_elsewhere(std::uint16_t port) const override
    {
        const auto found = network_.listeners.find(port);
        return found != network_.listeners.end() && found->second != this;
    }
    void pass_on(std::uint16_t to, worker::Moving moving) override
    {
        passed_on.emplace_back(to, std::move(moving));
    }
    void tell_worker(std::uint16_t to, const lobby::GameMoved& news) override
    {
        told_worker.emplace_back(to, news);
    }
    void tell_workers(const lobby::News& one) override { told_workers.push_back(one); }
    void hop(fleet::Node to, worker::Moving moving) override
    {
        hopped.emplace_back(to, std::move(moving));
    }
    void tell_others(const lobby::OpenGames& games) override { told = games; }
    void wake_at(lobby::Instant) override {}
    void wake_soon() override { wakes_soon = true; }

private:
    Line& open_line(worker::Handle handle)
    {
        Line& line = network_.lines.at(handle);
        ensure(!line.is_closed, "a handle was used behind its end");
        return line;
    }

    MemoryNetwork& network_;
};

class LinkObserver final : public worker::Observer
{
public:
    std::vector<worker::LinkMeter> closed; // links
    void report(const lobby::LogEvent& event, const worker::EventFacts& facts) override
    {
        if (std::holds_alternative<lobby::LinkClosed>(event)) closed.push_back(facts.meter);
    }
};

// A worker, and all that is around it.
struct Relay
{
    MemoryNetwork& network;
    MemoryIo io;
    CountingRandom random;
    LinkObserver observer;
    worker::Worker worker;

    // `watches` instead of `observer`, if it is given.
    Relay(MemoryNetwork& around, AmongWorkers among, const lobby::Policy& policy = {},
          worker::Observer* watches = nullptr)
        : network(around), io(around), random(among.number),
          worker(io, watches != nullptr ? *watches : observer, policy, random, among)
    {
    }

    void ready(worker::Handle handle)
    {
        MemoryNetwork::Line& line = network.lines.at(handle);
        if (line.watched == nullptr) return;
        const bool broken = line.error != 0;
        worker.begin_batch();
        worker.ready(*line.watched, {true, true, line.ended || broken, broken, false});
        worker.end_batch();
        go_on();
    }

    void go_on()
    {
        while (std::exchange(io.wakes_soon, false))
            worker.go_on();
    }

    void arrive(worker::Handle handle) { arrive(handle, "10.0.0." + std::to_string(handle)); }

    void arrive(worker::Handle handle, const std::string& address,
                const lobby::ListenerProfile& profile = {})
    {
        network.lines[handle];
        worker.take({static_cast<std::uint64_t>(handle)}, handle,
                    {*wire::parse_address(address), static_cast<std::uint16_t>(1000 + handle)},
                    profile);
    }

    void say(worker::Handle handle, const std::string& text)
    {
        network.lines.at(handle).said += text;
        ready(handle);
    }

    // In steps, or it would seem to have stood still.
    void pass(lobby::Duration time)
    {
        const lobby::Instant until = network.time + time;
        while (network.time < until) {
            network.time = std::min(network.time + std::chrono::milliseconds(200), until);
            worker.woken();
            go_on();
        }
    }
};

} // namespace netplay_relay::tests
