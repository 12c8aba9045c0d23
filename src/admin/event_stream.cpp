#include "admin/event_stream.hpp"

#include "text/text.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <ctime>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

using Clock = std::chrono::steady_clock;

// A comment so often tells proxies and browsers that the stream lives, and us if nobody is there.
constexpr std::chrono::seconds heartbeat{15};
// Whoever does not take what there is within this time is cut.
constexpr std::chrono::seconds write_time{10};
constexpr std::uint64_t status_interval_max = 60;
// The kernel keeps so much for one who does not read, before its time begins to run.
constexpr int kernel_bytes = 256 << 10;
// A browser whose stream has ended comes again after so many milliseconds.
constexpr std::string_view retry = "retry: 2000\n\n";
constexpr std::string_view before_status = "event: status\ndata: ";
// Statuses may take one part in so many of the time: one message in a hundred may be late, and
// nobody says that a game is.
constexpr int status_share = 100;

std::uint64_t number_in(std::string_view text, std::uint64_t otherwise)
{
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && read == end ? number : otherwise;
}

std::chrono::nanoseconds cpu_time()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

} // namespace

// A reader for as long as its stream is served.
struct EventStreams::Joined
{
    using Readers = std::list<std::shared_ptr<Reader>>;

    explicit Joined(std::shared_ptr<Readers> all, asio::io_context& io)
        : readers(std::move(all)), at(readers->insert(readers->end(), std::make_shared<Reader>(io)))
    {
    }
    ~Joined() { readers->erase(at); }
    Joined(const Joined&) = delete;

    std::shared_ptr<Readers> readers;
    Readers::iterator at;
};

EventStreams::EventStreams(StatusSource source, Feed& feed)
    : source_(source), feed_(feed), readers_(std::make_shared<Joined::Readers>()),
      status_pause_(source.io)
{
    feed_.listen([this](const Feed::Event&) { wake(); });
}

Route EventStreams::route()
{
    Route route;
    route.path = "/events";
    route.takes = [this](Stream& stream, const Request& request, const Caller&) {
        return serve(stream, request);
    };
    return route;
}

std::string EventStreams::head(const Request& request)
{
    std::string text = request.version() == 10 ? "HTTP/1.0 200 OK\r\n" : "HTTP/1.1 200 OK\r\n";
    text += "Server: netplay-relay\r\nContent-Type: text/event-stream\r\n"
            "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
            "X-Accel-Buffering: no\r\nConnection: close\r\n\r\n";
    return text += retry;
}

// Nobody has anything to say here: what can be read is the end.
void EventStreams::notice_end(Stream& stream, const std::shared_ptr<Reader>& reader)
{
    stream.socket().async_wait(asio::socket_base::wait_read,
                               [reader](const boost::system::error_code&) {
                                   reader->is_gone = true;
                                   reader->timer.cancel();
                               });
}

asio::awaitable<void> EventStreams::serve(Stream& stream, const Request& request)
{
    Joined joined(readers_, source_.io);
    Reader& reader = **joined.at;
    const auto field = request["Last-Event-ID"];
    std::string_view last(field.data(), field.size());
    if (last.empty()) last = query_value(request, "last_event_id");
    begin_behind(last, reader);
    reader.status_interval = std::chrono::seconds(
        std::min(number_in(query_value(request, "status"), 0), status_interval_max));
    reader.status_due = Clock::now();
    ask_for_status();
    std::string text = head(request);
    boost::system::error_code ignored;
    stream.socket().set_option(asio::socket_base::send_buffer_size(kernel_bytes), ignored);
    notice_end(stream, *joined.at);
    while (!reader.is_gone) {
        const Unread next = unread(reader);
        text += next.text;
        if (text.empty() && !next.status) {
            reader.timer.expires_after(heartbeat);
            auto [waited] = co_await reader.timer.async_wait(as_values);
            if (waited) continue;
            text = ":\n\n";
        }
        stream.expires_after(write_time);
        // A status is some megabytes where there are thousands of sessions: nobody copies it.
        const std::string_view status = next.status ? std::string_view(*next.status) : "";
        const std::array<asio::const_buffer, 4> buffers{
            asio::buffer(text),
            asio::buffer(before_status, status.empty() ? 0 : before_status.size()),
            asio::buffer(status), asio::buffer("\n", status.empty() ? 0 : 1)};
        auto [error, written] =
            co_await asio::async_write(stream, buffers, some_at_a_time, as_values);
        if (error) co_return;
        text.clear();
    }
}

// Who names an event that is none of ours has all that there is: 0, or one of an earlier start,
// whose others are lost.
void EventStreams::begin_behind(std::string_view last, Reader& reader) const
{
    const auto number = feed_.number_of(last);
    reader.told = last.empty() ? feed_.newest() : std::min(number.value_or(0), feed_.newest());
    reader.is_stranger = !last.empty() && !number && last != "0";
}

// What this one has not been told yet.
EventStreams::Unread EventStreams::unread(Reader& reader) const
{
    Unread next;
    if (std::exchange(reader.is_stranger, false))
        next.text = "event: missed\ndata: {\"events\":null}\n\n";
    else if (reader.told + 1 < feed_.oldest() && reader.told < feed_.newest())
        next.text =
            "event: missed\ndata: {\"events\":" + std::to_string(feed_.oldest() - reader.told - 1) +
            "}\n\n";
    for (const Feed::Event& event : feed_.after(reader.told))
        next.text += "id: " + feed_.id_of(event->number) + "\nevent: " + event->kind +
                     "\ndata: " + event->data + "\n\n";
    reader.told = feed_.newest();
    const auto now = Clock::now();
    if (reader.status_interval.count() == 0 || reader.status_told == status_number_ ||
        now < reader.status_due)
        return next;
    reader.status_told = status_number_;
    // A little early is not late: the statuses are made once for all, at their own times.
    reader.status_due = now + reader.status_interval - std::chrono::milliseconds(100);
    next.status = status_;
    return next;
}

void EventStreams::wake()
{
    for (const auto& reader : *readers_)
        reader->timer.cancel();
}

std::chrono::seconds EventStreams::shortest_interval() const
{
    std::chrono::seconds shortest{0};
    for (const auto& reader : *readers_)
        if (reader->status_interval.count() > 0 &&
            (shortest.count() == 0 || reader->status_interval < shortest))
            shortest = reader->status_interval;
    return shortest;
}

void EventStreams::ask_for_status()
{
    if (shortest_interval().count() == 0) return;
    if (makes_statuses_) { // for others, who may want the next one much later
        if (status_pause_.expiry() > status_earliest_) status_pause_.expires_at(status_earliest_);
        return;
    }
    makes_statuses_ = true;
    asio::co_spawn(source_.io, make_statuses(), [this](const std::exception_ptr& failure) {
        makes_statuses_ = false;
        if (failure) spdlog::error("admin_failed task=statuses");
    });
}

// One for all who want it, until nobody does.
asio::awaitable<void> EventStreams::make_statuses()
{
    while (shortest_interval().count() > 0) {
        const auto began = Clock::now();
        const auto cpu_before = cpu_time();
        std::string made = co_await status_text(source_);
        status_ = std::make_shared<const std::string>(std::move(made));
        ++status_number_;
        wake();
        // Others run meanwhile on this thread: it is an upper bound of what it has cost.
        const auto cost = cpu_time() - cpu_before;
        status_earliest_ = Clock::now() + cost * status_share;
        status_pause_.expires_at(std::max(began + shortest_interval(), status_earliest_));
        (void)co_await status_pause_.async_wait(as_values);
    }
}

} // namespace netplay_relay::admin
