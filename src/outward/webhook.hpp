// One webhook: posts what it is told, one after the other, with pauses after failures, and no more
// of it than people read.
#pragma once

#include "base/allowance.hpp"
#include "config/outward_settings.hpp"
#include "outward/event_queue.hpp"
#include "outward/exchange.hpp"
#include "outward/news.hpp"
#include "outward/patience.hpp"
#include "outward/voice.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::outward {

// The text of a file, without blanks at its end; nothing if it cannot be read or is empty.
[[nodiscard]] std::optional<std::string> read_token(const std::string& file);

// What a webhook is called by the process that takes this one's place: its name, and of which games
// it is told. Its URL is a secret.
[[nodiscard]] std::string key_of(const config::WebhookSettings& settings);

class Webhook
{
public:
    // All that is given by reference outlives it.
    Webhook(boost::asio::io_context& io, config::WebhookSettings settings, Trust& trust,
            Voice& voice, const std::string& reach, const std::string& origin);

    [[nodiscard]] const config::WebhookSettings& settings() const { return settings_; }
    // `since`: it may have waited already, in the process before.
    void add(Event event, EventQueue::Instant since);
    // Until it is ended. What it does now is finished.
    [[nodiscard]] boost::asio::awaitable<void> run();
    void end();
    // Ends as soon as nothing waits, or something fails.
    void finish();

    // Posts nothing more until it goes on. What it posts now is finished, and `settled` called
    // then.
    void hold(std::function<void()> settled);
    void go_on();
    [[nodiscard]] bool is_posting() const { return posting_.has_value(); }
    // What waits, and first of all what it posts now: nobody knows yet whether that arrives.
    void collect(std::vector<News>& into) const;

private:
    [[nodiscard]] boost::asio::awaitable<void> post_next();
    // How long it has to wait until it may post again; 0 if it may now.
    [[nodiscard]] Patience::Duration wait_for_turn();
    void settle(EventQueue::Waiting waiting, const Answer& answer);
    void tell_success();
    void tell_dropped();
    void tell_failure(const Answer& answer);
    // Events that were never posted: too many, too old, or refused.
    [[nodiscard]] std::uint64_t dropped() const { return queue_.dropped() + refused_; }
    [[nodiscard]] boost::asio::awaitable<void> pause(Patience::Duration duration);

    config::WebhookSettings settings_;
    Trust& trust_;
    Voice& voice_;
    const std::string& reach_;
    const std::string& origin_;
    boost::asio::steady_timer timer_;
    EventQueue queue_;
    std::optional<EventQueue::Waiting> posting_;
    std::function<void()> settled_; // as long as it is held
    Patience patience_;
    Patience::Duration next_pause_{};
    Allowance posts_;
    std::uint64_t refused_ = 0;
    std::uint64_t dropped_told_ = 0;
    bool is_ended_ = false;
    bool finishes_ = false;
};

} // namespace netplay_relay::outward
