#include "daemon/control.hpp"

#include "net/pass_descriptors.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace netplay_relay::daemon {

std::optional<std::pair<net::UniqueFd, net::UniqueFd>> make_control()
{
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return std::nullopt;
    return std::pair(net::UniqueFd(ends[0]), net::UniqueFd(ends[1]));
}

bool say(int control, Word word, std::span<const int> descriptors)
{
    return net::pass(control, static_cast<char>(word), descriptors);
}

Heard hear(int control, std::chrono::milliseconds limit)
{
    const auto until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        pollfd one{control, POLLIN, 0};
        const int ready = poll(&one, 1, static_cast<int>(std::max<long>(left.count(), 0)));
        if (ready > 0) break;
        if (ready == 0 || errno != EINTR) return {};
    }
    net::Passed passed = net::take_passed(control);
    Heard heard;
    if (passed.letter != 0) heard.word = static_cast<Word>(passed.letter);
    heard.is_gone = passed.is_gone;
    heard.descriptors = std::move(passed.descriptors);
    return heard;
}

} // namespace netplay_relay::daemon
