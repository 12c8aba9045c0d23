#include "daemon/commands/watch.hpp"

#include "admin/fleet_table.hpp"
#include "admin/status_client.hpp"
#include "admin/watch_table.hpp"
#include "daemon/commands/watch_screen.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <csignal>
#include <exception>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace asio = boost::asio;

namespace {

class Watcher
{
public:
    explicit Watcher(const WatchOptions& options) : options_(options) {}

    std::string run()
    {
        signals_.add(SIGTERM);
        signals_.add(SIGHUP);
        signals_.add(SIGWINCH);
        wait_for_signal();
        asio::co_spawn(io_, look(), [this](const std::exception_ptr& failure) {
            if (failure) problem_ = "cannot go on watching\n";
            io_.stop();
        });
        io_.run();
        return problem_;
    }

private:
    asio::awaitable<void> look()
    {
        while (true) {
            const admin::Fetched fetched = co_await admin::fetching_status(options_.url);
            take(fetched);
            if (!problem_.empty()) co_return;
            show();
            timer_.expires_after(options_.every);
            co_await timer_.async_wait(asio::use_awaitable);
        }
    }

    // The screen is taken once there is something to be seen, so that why there is nothing stays.
    void take(const admin::Fetched& fetched)
    {
        std::string fault = fetched.error;
        if (fault.empty()) {
            if (!understands(fetched.body)) fault = "what answers there is no relay's status";
            body_ = fetched.body;
        }
        fault_ = fault.empty() ? "" : "no status from " + options_.url + ": " + fault + "\n";
        if (!fault.empty() && !screen_) problem_ = fault_;
        if (problem_.empty() && !screen_) begin();
    }

    void begin()
    {
        screen_.emplace();
        if (screen_->is_terminal()) signals_.add(SIGTSTP);
        net::UniqueFd keys = screen_->open_keys();
        if (!keys.is_open()) return;
        keys_.assign(keys.release());
        wait_for_key();
    }

    void show()
    {
        const std::size_t lines = screen_->lines();
        const std::size_t left = lines > 1 && !fault_.empty() ? lines - 1 : lines;
        if (!fault_.empty() && !screen_->is_terminal())
            screen_->show(fault_);
        else
            screen_->show(fault_ + (options_.json ? body_ : text(left)));
    }

    bool understands(const std::string& body)
    {
        return options_.fleet ? admin::fleet_table(body).has_value() : table_.take(body);
    }

    std::string text(std::size_t lines) const
    {
        return options_.fleet ? admin::fleet_table(body_, lines).value_or("") : table_.text(lines);
    }

    void wait_for_signal()
    {
        signals_.async_wait([this](const boost::system::error_code& error, int number) {
            if (error) return;
            const bool stays = number == SIGTSTP || number == SIGWINCH;
            if (number == SIGTSTP && screen_) {
                screen_->give_back();
                (void)raise(SIGSTOP);
                screen_->take(); // somebody has continued it
            }
            if (!stays) return io_.stop();
            if (screen_) show();
            wait_for_signal();
        });
    }

    void wait_for_key()
    {
        keys_.async_wait(
            asio::posix::descriptor_base::wait_read,
            [this](const boost::system::error_code& error) {
                std::array<char, 64> typed{};
                if (error) return;
                const ssize_t size = read(keys_.native_handle(), typed.data(), typed.size());
                if (size == 0) return; // hung up
                const std::string keys(typed.data(),
                                       static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
                if (keys.find_first_of("qQ") != std::string::npos)
                    io_.stop();
                else
                    wait_for_key();
            });
    }

    const WatchOptions& options_;
    asio::io_context io_;
    asio::steady_timer timer_{io_};
    asio::signal_set signals_{io_, SIGINT};
    asio::posix::stream_descriptor keys_{io_};
    admin::WatchTable table_;
    std::optional<WatchScreen> screen_;
    std::string body_;
    std::string fault_;   // of the last time
    std::string problem_; // why it ends
};

} // namespace

void watch(const WatchOptions& options, std::string& problem) { problem = Watcher(options).run(); }

std::optional<double> seconds_in(const std::string& text)
{
    double seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    return is_number ? std::optional(seconds) : std::nullopt;
}

} // namespace netplay_relay::daemon
