// The configuration's keys as environment variables: NETPLAY_RELAY_LIMITS__SESSIONS is
// limits.sessions.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::config {

inline constexpr std::string_view variable_prefix = "NETPLAY_RELAY_";

// How the text of a variable is read.
enum class ValueKind : unsigned char
{
    text,   // as it is
    scalar, // a number, true or false
    texts,  // separated by commas, or a JSON list
    json,
};

class Environment
{
public:
    Environment() = default;

    // Takes those of the texts "NAME=VALUE" that begin with NETPLAY_RELAY_. Left out are
    // NETPLAY_RELAY_CONFIG, which names the file, and what Kubernetes and Docker make of a service
    // that is called netplay-relay: NETPLAY_RELAY_PORT..., NETPLAY_RELAY_SERVICE_...
    explicit Environment(std::span<const std::string> variables);

    // "NETPLAY_RELAY_LIMITS__SESSIONS" for "limits.sessions".
    [[nodiscard]] static std::string name_of(std::string_view path);

    [[nodiscard]] bool has(std::string_view path) const;
    // Something within the object at `path`.
    [[nodiscard]] bool has_within(std::string_view path) const;

    // The value for the key at `path`, null if there is none. A text that cannot be read so stays a
    // text, which is then of the wrong type. Lives as long as this.
    [[nodiscard]] const nlohmann::json* find(std::string_view path, ValueKind kind);

    // Those that nobody asked for.
    [[nodiscard]] std::vector<std::string> unread() const;

private:
    std::map<std::string, std::string, std::less<>> variables_;
    std::map<std::string, nlohmann::json, std::less<>> read_;
};

} // namespace netplay_relay::config
