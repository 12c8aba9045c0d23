#include "peer/shell/joiner_pipe.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace netplay_relay::peer {

namespace {

constexpr std::size_t head_size = 5; // a word and the number of bytes behind it
using Clock = std::chrono::steady_clock;

// -1 for poll: without end.
int left_until(Clock::time_point end, std::chrono::milliseconds limit)
{
    if (limit.count() == 0) return -1;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    return left.count() <= 0 ? 0 : static_cast<int>(left.count()) + 1;
}

} // namespace

JoinerPipe::~JoinerPipe() { close(descriptor_); }

bool JoinerPipe::move(std::uint8_t* bytes, std::size_t size, bool out,
                      std::chrono::milliseconds limit)
{
    const Clock::time_point end = Clock::now() + limit;
    while (size > 0) {
        pollfd wait{descriptor_, static_cast<short>(out ? POLLOUT : POLLIN), 0};
        const int ready = poll(&wait, 1, left_until(end, limit));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return false;
        const ssize_t moved = out ? ::send(descriptor_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT)
                                  : ::recv(descriptor_, bytes, size, MSG_DONTWAIT);
        if (moved < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        ended_ = moved <= 0;
        if (ended_) return false;
        bytes += moved;
        size -= static_cast<std::size_t>(moved);
    }
    return true;
}

bool JoinerPipe::send(JoinerWord word, std::span<const std::uint8_t> bytes,
                      std::chrono::milliseconds limit)
{
    if (bytes.size() > state_max) return false;
    const auto size = static_cast<std::uint32_t>(bytes.size());
    std::vector<std::uint8_t> message(head_size + bytes.size());
    message[0] = static_cast<std::uint8_t>(word);
    std::memcpy(message.data() + 1, &size, sizeof size);
    if (!bytes.empty()) std::memcpy(message.data() + head_size, bytes.data(), bytes.size());
    return move(message.data(), message.size(), true, limit);
}

std::optional<JoinerMessage> JoinerPipe::receive(std::chrono::milliseconds limit)
{
    std::array<std::uint8_t, head_size> head{};
    if (!move(head.data(), head.size(), false, limit)) return std::nullopt;
    std::uint32_t size = 0;
    std::memcpy(&size, head.data() + 1, sizeof size);
    if (size > state_max) return std::nullopt;
    JoinerMessage message{static_cast<JoinerWord>(head[0]), std::vector<std::uint8_t>(size)};
    if (!move(message.bytes.data(), size, false, limit)) return std::nullopt;
    return message;
}

} // namespace netplay_relay::peer
