// What the rollback engine costs, as a table: bench_rollback [--json].
#include "cores/arena_core.hpp"
#include "peer/client_peer.hpp"
#include "peer/host_peer.hpp"
#include "peer/link_model.hpp"
#include "rollback/random_input.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace netplay_relay;
using namespace netplay_relay::peer;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr Instant frame_time = 16'666'667ns;
constexpr int rounds = 5;

// No game at all: what is left is the engine's own cost.
class NoCore : public rollback::Core
{
public:
    [[nodiscard]] rollback::CoreInfo info() const override { return {"none", "1", 0, 60}; }
    void plug(std::size_t, std::uint32_t) override {}
    [[nodiscard]] std::size_t state_size() override { return sizeof(frames_); }
    [[nodiscard]] bool save(std::span<std::uint8_t> state) override
    {
        std::memcpy(state.data(), &frames_, sizeof(frames_));
        return true;
    }
    [[nodiscard]] bool load(std::span<const std::uint8_t> state) override
    {
        std::memcpy(&frames_, state.data(), sizeof(frames_));
        return true;
    }
    void run(const rollback::FrameInput&) override { ++frames_; }
    void reset() override { frames_ = 0; }
    [[nodiscard]] std::span<std::uint8_t> battery() override { return {}; }
    [[nodiscard]] std::span<const std::uint8_t> memory() const override { return {}; }

private:
    std::uint64_t frames_ = 0;
};

struct Cost
{
    double microseconds_per_frame = 0; // of one peer: bytes in, tick, bytes out
    double seconds = 0;
    std::uint64_t rollbacks = 0;
    std::uint64_t replayed = 0;
};

// A host and a client who play, with a line of this latency between them.
template <class MakeCore>
Cost play(const MakeCore& make_core, int frames, LinkModelSettings line)
{
    auto host_core = make_core();
    auto client_core = make_core();
    HostPeerSettings host_settings;
    host_settings.nick = host_settings.session.nick = "host";
    host_settings.session.devices[0] = host_settings.session.devices[1] = 1;
    HostPeer host(host_core, host_settings, 0ns);
    ClientPeerSettings client_settings;
    client_settings.nick = "client";
    ClientPeer client(client_core, client_settings);
    LinkModel up(line);
    ++line.seed;
    LinkModel down(line);
    const rollback::RandomInput input(1);
    const rollback::LocalInput host_input = [&](wire::Frame frame, std::size_t) {
        return input.words(0, frame);
    };
    const rollback::LocalInput client_input = [&](wire::Frame frame, std::size_t) {
        return input.words(1, frame);
    };

    host.accepted(1, 0ns);
    client.connected();
    std::vector<std::uint8_t> bytes;
    const auto carry = [&](LinkModel& link, std::vector<std::uint8_t>& out, Instant now,
                           const auto& give) {
        link.push(out, now);
        out.clear();
        bytes.clear();
        link.take_due(now, bytes);
        if (!bytes.empty()) give(bytes);
    };
    const auto begin = Clock::now();
    Instant now{0};
    for (int frame = 0; frame < frames; ++frame, now += frame_time) {
        carry(up, client.out(), now, [&](const auto& more) { host.received(1, more, now); });
        host.tick(host_input, now);
        carry(down, host.out(1), now, [&](const auto& more) { client.received(more, now); });
        client.tick(client_input, now);
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    const auto& counts = client.session()->timeline().counts();
    const auto& host_counts = host.session().timeline().counts();
    return {seconds * 1e6 / frames / 2, seconds, counts.rollbacks + host_counts.rollbacks,
            counts.frames_replayed + host_counts.frames_replayed};
}

// Microseconds to go back `depth` frames and run them again, the median of many.
double rollback_cost(std::size_t depth, std::size_t state_size)
{
    cores::ArenaOptions options;
    options.state_size = state_size;
    cores::ArenaCore core(options);
    rollback::Devices devices{1, 1};
    rollback::Seats seats;
    seats.sit(0, 1);
    seats.sit(1, 2);
    rollback::Timeline timeline(core, rollback::client_ring_frames, 0, devices, seats);
    const rollback::RandomInput input(1);
    std::vector<double> costs;
    for (wire::Frame frame = 0; frame < 20'000; ++frame) {
        const auto pad = [&](std::size_t player, wire::Frame at) {
            return rollback::InputWords(std::vector<std::uint32_t>{
                input.words(player, at).words[0] ^ (player == 1 ? at & 1U : 0)});
        };
        timeline.put_input(0, pad(0, frame));
        timeline.advance_self();
        if (!timeline.run_frame()) return 0;
        if (timeline.run() % depth != 0) continue;
        while (timeline.read(1) < timeline.run()) // all the predictions were wrong
            timeline.put_input(1, pad(1, timeline.read(1)));
        const auto before = timeline.counts().frames_replayed;
        const auto begin = Clock::now();
        if (!timeline.confirm(timeline.run())) return 0;
        const std::chrono::duration<double, std::micro> cost = Clock::now() - begin;
        if (timeline.counts().frames_replayed - before == depth) costs.push_back(cost.count());
    }
    if (costs.empty()) return 0;
    std::nth_element(costs.begin(), costs.begin() + static_cast<long>(costs.size() / 2),
                     costs.end());
    return costs[costs.size() / 2];
}

template <class Measure>
double least_of(const Measure& measure)
{
    double least = measure();
    for (int round = 1; round < rounds; ++round)
        least = std::min(least, measure());
    return least;
}

} // namespace

int main(int argc, char**)
{
    const auto no_core = [] { return NoCore(); };
    const auto arena = [] { return cores::ArenaCore(cores::ArenaOptions{}); };
    LinkModelSettings far;
    far.latency = 133ms;
    far.jitter = 20ms;
    far.seed = 1;

    const double engine =
        least_of([&] { return play(no_core, 50'000, {}).microseconds_per_frame; });
    const double eight = least_of([] { return rollback_cost(8, 4096); });
    const double eight_large = least_of([] { return rollback_cost(8, 1U << 20U); });
    const Cost long_play = play(arena, 100'000, far);

    if (argc > 1) {
        const nlohmann::ordered_json json = {{"engine_microseconds_per_frame", engine},
                                             {"rollback_8_microseconds", eight},
                                             {"rollback_8_of_1_mib_microseconds", eight_large},
                                             {"simulated_100000_frames_seconds", long_play.seconds},
                                             {"simulated_rollbacks", long_play.rollbacks},
                                             {"simulated_frames_replayed", long_play.replayed}};
        std::printf("%s\n", json.dump(2).c_str());
        return 0;
    }
    const auto row = [](const char* what, const std::string& value, const char* bar) {
        std::printf("| %-66s | %11s | %-8s |\n", what, value.c_str(), bar);
    };
    const auto number = [](double value, const char* unit) {
        char text[32];
        std::snprintf(text, sizeof text, "%.2f %s", value, unit);
        return std::string(text);
    };
    std::printf("| what | measured | bar |\n|---|---|---|\n");
    row("engine and codec, per peer and frame, two players, no core", number(engine, "us"),
        "< 5 us");
    row("8 frames back and replayed, builtin:arena, 4 KiB of state", number(eight, "us"), "< 1 ms");
    row("the same with 1 MiB of state", number(eight_large, "us"), "");
    row("two peers, 100,000 frames, 133 to 153 ms apart, rollbacks throughout",
        number(long_play.seconds, "s"), "< 10 s");
    std::printf("\n%llu rollbacks, %llu frames replayed in the last\n",
                static_cast<unsigned long long>(long_play.rollbacks),
                static_cast<unsigned long long>(long_play.replayed));
    return 0;
}
