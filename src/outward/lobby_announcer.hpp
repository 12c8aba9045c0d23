// Tells a lobby of games, one after the other, round by round; quiet about failures.
#pragma once

#include "config/outward_settings.hpp"
#include "outward/exchange.hpp"
#include "outward/lobby_form.hpp"
#include "outward/patience.hpp"
#include "outward/voice.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace netplay_relay::outward {

class LobbyAnnouncer
{
public:
    // All that is given by reference outlives it.
    LobbyAnnouncer(boost::asio::io_context& io, Trust& trust, Voice& voice);

    void adopt(const config::LobbySettings& settings) { settings_ = settings; }
    // What there is to be told of now: a round, which takes the place of one that has not begun.
    void announce(std::vector<LobbyEntry> entries);
    // Until it is ended.
    [[nodiscard]] boost::asio::awaitable<void> run();
    void end();

private:
    using Instant = std::chrono::steady_clock::time_point;
    using Key = std::pair<std::string, std::uint16_t>; // what the lobby tells entries by

    enum class Outcome : unsigned char
    {
        told,
        unwanted, // this entry; the next may be taken
        too_much, // this entry, or all of them: the next one shows
        failed,
    };

    [[nodiscard]] boost::asio::awaitable<void> round(std::vector<LobbyEntry> entries);
    [[nodiscard]] Outcome judge(const LobbyEntry& entry, const Answer& answer);
    [[nodiscard]] bool was_told_lately(const Key& key, Instant now) const;
    void forget_old(Instant now);
    void fail(const Answer& answer);

    Trust& trust_;
    Voice& voice_;
    config::LobbySettings settings_;
    boost::asio::steady_timer timer_;
    std::vector<LobbyEntry> next_;
    std::map<Key, Instant> told_;
    Patience patience_;
    Instant not_before_{};
    bool is_unreachable_told_ = false;
    bool is_ended_ = false;
};

} // namespace netplay_relay::outward
