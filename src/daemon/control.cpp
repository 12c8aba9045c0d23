#include "daemon/control.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

namespace netplay_relay::daemon {

namespace {

constexpr std::size_t descriptors_max = 4;

struct Message
{
    alignas(cmsghdr) std::array<char, CMSG_SPACE(descriptors_max * sizeof(int))> control{};
    char letter = 0;
    iovec piece{&letter, 1};
    msghdr header{};

    explicit Message(std::size_t control_size)
    {
        header.msg_iov = &piece;
        header.msg_iovlen = 1;
        if (control_size == 0) return;
        header.msg_control = control.data();
        header.msg_controllen = control_size;
    }
};

} // namespace

std::optional<std::pair<net::UniqueFd, net::UniqueFd>> make_control()
{
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return std::nullopt;
    return std::pair(net::UniqueFd(ends[0]), net::UniqueFd(ends[1]));
}

bool say(int control, Word word, std::span<const int> descriptors)
{
    Message message(descriptors.empty() ? 0 : CMSG_SPACE(descriptors.size_bytes()));
    message.letter = static_cast<char>(word);
    if (!descriptors.empty()) {
        cmsghdr* const head = CMSG_FIRSTHDR(&message.header);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
    }
    return sendmsg(control, &message.header, MSG_NOSIGNAL) == 1;
}

Heard hear(int control, std::chrono::milliseconds limit)
{
    Heard heard;
    const auto until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        pollfd one{control, POLLIN, 0};
        const int ready = poll(&one, 1, static_cast<int>(std::max<long>(left.count(), 0)));
        if (ready > 0) break;
        if (ready == 0 || errno != EINTR) return heard;
    }
    Message message(CMSG_SPACE(descriptors_max * sizeof(int)));
    const ssize_t received = recvmsg(control, &message.header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    heard.is_gone = received == 0 || (received < 0 && errno != EAGAIN);
    if (received != 1) return heard;
    heard.word = static_cast<Word>(message.letter);
    for (cmsghdr* head = CMSG_FIRSTHDR(&message.header); head != nullptr;
         head = CMSG_NXTHDR(&message.header, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        std::array<int, descriptors_max> some{};
        const std::size_t size = std::min<std::size_t>(head->cmsg_len - CMSG_LEN(0), sizeof some);
        std::memcpy(some.data(), CMSG_DATA(head), size);
        for (std::size_t at = 0; at < size / sizeof(int); ++at)
            heard.descriptors.emplace_back(some[at]);
    }
    return heard;
}

} // namespace netplay_relay::daemon
