// A stand-in: the new program as a child. It tries whether it could go on, and if it can, it holds
// the games while its parent becomes the same program. So they wait for two short moments, and for
// no start of a program.
#pragma once

#include "daemon/command_line.hpp"
#include "daemon/daemon.hpp"
#include "daemon/program.hpp"
#include "net/handover.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::daemon {

// A child that is not ready after so long is killed.
inline constexpr std::chrono::seconds trial_limit{10};
// For the other one to take the games over, or to give them back. Then it is killed: two that
// serve the same sockets would be the end of all games.
inline constexpr std::chrono::seconds give_limit{3};
// So long who is not to decide that waits for the other one to decide.
inline constexpr std::chrono::seconds patience{60};

// In the child: all that would be in the way, one line each, to its output. The exit code.
// `connections` gets how many there are.
[[nodiscard]] int try_succession(const CommandLine& line, const Loaded& loaded,
                                 Succession& succession);
// In the child: says that it is ready, and waits for the games. False if they are not to come.
[[nodiscard]] bool wait_for_games(Succession& succession);
// In the parent, which is the new program now: has them given back. False if the child is gone, and
// the games with it. If it keeps them, and goes on alone, this process ends with it: exit code.
[[nodiscard]] bool take_games_back(Succession& succession, std::optional<int>& exit_code);

// In the parent. One child at a time.
class StandIn
{
public:
    StandIn(boost::asio::io_context& io, std::vector<std::string> arguments);
    StandIn(StandIn&&) = delete;
    ~StandIn();

    // Calls `done` with what is in the way, one sentence; empty if it is ready.
    void begin(int state, std::function<void(std::string)> done);
    [[nodiscard]] bool is_running() const { return child_ != 0; }

    // Gives it the games. Waits until it serves them, or is no more: then, what went wrong.
    [[nodiscard]] std::string give(const net::OutgoingHandover& games);
    // While it serves them.
    [[nodiscard]] int control() const { return control_; }
    [[nodiscard]] int process() const { return child_; }
    void end();

private:
    void kill_child() const;
    void read();
    void wait_for_word();
    void wait_for_exit();
    void finish(std::string problem);

    std::vector<std::string> arguments_;
    boost::asio::posix::stream_descriptor output_;
    boost::asio::posix::stream_descriptor words_;
    boost::asio::steady_timer limit_;
    boost::asio::steady_timer pause_;
    std::array<char, 1024> buffer_{};
    std::string said_;
    int child_ = 0;
    int control_ = -1; // owned by words_
    bool is_late_ = false;
    std::function<void(std::string)> done_;
};

} // namespace netplay_relay::daemon
