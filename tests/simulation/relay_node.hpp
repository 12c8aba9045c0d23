// One worker of the simulated relay, and its Io.
#pragma once

#include "relay.hpp"

#include <set>

namespace netplay_relay::simulation {

class Relay::Node final : private worker::Io, private worker::Observer
{
public:
    Node(Relay& relay, Rng rng, const lobby::Policy& policy, lobby::RandomSource& random,
         AmongWorkers among);

    void ready(Line line, worker::Readiness readiness);
    [[nodiscard]] worker::Worker& worker() { return worker_; }
    [[nodiscard]] const worker::Worker& worker() const { return worker_; }
    // What is open at the others.
    void tell(const lobby::OpenGames& games) { (void)worker_.order(lobby::OpenElsewhere{games}); }
    // The other one has nothing any more.
    void inherit(Node& other);
    void die();

private:
    [[nodiscard]] lobby::Instant now() const override { return relay_.schedule_.now(); }
    [[nodiscard]] worker::IoResult read(worker::Handle line, std::span<std::uint8_t> into) override;
    [[nodiscard]] worker::IoResult write(worker::Handle line,
                                         std::span<const std::uint8_t> bytes) override;
    void finish_writing(worker::Handle line) override;
    void close(worker::Handle line, bool reset) override;
    [[nodiscard]] int watch(worker::Handle line, worker::Connection& connection) override;
    void forget(worker::Handle line) override;
    [[nodiscard]] int error_of(worker::Handle line) const override;
    void be_patient(worker::Handle, bool) override {}
    [[nodiscard]] worker::Unacknowledged unacknowledged(worker::Handle line) const override;
    [[nodiscard]] bool is_silenced(worker::Handle line) const override;
    [[nodiscard]] std::optional<worker::TcpFacts> tcp_facts(worker::Handle) const override
    {
        return std::nullopt;
    }
    [[nodiscard]] std::size_t kernel_memory(worker::Handle) const override { return 0; }
    [[nodiscard]] bool is_memory_refused() const override { return false; }
    bool restore_memory() override { return true; }
    [[nodiscard]] bool open_port(std::uint16_t port,
                                 const lobby::ListenerProfile& profile) override;
    void close_port(std::uint16_t port) override;
    void pass_on(std::uint16_t worker, worker::Moving moving) override
    {
        relay_.pass_on(worker, moving);
    }
    void hop(fleet::Node node, worker::Moving moving) override;
    void tell_worker(std::uint16_t worker, const lobby::GameMoved& news) override
    {
        relay_.tell_worker(worker, news);
    }
    void tell_workers(const lobby::News& news) override { relay_.tell_workers(*this, news); }
    void tell_others(const lobby::OpenGames& games) override;
    void wake_at(lobby::Instant when) override;
    void wake_soon() override;

    void report(const lobby::LogEvent&, const worker::EventFacts&) override {}
    void handled(const lobby::Event& event, const lobby::Output& output) override;
    void carried_out() override { early_.clear(); }

    [[nodiscard]] worker::IoResult write_to(worker::Handle line,
                                            std::span<const std::uint8_t> bytes);
    void plant_in_join(const lobby::Join& join);
    void expect_possible(const lobby::Output& output);

    Relay& relay_;
    Rng rng_;
    Network& network_;
    Fault fault_;
    std::map<Line, worker::Connection*> watched_;
    lobby::Instant armed_ = lobby::Instant::max();
    bool is_retired_ = false;
    std::set<std::uint16_t> inherited_ports_; // open, and nobody's yet
    // What faults need to know.
    std::map<Line, bool> early_; // being joined
    std::map<Line, std::vector<std::uint8_t>> late_;
    std::map<Line, Line> swapped_;
    std::map<Line, bool> deaf_;
    std::set<Line> stuck_; // sources that are not read again before they say more
    worker::Worker worker_;
};

} // namespace netplay_relay::simulation
