#include "daemon/clock_watch.hpp"

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <limits>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace netplay_relay::daemon {

ClockWatch::ClockWatch(boost::asio::io_context& io, std::function<void()> act)
    : timer_(io), act_(std::move(act))
{
    const int file = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (file < 0) return;
    timer_.assign(file);
    wait();
}

// It never expires, and the kernel cancels it when that clock is set.
void ClockWatch::wait()
{
    itimerspec never{};
    never.it_value.tv_sec = std::numeric_limits<std::time_t>::max();
    if (timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                        nullptr) != 0 &&
        errno != ECANCELED)
        return;
    timer_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                          if (error) return;
                          std::uint64_t count = 0;
                          (void)!::read(timer_.native_handle(), &count, sizeof count);
                          act_();
                          wait();
                      });
}

} // namespace netplay_relay::daemon
