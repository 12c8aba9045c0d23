// Something that happened, as others are told of it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace netplay_relay::outward {

struct Event
{
    std::uint64_t number = 0; // of the relay's feed
    std::string kind;         // "session_opened"
    nlohmann::json fields;    // an object

    // Nothing, if the field is not there or is none of these.
    [[nodiscard]] std::string text(const char* field) const;
    [[nodiscard]] double amount(const char* field) const;
    // The session, room or party that it is of: what it has in common with others of the same. Or
    // nothing.
    [[nodiscard]] std::string subject() const;
    // Whether a session, a room or a party begins with it, or ends.
    [[nodiscard]] bool opens_game() const;
    [[nodiscard]] bool ends_game() const;
};

// Of a line of the feed; its fields are empty if the line is no JSON object.
[[nodiscard]] Event event_of(std::uint64_t number, std::string kind, const std::string& line);

} // namespace netplay_relay::outward
