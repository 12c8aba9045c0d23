// The status as a text. With thousands of sessions it takes longer than many frames: it is made,
// and sent, in slices, and the players have their turn between any two of them.
#pragma once

#include "net/process_state.hpp"
#include "net/workers.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>

namespace netplay_relay::admin {

// All of these must outlive whatever uses them.
struct StatusSource
{
    boost::asio::io_context& io;
    const net::Workers& workers;
    const net::ProcessState& process;
};

// A slice is over after so long, and never within a link or a member.
inline constexpr std::chrono::microseconds status_slice{30};

// The JSON of the status, one line with its end. Each session, room, link and member is as it is
// when its slice is made, so two may be some milliseconds apart: who ends meanwhile is missing, and
// `use`, which is made first, may count one more or one less than the lists have.
[[nodiscard]] boost::asio::awaitable<std::string> status_text(StatusSource source);

} // namespace netplay_relay::admin
