// The feed: what happens, as JSON, for whoever watches. It keeps the newest events, so that who
// comes again after a moment misses none.
#pragma once

#include "net/event_listener.hpp"
#include "wire/close_reason.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::admin {

// So many events, and so many bytes of them, are kept.
inline constexpr std::size_t feed_events_max = 1024;
inline constexpr std::size_t feed_bytes_max = 512U << 10U;

struct FeedEvent
{
    std::uint64_t number = 0; // 1 is the first since the relay was started
    std::string kind;         // the word of the log for it
    std::string data;         // one line of JSON, with "at" and "event"
};

class Feed : public net::EventListener
{
public:
    using Event = std::shared_ptr<const FeedEvent>;
    using Listener = std::function<void(const Event&)>;

    // `io` must outlive the feed.
    explicit Feed(boost::asio::io_context& io);
    Feed(Feed&&) = delete;

    void publish(std::string_view kind, const nlohmann::ordered_json& data);

    // Called for each event from now on, as long as the process lives. It has to be cheap.
    void listen(Listener listener) { listeners_.push_back(std::move(listener)); }

    // Called for each link that was joined.
    void on_link(std::function<void(lobby::SessionKey)> listener)
    {
        link_listener_ = std::move(listener);
    }
    void on_session_end(std::function<void(lobby::SessionKey)> listener)
    {
        end_listener_ = std::move(listener);
    }

    // Those with greater numbers that are kept; `oldest()` tells whether some are missing.
    [[nodiscard]] std::vector<Event> after(std::uint64_t number) const;
    [[nodiscard]] std::uint64_t oldest() const;
    [[nodiscard]] std::uint64_t newest() const { return newest_; }

    // What others call an event: "8c0f1e22-17". The first part is another one after each start, so
    // that nobody takes the numbers of an earlier one for those of this.
    [[nodiscard]] std::string id_of(std::uint64_t number) const;
    // Nothing if it is of an earlier start, or nobody's.
    [[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view id) const;
    [[nodiscard]] std::uint32_t epoch() const { return epoch_; }

    void begin(std::uint32_t epoch) { epoch_ = epoch; }
    // The successor of a process goes on behind its numbers.
    void go_on_from(std::uint32_t epoch, std::uint64_t newest)
    {
        epoch_ = epoch;
        newest_ = newest;
    }

    void happened(const lobby::LogEvent& event, const worker::EventFacts& facts,
                  const std::string& join_text) override;
    void stood_still(lobby::Duration gap) override;
    void memory_short(const worker::MemoryShort& what) override;

private:
    void count_refusal(wire::CloseReason reason);
    void tell_refusals();

    std::deque<Event> kept_;
    std::size_t kept_bytes_ = 0;
    std::uint64_t newest_ = 0;
    std::uint32_t epoch_ = 0;
    std::vector<Listener> listeners_;
    std::function<void(lobby::SessionKey)> link_listener_;
    std::function<void(lobby::SessionKey)> end_listener_;
    wire::CloseCounts refused_{}; // since they were told last
    bool has_refused_ = false;
    boost::asio::steady_timer refusals_timer_;
    std::array<std::chrono::steady_clock::time_point, wire::counted_close_reasons> limit_told_{};
};

} // namespace netplay_relay::admin
