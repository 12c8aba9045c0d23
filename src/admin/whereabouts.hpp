// Whom the operator has named by an id: where that connection plays, and by which nick.
#pragma once

#include "lobby/ids.hpp"

#include <cstdint>
#include <string>

namespace netplay_relay::net {
class Workers;
}

namespace netplay_relay::admin {

// Empty, or 0, is what does not apply or is not known.
struct Whereabouts
{
    std::string session;
    std::uint64_t room = 0;
    std::string nick; // of who is in a session only if its links are inspected
};
[[nodiscard]] Whereabouts whereabouts_of(const net::Workers& workers, lobby::ConnectionId who);

} // namespace netplay_relay::admin
