#include "daemon/service_status.hpp"

#include <algorithm>

namespace netplay_relay::daemon {

namespace {

std::string counted(std::size_t count, std::string_view noun)
{
    return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

} // namespace

std::string service_status(admin::RelayState state, const lobby::Use& use, std::string_view problem)
{
    std::string text;
    if (state == admin::RelayState::draining) text = "draining, ";
    if (state == admin::RelayState::stopping) text = "stopping, ";
    text += counted(use.sessions, "session") + ", " + counted(use.links, "link") + ", " +
            counted(use.rooms, "room") + " with " + counted(use.members, "member");
    if (!problem.empty()) text.append("; ").append(problem);
    // It is one line of several to systemd, and a key of the configuration can be any text.
    std::ranges::replace_if(
        text, [](char letter) { return letter >= 0 && letter < ' '; }, '?');
    return text;
}

} // namespace netplay_relay::daemon
