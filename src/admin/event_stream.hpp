// GET /events: the feed as server-sent events, and with them the status again and again for whoever
// shows it.
#pragma once

#include "admin/feed.hpp"
#include "admin/status_routes.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

namespace netplay_relay::admin {

class EventStreams
{
public:
    // What `source` is of, and the feed, must outlive them.
    EventStreams(StatusSource source, Feed& feed);
    EventStreams(EventStreams&&) = delete;

    [[nodiscard]] Route route();

private:
    struct Reader
    {
        explicit Reader(boost::asio::io_context& io) : timer(io) {}
        boost::asio::steady_timer timer; // is cancelled if there is something to write
        std::uint64_t told = 0;          // events up to this number
        std::uint64_t status_told = 0;
        std::chrono::seconds status_interval{0}; // 0: no status
        std::chrono::steady_clock::time_point status_due;
    };
    struct Joined;

    boost::asio::awaitable<void> serve(Stream& stream, const Request& request);
    [[nodiscard]] static std::string head(const Request& request);
    [[nodiscard]] std::string unread(Reader& reader) const;
    void ask_for_status();
    boost::asio::awaitable<void> make_statuses();
    [[nodiscard]] std::chrono::seconds shortest_interval() const;
    void wake();

    StatusSource source_;
    Feed& feed_;
    std::shared_ptr<std::list<Reader>> readers_; // the streams may outlive us
    std::shared_ptr<const std::string> status_;
    std::uint64_t status_number_ = 0;
    bool makes_statuses_ = false;
};

} // namespace netplay_relay::admin
