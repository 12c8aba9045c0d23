// Tells others on the internet what happens here: webhooks and a lobby. A thread of its own does
// it, so that neither a handshake nor a slow server nor DNS holds up a game; it has nothing of the
// games but what it is told.
#pragma once

#include "config/outward_settings.hpp"
#include "outward/lobby_form.hpp"

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
    std::string reach; // what players type to come into a room
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
