// What control messages have in common, as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace netplay_relay::party {

using Json = nlohmann::json;

// Empty if there is none of this key, or it is no text.
[[nodiscard]] inline std::string text_of(const Json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return {};
    return found->get<std::string>();
}

[[nodiscard]] inline bool flag_of(const Json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

} // namespace netplay_relay::party
