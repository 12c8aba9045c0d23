#include "daemon/commands/watch_screen.hpp"

#include <cstdio>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

// The other screen, without a cursor, and with lines that are cut instead of being wrapped.
constexpr const char* screen_begin = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr const char* screen_end = "\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr const char* screen_home = "\x1b[H";
constexpr const char* clear_line = "\x1b[K\r\n";
constexpr const char* clear_below = "\x1b[J";

void write_to_screen(const std::string& text)
{
    (void)std::fwrite(text.data(), 1, text.size(), stdout);
    (void)std::fflush(stdout);
}

// Whose terminal settings may be changed without being stopped for it.
bool is_in_foreground() { return tcgetpgrp(STDIN_FILENO) == getpgrp(); }

} // namespace

WatchScreen::WatchScreen()
    : is_terminal_(isatty(STDOUT_FILENO) == 1),
      has_keys_(is_terminal_ && isatty(STDIN_FILENO) == 1 && is_in_foreground())
{
    take();
}

WatchScreen::~WatchScreen() { give_back(); }

std::size_t WatchScreen::lines() const
{
    winsize size{};
    if (!is_terminal_ || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_row;
}

void WatchScreen::show(const std::string& text) const
{
    if (!is_terminal_) {
        write_to_screen(text + "\n");
        return;
    }
    // Not cleared first: it would flicker.
    std::string drawn = screen_home;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t line_end = std::min(text.find('\n', at), text.size());
        drawn += text.substr(at, line_end - at);
        at = line_end + 1;
        drawn += at < text.size() ? clear_line : "\x1b[K";
    }
    write_to_screen(drawn + clear_below);
}

void WatchScreen::take()
{
    if (!is_terminal_ || taken_) return;
    taken_ = true;
    if (has_keys_ && tcgetattr(STDIN_FILENO, &before_) == 0) {
        termios raw = before_;
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO); // signals still come by keys
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    }
    write_to_screen(screen_begin);
}

void WatchScreen::give_back()
{
    if (!taken_) return;
    taken_ = false;
    write_to_screen(screen_end);
    if (has_keys_) (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

net::UniqueFd WatchScreen::open_keys() const
{
    const char* name = has_keys_ ? ttyname(STDIN_FILENO) : nullptr;
    if (name == nullptr) return {};
    return net::UniqueFd(open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

} // namespace netplay_relay::daemon
