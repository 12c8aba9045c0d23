#include "message.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace bench {

namespace {

// The finalizer of a 64-bit linear generator: any change of its input changes half of its bits.
std::uint64_t mix(std::uint64_t value)
{
    value ^= value >> 31U;
    value *= 0x7FB5D329728EA185U;
    value ^= value >> 27U;
    value *= 0x81DADEF4BC2DD44DU;
    return value ^ value >> 33U;
}

} // namespace

// Stream, number and stamp, then 20 bytes that follow from these three.
Message compose(std::uint32_t stream, std::uint32_t number, std::uint64_t stamp)
{
    Message message;
    const std::uint64_t first = mix(stamp ^ mix(std::uint64_t{stream} << 32U | number));
    const std::uint64_t second = mix(first + 1);
    const auto third = static_cast<std::uint32_t>(mix(first + 2));
    std::memcpy(&message[0], &stream, 4);
    std::memcpy(&message[4], &number, 4);
    std::memcpy(&message[8], &stamp, 8);
    std::memcpy(&message[16], &first, 8);
    std::memcpy(&message[24], &second, 8);
    std::memcpy(&message[32], &third, 4);
    return message;
}

Ends::Ends(const Links& links)
{
    for (const Link& link : links.links) {
        ends_.push_back({.fd = link.guest.fd()});
        ends_.push_back({.fd = link.host.fd()});
    }
}

void Ends::poll_with(Poller& poller, const Links& links) const
{
    for (std::size_t i = 0; i < links.links.size(); ++i) {
        poller.add(links.links[i].guest, EPOLLIN, 2 * i);
        poller.add(links.links[i].host, EPOLLIN, 2 * i + 1);
    }
}

void Ends::send_next(std::size_t index)
{
    End& end = ends_[index];
    const Message message = compose(static_cast<std::uint32_t>(index), end.sent, now_ns());
    const ssize_t size = send(end.fd, message.data(), message.size(), MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN) fail("send");
    if (size != static_cast<ssize_t>(message.size()))
        throw std::runtime_error("the target cannot keep up: a socket is full");
    ++end.sent;
    ++sent_;
}

std::span<const unsigned char> Ends::read_some(std::size_t index)
{
    const ssize_t got = recv(ends_[index].fd, scratch_.data(), scratch_.size(), 0);
    if (got < 0 && errno == EAGAIN) return {};
    if (got < 0) fail("receive");
    if (got == 0) throw IntegrityFailure("the target closed a link in use");
    return {scratch_.data(), static_cast<std::size_t>(got)};
}

std::optional<std::uint64_t> Ends::next_message(std::size_t index,
                                                std::span<const unsigned char>& bytes)
{
    End& end = ends_[index];
    const std::size_t taken = std::min(bytes.size(), message_size - end.partial_size);
    std::memcpy(&end.partial[end.partial_size], bytes.data(), taken);
    bytes = bytes.subspan(taken);
    end.partial_size += static_cast<std::uint32_t>(taken);
    if (end.partial_size < message_size) return std::nullopt;
    end.partial_size = 0;

    std::uint64_t stamp = 0;
    std::memcpy(&stamp, &end.partial[8], sizeof stamp);
    const auto stream = static_cast<std::uint32_t>(index ^ 1U);
    if (end.partial != compose(stream, end.received, stamp))
        throw IntegrityFailure("message " + std::to_string(end.received) + " of stream " +
                               std::to_string(stream) + " arrived changed or out of order");
    ++end.received;
    ++received_;
    return stamp;
}

void Ends::drain(Poller& poller)
{
    const std::uint64_t deadline = now_ns() + 3 * ns_per_second;
    while (!all_arrived() && now_ns() < deadline)
        for (const epoll_event& event : poller.wait(100))
            receive(event.data.u64, [](std::uint64_t) {});
    if (!all_arrived())
        throw IntegrityFailure(std::to_string(sent_ - received_) + " messages never arrived");
}

} // namespace bench
