// What is open at one worker, as the others of its process have to know it: for those who name no
// session.
#pragma once

#include "wire/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace netplay_relay::lobby {

struct OpenGames
{
    // More are not told apart, or each game that begins or ends would be told to all.
    static constexpr std::size_t several = 2;

    std::size_t sessions = 0;            // at one worker `several` at most
    std::size_t rooms = 0;               // likewise one at most
    std::optional<wire::SessionId> only; // if there is one
    std::uint16_t only_at = 0;           // the worker that has it
    bool is_only_meant = false;          // its host has answered a guest (ManualIp::automatic)
    bool is_short = false;               // of its share of the limits (shares.hpp)
    bool asks_for_relief = false;        // all keep too much for parties (PartyManager)

    bool operator==(const OpenGames&) const = default;

    // Those of another worker beside these.
    void add(const OpenGames& other)
    {
        if (other.sessions > 0) {
            only = sessions == 0 ? other.only : std::nullopt;
            only_at = other.only_at;
            is_only_meant = sessions == 0 && other.is_only_meant;
        }
        sessions += other.sessions;
        rooms += other.rooms;
    }
};

} // namespace netplay_relay::lobby
