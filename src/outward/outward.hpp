// Tells others on the internet what happens here: webhooks and a lobby. A thread of its own does
// it, so that neither a handshake nor a slow server nor DNS holds up a game; it has nothing of the
// games but what it is told.
#pragma once

#include "config/outward_settings.hpp"
#include "outward/lobby_form.hpp"
#include "outward/news.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace netplay_relay::outward {

struct Settings
{
    std::vector<config::WebhookSettings> webhooks;
    config::LobbySettings lobby;
    std::string reach;  // what players type to come into a room
    std::string origin; // with an event's number it names that event, of all relays
};

class Mailbox;

// A thread did not end in time, and may still use what exit() destroys.
[[nodiscard]] bool is_thread_left();

class Outward
{
public:
    Outward();
    // Ends at once, but for the time that was given; what waits is lost.
    ~Outward();
    Outward(Outward&&) = delete;

    // Begins with what is new, ends what is not there any more; a webhook that has not changed goes
    // on. There is no thread until something is to be told.
    void adopt(Settings settings);
    [[nodiscard]] bool wants(std::string_view kind) const { return wanted_.contains(kind); }
    // `line`: the event as one line of JSON.
    void happened(std::uint64_t number, std::string_view kind, const std::string& line);
    [[nodiscard]] bool announces() const { return announces_; }
    void announce(std::vector<LobbyEntry> entries);
    // When the process ends: what waits may still be posted.
    void finish_within(std::chrono::milliseconds time);

    // For the process that takes this one's place, and from the one before. Nothing more is posted
    // from hold() on; is_still() says that nothing is on its way any more.
    void hold();
    void go_on();
    [[nodiscard]] bool is_still(std::chrono::milliseconds wait = {});
    [[nodiscard]] std::vector<News> waiting() const;
    void go_on_with(std::vector<News> news);

private:
    void begin();
    void forget_dead_thread();

    std::shared_ptr<Mailbox> mailbox_;
    std::unique_ptr<std::thread> thread_;
    std::set<std::string, std::less<>> wanted_;
    bool announces_ = false;
    std::chrono::milliseconds patience_{0};
};

} // namespace netplay_relay::outward
