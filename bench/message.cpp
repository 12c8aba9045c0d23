#include "message.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace bench {

namespace {

constexpr std::size_t stamp_at = 16;

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

// INPUT of five words as a relay may read it: id, size, number for frame, player. The upper half of
// the player's word means nothing; it is the link's. The words are the stamp, and 12 bytes that
// follow from all this.
Message compose(std::uint32_t stream, std::uint32_t number, std::uint64_t stamp)
{
    constexpr std::uint32_t input = 3;
    constexpr std::uint32_t payload = message_size - 8;
    const bool is_guest = stream % 2 == 0;
    Message message;
    const std::uint64_t first = mix(stamp ^ mix(std::uint64_t{stream} << 32U | number));
    const auto second = static_cast<std::uint32_t>(mix(first + 1));
    put_word(&message[0], input);
    put_word(&message[4], payload);
    put_word(&message[8], number);
    put_word(&message[12], stream / 2 << 16U | (is_guest ? 1U : 0U));
    std::memcpy(&message[stamp_at], &stamp, 8);
    std::memcpy(&message[24], &first, 8);
    std::memcpy(&message[32], &second, 4);
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
    std::memcpy(&stamp, &end.partial[stamp_at], sizeof stamp);
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
