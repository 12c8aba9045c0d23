// The thin outside of the inspector of parties: its socket, the clock, signals, and orders on
// standard input. One thread.
#pragma once

#include "peer/party_run.hpp"
#include "peer/shell/link.hpp"
#include "peer/shell/run_options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::peer {

struct PartyOptions
{
    JoinText relay;
    inspector::PartyRunOptions run;
    LineSettings line;
};

class PartyShell : public LinkOwner
{
public:
    explicit PartyShell(PartyOptions options);
    ~PartyShell() override;

    // Runs until it is over, and prints; its exit code.
    [[nodiscard]] int run();

private:
    void link_received(std::uint64_t id, std::span<const std::uint8_t> bytes) override;
    void link_closed(std::uint64_t id, const std::string& why) override;
    [[nodiscard]] bool link_busy(std::uint64_t id) const override;

    void turn(); // whatever is due, and what follows from what has come
    void dial();
    void dialled(asio::ip::tcp::socket socket, const std::string& failure);
    void drop_link();
    void read_orders();
    void take_orders(std::span<const char> text);
    void reap();
    void arm();
    void print();
    void finish();

    PartyOptions options_;
    inspector::PartyRun run_;
    asio::io_context io_{1};
    asio::ip::tcp::resolver resolver_;
    asio::steady_timer timer_;
    asio::signal_set signals_;
    asio::posix::stream_descriptor orders_;
    int orders_flags_ = 0;
    std::string unfinished_; // a line of orders
    std::array<char, 4096> order_bytes_{};
    std::vector<std::unique_ptr<Link>> links_; // those that are closed until they are done
    Link* link_ = nullptr;
    std::uint64_t last_link_ = 0;
    bool finishing_ = false;
};

} // namespace netplay_relay::peer
