// The page for everybody: which games are open that everybody may know of, and how to come into
// them. No address of a player is ever in it.
#pragma once

#include "admin/http.hpp"
#include "admin/status_routes.hpp"
#include "lobby/snapshot.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace netplay_relay::admin {

// So many connections are served at a time, and so many of them are tests of lines.
inline constexpr std::size_t public_connections_max = 64;
inline constexpr double public_accepted_per_second = 1000; // of all; visitors.hpp has those of one
inline constexpr std::size_t line_tests_max = 12;
// The list is made once in this time, whoever asks for it, and has so many games at the most.
inline constexpr std::chrono::seconds games_kept{2};
inline constexpr std::size_t games_max = 200;

// What the operator lets everybody know.
struct PublicView
{
    std::string title;      // empty: the page has one
    std::string name;       // of the relay; empty: the one by which the page was reached
    std::uint16_t port = 0; // of the relay
    bool takes_new = true;
    bool leads_into_rooms = true; // for those who type no more than name and port
    bool all_sessions = false;
    std::vector<wire::SessionId> sessions;
    bool rooms = false;
    bool parties = false; // those whose hosts want it
    bool nicks = false;
    // The port at which everybody comes into a room, 0 if there is none: then it is not shown.
    std::function<std::uint16_t(const lobby::RoomSnapshot&)> port_of;
};

class PublicPage
{
public:
    using View = std::function<PublicView()>;

    // What is of use here must outlive the page.
    PublicPage(boost::asio::io_context& io, const net::Workers& workers, View view);
    PublicPage(PublicPage&&) = delete;

    // GET / with its files, /games and /line.
    [[nodiscard]] std::vector<Route> routes();

private:
    boost::asio::awaitable<Response> answer_games(const Request& request);
    void make_games();
    boost::asio::awaitable<void> write_games();

    boost::asio::io_context& io_;
    const net::Workers& workers_;
    View view_;
    std::string games_;
    std::uint64_t number_ = 0; // of the list; 0: there is none yet
    std::chrono::steady_clock::time_point made_at_;
    bool makes_ = false;
    boost::asio::steady_timer made_; // is cancelled when there is a new one
};

} // namespace netplay_relay::admin
