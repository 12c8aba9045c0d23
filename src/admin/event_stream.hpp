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
#include <string_view>

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
        bool is_gone = false;
        std::uint64_t told = 0;   // events up to this number
        bool is_stranger = false; // it knows those of an earlier start
        std::uint64_t status_told = 0;
        std::chrono::seconds status_interval{0}; // 0: no status
        std::chrono::steady_clock::time_point status_due;
    };
    struct Joined;
    struct Unread
    {
        std::string text;
        std::shared_ptr<const std::string> status; // behind it; may be none
    };

    boost::asio::awaitable<void> serve(Stream& stream, const Request& request);
    [[nodiscard]] static std::string head(const Request& request);
    static void notice_end(Stream& stream, const std::shared_ptr<Reader>& reader);
    void begin_behind(std::string_view last, Reader& reader) const;
    [[nodiscard]] Unread unread(Reader& reader) const;
    void ask_for_status();
    boost::asio::awaitable<void> make_statuses();
    [[nodiscard]] std::chrono::seconds shortest_interval() const;
    void wake();

    StatusSource source_;
    Feed& feed_;
    // The streams may outlive us.
    std::shared_ptr<std::list<std::shared_ptr<Reader>>> readers_;
    std::shared_ptr<const std::string> status_;
    std::uint64_t status_number_ = 0;
    boost::asio::steady_timer status_pause_;
    std::chrono::steady_clock::time_point status_earliest_;
    bool makes_statuses_ = false;
};

} // namespace netplay_relay::admin
