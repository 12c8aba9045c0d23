// A few links that push as much as they can, half of them towards the host, half towards the
// guest. Every byte is compared with what it must be at its place in the stream.

#include "message.hpp"
#include "modes.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <random>

namespace bench {

namespace {

constexpr std::size_t chunk = 128 * 1024;

// A prime: a stream that lost, doubled or moved anything but a multiple of it no longer fits,
// and the totals at the end catch those.
constexpr std::size_t period = 262'147;

// The endless stream of all senders: `period` random bytes over and over.
class Pattern
{
public:
    explicit Pattern(std::uint64_t seed) : bytes_(period + chunk)
    {
        std::mt19937_64 random(seed);
        for (std::size_t i = 0; i < period; ++i)
            bytes_[i] = static_cast<unsigned char>(random());
        for (std::size_t i = period; i < bytes_.size(); ++i)
            bytes_[i] = bytes_[i - period];
    }

    std::span<const unsigned char> at(std::uint64_t position, std::size_t size) const
    {
        return {&bytes_[position % period], size};
    }

private:
    std::vector<unsigned char> bytes_;
};

struct Stream
{
    int source = -1;
    int sink = -1;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
};

class Pushing
{
public:
    Pushing(const Links& links, std::uint64_t seed);

    void run_until(std::uint64_t end);
    void drain();
    std::uint64_t received() const { return received_; }

private:
    void on_event(const epoll_event& event);
    void push(Stream& stream);
    void take(Stream& stream);

    Pattern pattern_;
    std::vector<Stream> streams_;
    Poller poller_;
    bool stopping_ = false;
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
    std::vector<unsigned char> scratch_ = std::vector<unsigned char>(chunk);
};

// Tags: 2k for the source of stream k, 2k + 1 for its sink. Each stream starts elsewhere in the
// pattern, so that bytes given to the wrong link do not fit either.
Pushing::Pushing(const Links& links, std::uint64_t seed) : pattern_(seed)
{
    for (std::size_t i = 0; i < links.links.size(); ++i) {
        const Link& link = links.links[i];
        const Socket& source = i % 2 == 0 ? link.guest : link.host;
        const Socket& sink = i % 2 == 0 ? link.host : link.guest;
        streams_.push_back({source.fd(), sink.fd(), i * 7919, i * 7919});
        poller_.add(source, EPOLLOUT | EPOLLET, 2 * i);
        poller_.add(sink, EPOLLIN, 2 * i + 1);
    }
}

void Pushing::on_event(const epoll_event& event)
{
    Stream& stream = streams_[event.data.u64 / 2];
    event.data.u64 % 2 == 0 ? push(stream) : take(stream);
}

void Pushing::push(Stream& stream)
{
    while (!stopping_) {
        const auto bytes = pattern_.at(stream.sent, chunk);
        const ssize_t size = send(stream.source, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size < 0 && errno == EAGAIN) return;
        if (size < 0) fail("send");
        stream.sent += static_cast<std::uint64_t>(size);
        sent_ += static_cast<std::uint64_t>(size);
        if (static_cast<std::size_t>(size) < chunk) return;
    }
}

void Pushing::take(Stream& stream)
{
    const ssize_t got = recv(stream.sink, scratch_.data(), scratch_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) fail("receive");
    if (got == 0) throw IntegrityFailure("the target closed a link in use");
    const auto size = static_cast<std::size_t>(got);
    const auto expected = pattern_.at(stream.received, size);
    if (std::memcmp(expected.data(), scratch_.data(), size) != 0)
        throw IntegrityFailure("a bulk stream changed near its byte " +
                               std::to_string(stream.received));
    stream.received += size;
    received_ += size;
}

void Pushing::run_until(std::uint64_t end)
{
    while (now_ns() < end)
        for (const epoll_event& event : poller_.wait(100))
            on_event(event);
}

void Pushing::drain()
{
    stopping_ = true;
    const std::uint64_t deadline = now_ns() + 3 * ns_per_second;
    while (sent_ != received_ && now_ns() < deadline)
        for (const epoll_event& event : poller_.wait(100))
            on_event(event);
    for (const Stream& stream : streams_)
        if (stream.sent != stream.received)
            throw IntegrityFailure(std::to_string(stream.sent - stream.received) +
                                   " bytes of a bulk stream never arrived");
}

} // namespace

nlohmann::json run_bulk(const Target& target, const Plan& plan)
{
    const Links links = open_links(target, plan.sessions, plan.links_per_session);
    Pushing pushing(links, plan.seed);
    pushing.run_until(now_ns() + to_ns(plan.warm_up_seconds));
    Window window(target);
    window.open(pushing.received());
    pushing.run_until(now_ns() + to_ns(plan.seconds));
    window.close(pushing.received());
    pushing.drain();

    nlohmann::json out{{"mode", "bulk"}, {"sessions", plan.sessions}};
    window.report(out, "bytes");
    return out;
}

} // namespace bench
