#include "peer/shell/party_shell.hpp"

#include "peer/decode/escape.hpp"

#include <boost/asio/connect.hpp>

#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace netplay_relay::peer {

namespace {

using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::size_t line_max = 1U << 20U;      // of an order
constexpr std::size_t untaken_max = 256U << 10U; // bytes that the relay has not taken
constexpr auto farewell_max = std::chrono::seconds(2);

netplay_relay::Instant now() { return netplay_relay::Instant(run_time()); }

// Ids, tokens' masks and pauses: nobody gains by guessing them.
inspector::PartyClient::Random make_random()
{
    std::random_device seed;
    auto generator =
        std::make_shared<std::mt19937_64>((std::uint64_t{seed()} << 32U) | std::uint64_t{seed()});
    return [generator](std::span<std::uint8_t> bytes) {
        for (std::uint8_t& byte : bytes)
            byte = static_cast<std::uint8_t>((*generator)());
    };
}

std::string host_line(const JoinText& relay)
{
    const bool is_v6 = relay.host.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + relay.host + "]" : relay.host;
    return host + ":" + std::to_string(relay.port);
}

PartyOptions with_host(PartyOptions options)
{
    options.run.client.host = host_line(options.relay);
    auto& id = options.run.client.request.id;
    std::random_device seed;
    constexpr std::uint32_t ids = 0x7FFFFFFE; // from 2 on
    if (id == 0) id = static_cast<std::int32_t>(seed() % ids) + 2;
    return options;
}

} // namespace

PartyShell::PartyShell(PartyOptions options)
    : options_(with_host(std::move(options))), run_(options_.run, make_random(), now()),
      resolver_(io_), timer_(io_), signals_(io_, SIGINT, SIGTERM), orders_(io_)
{
}

// Reading made standard input non-blocking, for whoever else has it as well.
PartyShell::~PartyShell()
{
    if (!orders_.is_open()) return;
    (void)orders_.release();
    (void)fcntl(STDIN_FILENO, F_SETFL, orders_flags_);
}

int PartyShell::run()
{
    signals_.async_wait([this](error_code error, int) {
        if (error) return;
        run_.stop(now(), true);
        turn();
    });
    error_code error;
    orders_flags_ = fcntl(STDIN_FILENO, F_GETFL);
    if (orders_flags_ != -1) orders_.assign(STDIN_FILENO, error);
    if (orders_.is_open()) read_orders();
    turn();
    io_.run();
    const inspector::PartyReport report = run_.report(now());
    const std::string text = inspector::PartyLines(options_.run.json).report(report);
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    return report.exit_code;
}

void PartyShell::turn()
{
    if (finishing_) return;
    run_.tick(now());
    if (run_.takes_cut(now()) && link_ != nullptr) {
        drop_link();
        run_.lost("cut as asked", now());
    }
    if (const auto at = run_.connect_at(); at && now() >= *at) dial();
    // A client that has given its connection up wants another one.
    if (link_ != nullptr && run_.connect_at()) drop_link();
    if (link_ != nullptr && link_->waiting() < untaken_max) link_->send(run_.out());
    print();
    if (run_.is_over()) return finish();
    reap();
    arm();
}

void PartyShell::arm()
{
    auto due = run_.next_deadline();
    if (const auto at = run_.connect_at()) due = due ? std::min(*due, *at) : *at;
    if (!due) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::max(netplay_relay::Duration{}, *due - now()));
    timer_.async_wait([this](error_code error) {
        if (!error) turn();
    });
}

void PartyShell::dial()
{
    run_.dialling();
    const std::string name = options_.relay.host + " port " + std::to_string(options_.relay.port);
    resolver_.async_resolve(
        options_.relay.host, std::to_string(options_.relay.port),
        [this, name](error_code error, const tcp::resolver::results_type& found) {
            if (finishing_) return;
            if (error)
                return dialled(tcp::socket(io_), "cannot resolve " + name + ": " + error.message());
            auto socket = std::make_shared<tcp::socket>(io_);
            asio::async_connect(
                *socket, found, [this, name, socket](error_code failed, const auto&) {
                    if (finishing_) return;
                    dialled(std::move(*socket),
                            failed ? "cannot connect to " + name + ": " + failed.message()
                                   : std::string());
                });
        });
}

void PartyShell::dialled(tcp::socket socket, const std::string& failure)
{
    if (!failure.empty()) {
        run_.lost(failure, now());
        return turn();
    }
    LineSettings line = options_.line; // every link has an rng of its own
    const std::uint64_t id = ++last_link_;
    line.in.seed += id * 2;
    line.out.seed += id * 2 + 1;
    links_.push_back(std::make_unique<Link>(std::move(socket), id, line, *this));
    link_ = links_.back().get();
    run_.connected(now());
    link_->start();
    turn();
}

void PartyShell::drop_link()
{
    if (Link* link = std::exchange(link_, nullptr)) link->close();
}

void PartyShell::link_received(std::uint64_t id, std::span<const std::uint8_t> bytes)
{
    if (finishing_ || link_ == nullptr || link_->id() != id) return;
    run_.received(bytes, now());
    turn();
    if (link_ != nullptr) link_->next_turn();
}

void PartyShell::link_closed(std::uint64_t id, const std::string& why)
{
    if (finishing_ || link_ == nullptr || link_->id() != id) return;
    link_ = nullptr;
    run_.lost(why, now());
    turn();
}

bool PartyShell::link_busy(std::uint64_t) const { return false; }

void PartyShell::reap()
{
    std::erase_if(links_, [this](const auto& link) { return link.get() != link_ && link->done(); });
}

void PartyShell::read_orders()
{
    orders_.async_read_some(asio::buffer(order_bytes_), [this](error_code error, std::size_t size) {
        if (finishing_ || error) return; // it has an end, or is a file
        take_orders(std::span(order_bytes_).first(size));
        if (!finishing_) read_orders();
    });
}

void PartyShell::take_orders(std::span<const char> text)
{
    for (const char letter : text) {
        if (letter != '\n') {
            if (unfinished_.size() < line_max) unfinished_.push_back(letter);
            continue;
        }
        run_.order(std::exchange(unfinished_, {}), now());
    }
    turn();
}

void PartyShell::print()
{
    const std::string lines = run_.take_lines();
    if (!lines.empty()) {
        std::fputs(lines.c_str(), stdout);
        std::fflush(stdout);
    }
    std::string complaints = run_.take_complaints();
    for (std::size_t end = complaints.find('\n'); end != std::string::npos;
         end = complaints.find('\n')) {
        std::fprintf(stderr, "netplay-peer: %s\n", escaped(complaints.substr(0, end)).c_str());
        complaints.erase(0, end + 1);
    }
}

// What was sent is to arrive, but nobody may hold us up.
void PartyShell::finish()
{
    finishing_ = true;
    error_code ignored;
    resolver_.cancel();
    signals_.cancel(ignored);
    orders_.cancel(ignored);
    if (link_ != nullptr) {
        link_->send(run_.out());
        link_->close_when_sent();
    }
    timer_.expires_after(farewell_max);
    timer_.async_wait([this](error_code error) {
        if (!error) io_.stop();
    });
    if (link_ == nullptr) io_.stop();
}

} // namespace netplay_relay::peer
