#include "net/poller.hpp"

#include "base/ensure.hpp"
#include "net/asio_set.hpp"
#include "net/tls_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace netplay_relay::net {

namespace {

constexpr int batch_size = 256;
// In the lowest bits of what the set knows a descriptor as, which are none of an address.
constexpr std::uintptr_t of_other = 1;
constexpr std::uintptr_t of_acceptor = 2;

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

lobby::Instant monotonic_now()
{
    return lobby::Instant(std::chrono::steady_clock::now().time_since_epoch());
}

void add(int set, int descriptor, std::uint32_t events, void* known_as)
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = known_as;
    ensure(epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) == 0, "an epoll set takes nothing in");
}

} // namespace

Poller::Poller(boost::asio::io_context& io, worker::Worker& worker, Tally& tally)
    : io_(io), keeps_running_(io.get_executor()), worker_(worker), tally_(tally),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC))
{
    ensure(epoll_.is_open() && timer_.is_open(), "no epoll set or no timer to be had");
    // Level-triggered: it is told again until Asio has taken all that it has.
    add(epoll_.value(), asio_set_of(io), EPOLLIN, &asio_goes_on_);
    // Edge-triggered: each time that fires is told once, and nobody has to read it.
    add(epoll_.value(), timer_.value(), EPOLLIN | EPOLLET, &timer_fired_);
}

void Poller::run()
{
    while (!io_.stopped())
        turn(std::chrono::milliseconds(-1));
}

[[gnu::hot]] void Poller::turn(std::chrono::milliseconds longest)
{
    const bool has_more = goes_on_ || asio_goes_on_ || others_go_on_;
    const bool goes_on = std::exchange(goes_on_, false);
    const lobby::Instant began = wait(has_more ? 0 : static_cast<int>(longest.count()));
    if (std::exchange(timer_fired_, false)) worker_.woken();
    if (goes_on) worker_.go_on();
    if (std::exchange(others_go_on_, false)) [[unlikely]]
        others_go_on_ = bystander_->go_on();
    if (std::exchange(has_letters_, false)) (void)inbox_->empty();
    // Behind a letter that has stopped the loop they are for whoever has the sockets now.
    if (!acceptors_.empty() && !io_.stopped()) [[unlikely]]
        accept_newcomers();
    if (std::exchange(asio_goes_on_, false)) run_asio();
    const lobby::Instant ended = monotonic_now();
    tally_.turns.add(ended - began);
    longest_.note(ended - began, ended);
}

// And serves the players whose sockets are ready.
[[gnu::hot]] lobby::Instant Poller::wait(int milliseconds)
{
    std::array<epoll_event, batch_size> events;
    // Not by epoll_wait(), for the same reason as read_now().
    const long count = syscall(SYS_epoll_pwait, epoll_.value(), events.data(), batch_size,
                               milliseconds, nullptr, 0);
    ensure(count >= 0 || errno == EINTR, "the epoll set is no more");
    if (count <= 0) return monotonic_now();
    worker_.begin_batch();
    const lobby::Instant began = worker_.batch_began(); // end_batch() may begin another
    for (long at = 0; at < count; ++at) {
        const epoll_event& event = events[static_cast<std::size_t>(at)];
        void* const ready = event.data.ptr;
        if (ready == &asio_goes_on_ || ready == &timer_fired_ || ready == &has_letters_)
            *static_cast<bool*>(ready) = true;
        else if (const auto known = reinterpret_cast<std::uintptr_t>(ready);
                 known & (of_other | of_acceptor)) [[unlikely]]
            tell_marked(known, event.events);
        else
            tell_worker(*static_cast<worker::Connection*>(ready), event.events);
    }
    worker_.end_batch();
    return began;
}

[[gnu::hot]] void Poller::tell_worker(worker::Connection& connection, std::uint32_t events)
{
    if (events & EPOLLOUT) flush_stream(connection.handle);
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) [[unlikely]]
        return worker_.ready(connection, readiness_behind(connection.handle, readiness_of(events)));
    worker_.ready(connection, readiness_of(events));
}

void Poller::tell_marked(std::uintptr_t marked, std::uint32_t events)
{
    if (marked & of_acceptor)
        return acceptors_.push_back(reinterpret_cast<Acceptor*>(marked - of_acceptor));
    others_go_on_ = true;
    reinterpret_cast<Watched*>(marked - of_other)->ready(readiness_of(events));
}

// A newcomer may be what closes another one.
void Poller::accept_newcomers()
{
    for (std::size_t at = 0; at < acceptors_.size(); ++at)
        if (acceptors_[at] != nullptr) acceptors_[at]->accept_some();
    acceptors_.clear();
}

void Poller::serve(Inbox& inbox)
{
    inbox_ = &inbox;
    add(epoll_.value(), inbox.event(), EPOLLIN | EPOLLET, &has_letters_);
}

int Poller::watch(int socket, Watched& other)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u64 = reinterpret_cast<std::uintptr_t>(&other) | of_other;
    return epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, socket, &event) == 0 ? 0 : errno;
}

// Level-triggered: whom this turn does not accept the next one does.
int Poller::watch(int socket, Acceptor& acceptor)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLEXCLUSIVE;
    event.data.u64 = reinterpret_cast<std::uintptr_t>(&acceptor) | of_acceptor;
    return epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, socket, &event) == 0 ? 0 : errno;
}

void Poller::forget(int socket, Acceptor& acceptor)
{
    forget(socket);
    std::ranges::replace(acceptors_, &acceptor, nullptr);
}

lobby::Duration Poller::longest_turn() const { return longest_.longest(monotonic_now()); }

// One handler, which may be a burst (of newcomers, of a status), and then those who play have
// their turn again.
void Poller::run_asio() { asio_goes_on_ = io_.poll_one() != 0; }

int Poller::watch(int socket, worker::Connection& connection)
{
    epoll_event event{};
    event.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &connection;
    return epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, socket, &event) == 0 ? 0 : errno;
}

void Poller::forget(int socket) const
{
    (void)epoll_ctl(epoll_.value(), EPOLL_CTL_DEL, socket, nullptr);
}

// The time is one of CLOCK_MONOTONIC, as std::chrono::steady_clock has it.
void Poller::wake_at(lobby::Instant when) const
{
    const auto since = std::max<lobby::Duration>(when.time_since_epoch(), lobby::Duration{1});
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    itimerspec at{};
    at.it_value.tv_sec = static_cast<std::time_t>(seconds.count());
    at.it_value.tv_nsec = static_cast<long>(std::chrono::nanoseconds(since - seconds).count());
    const bool is_set = timerfd_settime(timer_.value(), TFD_TIMER_ABSTIME, &at, nullptr) == 0;
    ensure(is_set, "the timer takes no time");
}

} // namespace netplay_relay::net
