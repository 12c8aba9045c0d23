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

std::uint32_t events_for(std::uint8_t interest)
{
    std::uint32_t events = 0;
    if (interest & interest_read) events |= EPOLLIN;
    if (interest & interest_write) events |= EPOLLOUT;
    return events;
}

} // namespace

Poller::Poller(boost::asio::io_context& io, PollerClient& client)
    : client_(client), epoll_(epoll_create1(EPOLL_CLOEXEC)), descriptor_(io)
{
    ensure(epoll_ >= 0, "no epoll set to be had");
    descriptor_.assign(epoll_);
    wait();
}

Poller::~Poller() { stop(); }

void Poller::stop()
{
    boost::system::error_code ignored;
    descriptor_.close(ignored);
}

void Poller::update(Connection& connection)
{
    if (connection.wanted == connection.watched) return;
    epoll_event event{};
    event.events = events_for(connection.wanted);
    event.data.ptr = &connection;
    const int operation = connection.watched == interest_none  ? EPOLL_CTL_ADD
                          : connection.wanted == interest_none ? EPOLL_CTL_DEL
                                                               : EPOLL_CTL_MOD;
    // ENOSPC (fs.epoll.max_user_watches) and ENOMEM leave the socket unwatched; its deadline ends it.
    const int result = epoll_ctl(epoll_, operation, connection.socket.value(), &event);
    if (result == 0) connection.watched = connection.wanted;
}

void Poller::wait()
{
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this](const boost::system::error_code& error) {
                               if (error) return;  // stopped
                               run_batches();
                               if (descriptor_.is_open()) wait();
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
    client_.batch_begins();
    for (int at = 0; at < count; ++at) {
        const epoll_event& event = events[static_cast<std::size_t>(at)];
        auto& connection = *static_cast<Connection*>(event.data.ptr);
        const bool trouble = event.events & (EPOLLERR | EPOLLHUP);
        client_.ready(connection, trouble || (event.events & EPOLLIN),
                      trouble || (event.events & EPOLLOUT));
    }
    client_.batch_ends();
    return count;
}

} // namespace netplay_relay::net
