#include "net/inbox.hpp"

#include "base/ensure.hpp"

#include <sys/eventfd.h>
#include <utility>

namespace netplay_relay::net {

namespace {

int open_event()
{
    const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ensure(event >= 0, "no event to be had for another thread");
    return event;
}

} // namespace

Inbox::Inbox(boost::asio::io_context& io) : event_(io, open_event()) { wait(); }

void Inbox::put(std::function<void()> act)
{
    const std::lock_guard lock(mutex_);
    acts_.push_back(std::move(act));
    if (acts_.size() > 1) return; // it is awake, or on its way
    (void)eventfd_write(event_.native_handle(), 1);
}

bool Inbox::empty()
{
    eventfd_t ignored = 0;
    (void)eventfd_read(event_.native_handle(), &ignored);
    bool any = false;
    for (;;) {
        std::function<void()> act;
        {
            const std::lock_guard lock(mutex_);
            if (acts_.empty()) return any;
            act = std::move(acts_.front());
            acts_.pop_front();
        }
        any = true;
        act();
    }
}

void Inbox::stop()
{
    boost::system::error_code ignored;
    event_.close(ignored);
}

void Inbox::wait()
{
    event_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                          if (error) return;
                          (void)empty();
                          if (event_.is_open()) wait();
                      });
}

} // namespace netplay_relay::net
