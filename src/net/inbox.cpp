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

Inbox::Inbox() : event_(open_event()) {}

// Whoever finds others before its own has nobody to wake: the loop comes, and takes all.
void Inbox::put(std::function<void()> act)
{
    {
        const std::lock_guard lock(mutex_);
        acts_.push_back(std::move(act));
        if (acts_.size() > 1) return;
    }
    (void)eventfd_write(event_.value(), 1);
}

// What is done may be that the loop stands still: then another thread goes on with the rest.
bool Inbox::empty()
{
    for (bool any = false;; any = true) {
        if (taken_.empty()) {
            const std::lock_guard lock(mutex_);
            taken_.swap(acts_);
        }
        if (taken_.empty()) return any;
        const std::function<void()> act = std::move(taken_.front());
        taken_.pop_front();
        act();
    }
}

AsioInbox::AsioInbox(boost::asio::io_context& io) : readable_(io, event()) { wait(); }

// It is not Asio's to close.
AsioInbox::~AsioInbox() { (void)readable_.release(); }

void AsioInbox::wait()
{
    readable_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code& error) {
                             if (error) return;
                             eventfd_t ignored = 0;
                             (void)eventfd_read(event(), &ignored);
                             (void)empty();
                             wait();
                         });
}

} // namespace netplay_relay::net
