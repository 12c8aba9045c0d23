// bench_party: plays in the parties of a relay. One measurement per call, its result as JSON on
// stdout.

#include "pacer.hpp"
#include "party_peer.hpp"
#include "process.hpp"
#include "quantiles.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <iostream>
#include <map>
#include <memory>

namespace {

using namespace bench;

struct Options
{
    std::uint16_t port = 0;
    std::vector<pid_t> pids;
    Plan plan;
    std::size_t peers = 2;
    std::size_t packets = 1;
    std::size_t direct = 0;
    std::string senders = "all";
    bool reliable = false;
};

// A connection of ours to ourselves: what the kernel and we take.
struct Direct
{
    Socket from;
    Socket to;
};

class Games
{
public:
    Games(const Target& target, const Options& options);

    void play(std::uint64_t length);
    void record(bool on) { recording_ = on; }
    void drain();
    std::uint64_t received() const { return received_; }
    std::uint64_t messages() const { return messages_; }
    void report(nlohmann::json& out);

private:
    struct Player
    {
        std::unique_ptr<PartyPeer> peer;
        std::uint32_t next = 0;
        bool sends = false;
        std::map<std::uint32_t, std::uint32_t> expected; // the next number, by sender
    };

    void open_party(const Target& target, std::size_t party);
    void open_direct();
    void send_next(std::size_t turn);
    void receive(std::uint64_t tag);
    void take(Player& player, const Packet& packet, std::uint64_t now);

    Options options_;
    std::deque<Player> players_;
    std::vector<std::size_t> senders_;
    std::vector<Direct> direct_;
    Poller poller_;
    std::optional<Pacer> pacer_;
    bool recording_ = false;
    std::uint64_t sent_ = 0; // packets, once for each receiver
    std::uint64_t received_ = 0;
    std::uint64_t messages_ = 0; // of senders
    std::uint64_t lost_ = 0;     // unreliable ones that the relay has dropped
    std::vector<std::uint64_t> latencies_;
    std::vector<std::uint64_t> direct_latencies_;
    std::vector<std::uint64_t> delays_;
};

Games::Games(const Target& target, const Options& options) : options_(options)
{
    for (std::size_t party = 0; party < options.plan.sessions; ++party)
        open_party(target, party);
    open_direct();
    for (Player& player : players_)
        set_blocking(player.peer->socket(), false);
    pacer_.emplace(senders_.size() + direct_.size(), options.plan.seed);
}

void Games::open_party(const Target& target, std::size_t)
{
    std::string code;
    for (std::size_t at = 0; at < options_.peers; ++at) {
        Player& player = players_.emplace_back();
        player.peer = std::make_unique<PartyPeer>(target, code, static_cast<std::int32_t>(at + 1));
        code = player.peer->code();
        const bool is_host = at == 0;
        player.sends = options_.senders == "all" || options_.senders == "star" ||
                       (options_.senders == "host") == is_host;
        if (player.sends) senders_.push_back(players_.size() - 1);
        poller_.add(player.peer->socket(), EPOLLIN, players_.size() - 1);
    }
}

void Games::open_direct()
{
    if (options_.direct == 0) return;
    const Socket listener = listen_on(0);
    for (std::size_t at = 0; at < options_.direct; ++at) {
        Direct& one = direct_.emplace_back();
        one.from = connect_to(local_address(listener));
        one.to = accept_from(listener);
        poller_.add(one.to, EPOLLIN, players_.size() + at);
    }
}

// A host speaks to all, and so do all if everybody sends; else clients speak to their host.
void Games::send_next(std::size_t turn)
{
    if (turn >= senders_.size()) {
        const std::uint64_t now = now_ns();
        std::array<unsigned char, 48> bytes{};
        std::memcpy(bytes.data(), &now, sizeof now);
        write_all(direct_[turn - senders_.size()].from, bytes);
        return;
    }
    const std::size_t index = senders_[turn];
    Player& player = players_[index];
    const bool is_host = player.peer->id() == 1;
    const bool to_all = is_host || options_.senders == "all";
    const PartyStamp stamp{now_ns(), static_cast<std::uint32_t>(index), player.next};
    player.next += static_cast<std::uint32_t>(options_.packets);
    player.peer->send(to_all ? 0 : 1, options_.reliable ? Mode::reliable : Mode::unreliable,
                      options_.packets, stamp);
    sent_ += options_.packets * (to_all ? options_.peers - 1 : 1);
    ++messages_;
}

void Games::receive(std::uint64_t tag)
{
    if (tag >= players_.size()) {
        std::array<unsigned char, 48> bytes{};
        std::uint64_t stamp = 0;
        read_all(direct_[tag - players_.size()].to, bytes);
        std::memcpy(&stamp, bytes.data(), sizeof stamp);
        if (recording_) direct_latencies_.push_back(now_ns() - stamp);
        return;
    }
    Player& player = players_[tag];
    std::uint64_t now = 0;
    player.peer->receive([&](const Packet& packet) {
        if (now == 0) now = now_ns();
        take(player, packet, now);
    });
}

void Games::take(Player& player, const Packet& packet, std::uint64_t now)
{
    const PartyStamp stamp = read_payload(packet.payload);
    const auto sender = players_.at(stamp.sender).peer->id();
    if (packet.target != sender) throw IntegrityFailure("a packet of somebody else");
    std::uint32_t& expected = player.expected[stamp.sender];
    if (stamp.number < expected) throw IntegrityFailure("a packet came twice");
    if (stamp.number > expected && options_.reliable)
        throw IntegrityFailure("a packet that has to arrive did not");
    lost_ += stamp.number - expected;
    expected = stamp.number + 1;
    ++received_;
    if (recording_ && stamp.number % options_.packets == 0) latencies_.push_back(now - stamp.time);
}

void Games::play(std::uint64_t length)
{
    const std::uint64_t end = now_ns() + length;
    for (std::uint64_t now = now_ns(); now < end; now = now_ns()) {
        const std::uint64_t due = pacer_->due();
        if (const auto turn = pacer_->next(now)) {
            if (recording_) delays_.push_back(now - due);
            send_next(*turn);
        }
        const auto events =
            options_.plan.spin ? poller_.wait(0) : poller_.wait_until(std::min(pacer_->due(), end));
        for (const epoll_event& event : events)
            receive(event.data.u64);
    }
}

void Games::drain()
{
    const std::uint64_t deadline = now_ns() + 3 * ns_per_second;
    while (received_ + lost_ < sent_ && now_ns() < deadline)
        for (const epoll_event& event : poller_.wait(100))
            receive(event.data.u64);
    if (received_ + lost_ < sent_ && options_.reliable)
        throw IntegrityFailure(std::to_string(sent_ - received_) + " packets never arrived");
    lost_ = sent_ - received_;
}

void Games::report(nlohmann::json& out)
{
    out["latency_us"] = quantiles(latencies_);
    out["send_delay_us"] = quantiles(delays_);
    if (!direct_latencies_.empty()) out["direct_us"] = quantiles(direct_latencies_);
    out["dropped"] = lost_;
}

void describe(CLI::App& app, Options& options)
{
    bench::Plan& plan = options.plan;
    app.add_option("--port", options.port, "where the relay listens, on 127.0.0.1")->required();
    app.add_option("--pid", options.pids, "its process")->required();
    app.add_option("--seconds", plan.seconds, "measuring window")->check(CLI::Range(0.1, 120.0));
    app.add_option("--warm-up", plan.warm_up_seconds)->check(CLI::Range(0.0, 10.0));
    app.add_option("--parties", plan.sessions)->check(CLI::Range(1, 3000));
    app.add_option("--peers", options.peers, "of each")->check(CLI::Range(2, 64));
    app.add_option("--packets", options.packets, "in a message")->check(CLI::Range(1, 4000));
    app.add_option("--senders", options.senders,
                   "host: to all; clients: to their host; star: both; all: everybody to all")
        ->check(CLI::IsMember({"host", "clients", "star", "all"}));
    app.add_option("--direct", options.direct, "connections to ourselves beside them");
    app.add_option("--seed", plan.seed, "decides who sends when");
    app.add_flag("--reliable", options.reliable);
    app.add_flag("!--sleep", plan.spin, "sleep between messages instead of spinning");
}

nlohmann::json run(const Options& options)
{
    Target target;
    target.pids = options.pids;
    target.address = loopback(options.port);
    Games games(target, options);
    games.play(to_ns(options.plan.warm_up_seconds));
    Window window(target);
    games.record(true);
    const std::uint64_t messages = games.messages();
    window.open(games.received());
    games.play(to_ns(options.plan.seconds));
    window.close(games.received());
    games.record(false);
    nlohmann::json out{{"parties", options.plan.sessions},
                       {"peers", options.peers},
                       {"packets_in_a_message", options.packets},
                       {"senders", options.senders},
                       {"messages_sent", games.messages() - messages}};
    games.drain();
    games.report(out);
    window.report(out, "packets");
    if (const auto cpu = window.cpu_seconds())
        out["cpu_us_per_packet"] = *cpu * 1e6 / static_cast<double>(window.count());
    return out;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Plays in the parties of netplay-relay, for its bench");
    Options options;
    describe(app, options);
    CLI11_PARSE(app, argc, argv);
    bench::prepare_process();
    try {
        std::cout << run(options).dump() << '\n';
        return EXIT_SUCCESS;
    } catch (const bench::IntegrityFailure& failure) {
        std::fprintf(stderr, "bench_party: INTEGRITY FAILURE: %s\n", failure.what());
        return 2;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "bench_party: %s\n", failure.what());
        return EXIT_FAILURE;
    }
}
