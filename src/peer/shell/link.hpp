// One TCP connection of netplay-peer, with a simulated line in either direction.
#pragma once

#include "peer/link_model.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netplay_relay::peer {

namespace asio = boost::asio;

// Time since the program began.
[[nodiscard]] Instant run_time();

struct LineSettings // what the link model adds to a real connection
{
    LinkModelSettings in;
    LinkModelSettings out;
};

class LinkOwner
{
public:
    virtual ~LinkOwner() = default;
    virtual void link_received(std::uint64_t id, std::span<const std::uint8_t> bytes) = 0;
    virtual void link_closed(std::uint64_t id, const std::string& why) = 0;
    // True while the link should not read on.
    [[nodiscard]] virtual bool link_busy(std::uint64_t id) const = 0;
};

// Must live until done(): its operations refer to it.
class Link
{
public:
    Link(asio::ip::tcp::socket socket, std::uint64_t id, const LineSettings& line,
         LinkOwner& owner);

    void start();
    void send(std::vector<std::uint8_t>& bytes); // takes them all
    void read_on();                              // if it stopped because its owner was busy
    void next_turn();                            // it may read as much again
    void close_when_sent();                      // within drain_max
    void close();

    [[nodiscard]] bool done() const { return closed_ && operations_ == 0; }
    [[nodiscard]] bool closed() const { return closed_; }
    [[nodiscard]] bool closing() const { return closing_; }
    [[nodiscard]] std::uint64_t id() const { return id_; }
    [[nodiscard]] std::size_t waiting() const { return out_.pending() + writing_.size(); }
    [[nodiscard]] std::uint64_t bytes_in() const { return bytes_in_; }
    [[nodiscard]] std::uint64_t bytes_out() const { return bytes_out_; }

private:
    void deliver();
    void write_due();
    void arm();
    void drain();
    void finish(const std::string& why);

    asio::ip::tcp::socket socket_;
    std::uint64_t id_;
    LinkModel in_;
    LinkModel out_;
    LinkOwner& owner_;
    asio::steady_timer timer_;
    asio::steady_timer close_timer_;
    std::array<std::uint8_t, 16384> read_buffer_;
    std::vector<std::uint8_t> delivered_;
    std::vector<std::uint8_t> writing_;
    std::string ended_; // why no more will come; told when all before it is delivered
    std::uint64_t bytes_in_ = 0;
    std::uint64_t bytes_out_ = 0;
    std::optional<Instant> armed_for_;
    int operations_ = 0;
    std::size_t read_in_turn_ = 0; // bytes
    bool reading_ = false;
    bool write_busy_ = false;
    bool closing_ = false;  // nothing more is given to the owner, what is queued is still sent
    bool draining_ = false; // all is sent
    bool closed_ = false;
};

} // namespace netplay_relay::peer
