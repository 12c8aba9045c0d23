#include "daemon/service_status.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace netplay_relay::daemon {

namespace {

std::string counted(std::size_t count, std::string_view noun)
{
    return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

} // namespace

std::string service_status(net::RelayState state, const lobby::Use& use, std::string_view problem)
{
    std::string text;
    if (state == net::RelayState::draining) text = "draining, ";
    if (state == net::RelayState::stopping) text = "stopping, ";
    text += counted(use.sessions, "session") + ", " + counted(use.links, "link") + ", " +
            counted(use.rooms, "room") + " with " + counted(use.members, "member");
    if (use.parties > 0)
        text += ", " + std::to_string(use.parties) + (use.parties == 1 ? " party" : " parties") +
                " with " + counted(use.peers, "peer");
    if (!problem.empty()) text.append("; ").append(problem);
    // It is one line of several to systemd, and a key of the configuration can be any text.
    std::ranges::replace_if(
        text, [](char letter) { return static_cast<unsigned char>(letter) < ' '; }, '?');
    return text;
}

std::string drain_note(std::optional<lobby::Duration> left)
{
    std::string text = "it ends with the last of them";
    if (left) {
        const auto minutes = std::chrono::ceil<std::chrono::minutes>(*left).count();
        text += ", in " +
                counted(static_cast<std::size_t>(std::max<std::int64_t>(minutes, 0)), "minute") +
                " at the latest";
    }
    return text + "; at once: systemctl kill netplay-relay";
}

} // namespace netplay_relay::daemon
