#include "net/pass_descriptors.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace netplay_relay::net {

namespace {

struct Message
{
    alignas(cmsghdr) std::array<char, CMSG_SPACE(descriptors_per_message * sizeof(int))> control{};
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

bool pass(int to, char letter, std::span<const int> descriptors)
{
    Message message(descriptors.empty() ? 0 : CMSG_SPACE(descriptors.size_bytes()));
    message.letter = letter;
    if (!descriptors.empty()) {
        cmsghdr* const head = CMSG_FIRSTHDR(&message.header);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
    }
    return sendmsg(to, &message.header, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

Passed take_passed(int from)
{
    Passed passed;
    Message message(CMSG_SPACE(descriptors_per_message * sizeof(int)));
    ssize_t received = -1;
    do
        received = recvmsg(from, &message.header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (received < 0 && errno == EINTR);
    passed.is_gone = received == 0 || (received < 0 && errno != EAGAIN);
    if (received <= 0) return passed;
    passed.letter = message.letter;
    passed.is_cut = (message.header.msg_flags & MSG_CTRUNC) != 0;
    for (cmsghdr* head = CMSG_FIRSTHDR(&message.header); head != nullptr;
         head = CMSG_NXTHDR(&message.header, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        std::array<int, descriptors_per_message> some{};
        const std::size_t size = std::min<std::size_t>(head->cmsg_len - CMSG_LEN(0), sizeof some);
        std::memcpy(some.data(), CMSG_DATA(head), size);
        for (std::size_t at = 0; at < size / sizeof(int); ++at)
            passed.descriptors.emplace_back(some[at]);
    }
    return passed;
}

} // namespace netplay_relay::net
