#include "net/poller.hpp"

#include "netplay_relay/ensure.hpp"

#include <array>
#include <cerrno>
#include <sys/epoll.h>

namespace netplay_relay::net {

namespace {

constexpr int batch_size = 256;
// A busy set is asked again before Asio gets its turn, but not for ever.
constexpr int busy_batch = 8;
constexpr int batches_max = 8;

worker::Readiness readiness_of(std::uint32_t events)
{
    worker::Readiness readiness;
    readiness.broken = events & EPOLLERR;
    readiness.again = events & EPOLLPRI; // reads stop short at urgent data, though there is more
    readiness.hung_up = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    readiness.readable = readiness.hung_up || (events & (EPOLLIN | EPOLLPRI));
    readiness.writable = readiness.hung_up || (events & EPOLLOUT);
    return readiness;
}

} // namespace

Poller::Poller(boost::asio::io_context& io, worker::Worker& worker)
    : worker_(worker), epoll_(epoll_create1(EPOLL_CLOEXEC)), descriptor_(io)
{
    ensure(epoll_ >= 0, "no epoll set to be had");
    descriptor_.assign(epoll_);
    wait();
}

Poller::~Poller() = default;

int Poller::watch(int socket, worker::Connection& connection)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &connection;
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0 ? 0 : errno;
}

void Poller::forget(int socket) const { (void)epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr); }

void Poller::wait()
{
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this](const boost::system::error_code& error) {
                               // Only its own end cancels it: anything else, and nobody was heard.
                               if (error == boost::asio::error::operation_aborted) return;
                               run_batches();
                               wait();
                           });
}

void Poller::run_batches()
{
    for (int batch = 0; batch < batches_max; ++batch)
        if (run_batch() < busy_batch) return;
}

int Poller::run_batch()
{
    std::array<epoll_event, batch_size> events;
    const int count = epoll_wait(epoll_, events.data(), batch_size, 0);
    if (count <= 0) return 0;
    worker_.begin_batch();
    for (int at = 0; at < count; ++at) {
        const epoll_event& event = events[static_cast<std::size_t>(at)];
        worker_.ready(*static_cast<worker::Connection*>(event.data.ptr),
                      readiness_of(event.events));
    }
    worker_.end_batch();
    return count;
}

} // namespace netplay_relay::net
