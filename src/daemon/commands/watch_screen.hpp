// The terminal while something is watched on it: it has the screen to itself, and gives it back as
// it was.
#pragma once

#include "net/tcp.hpp"

#include <cstddef>
#include <string>
#include <termios.h>

namespace netplay_relay::daemon {

class WatchScreen
{
public:
    // Takes it if standard output is a terminal; else texts are just printed one after the other.
    WatchScreen();
    WatchScreen(WatchScreen&&) = delete;
    ~WatchScreen();

    [[nodiscard]] bool is_terminal() const { return is_terminal_; }
    // 0 if it is none.
    [[nodiscard]] std::size_t lines() const;
    // In the place of what was there, or below it.
    void show(const std::string& text) const;
    // For as long as the program is suspended.
    void give_back();
    void take();

    // Where keys come from, a description of its own: it may become non-blocking. Closed if
    // standard input is no terminal.
    [[nodiscard]] net::UniqueFd open_keys() const;

private:
    bool is_terminal_;
    bool has_keys_;
    bool taken_ = false;
    termios before_{};
};

} // namespace netplay_relay::daemon
