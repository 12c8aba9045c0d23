// The configuration's keys as environment variables: NETPLAY_RELAY_LIMITS__SESSIONS is
// limits.sessions.
#pragma once

#include "config/config.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
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

    // Takes those of the texts "NAME=VALUE" that begin with NETPLAY_RELAY_. Left out are those
    // whose value is empty, NETPLAY_RELAY_CONFIG, which names the file, and what Kubernetes and
    // Docker make of a service that is called netplay-relay: NETPLAY_RELAY_PORT...,
    // NETPLAY_RELAY_SERVICE_...
    explicit Environment(std::span<const std::string> variables);

    // "NETPLAY_RELAY_LIMITS__SESSIONS" for "limits.sessions".
    [[nodiscard]] static std::string name_of(std::string_view path);

    [[nodiscard]] bool has(std::string_view path) const;
    // Something within the object at `path`.
    [[nodiscard]] bool has_within(std::string_view path) const;

    // The value for the key at `path`, null if there is none. A text that cannot be read so stays a
    // text, which is then of the wrong type. Lives as long as this.
    [[nodiscard]] const nlohmann::json* find(std::string_view path, ValueKind kind);

    // Why the text for the key at `path` is no JSON, if it looks as if it were to be some.
    [[nodiscard]] std::string problem_of(std::string_view path) const;

    // Keys that are given twice in the JSON of one variable.
    [[nodiscard]] const std::vector<Fault>& given_twice() const { return given_twice_; }

    // Those that nobody asked for.
    [[nodiscard]] std::vector<std::string> unread() const;

    // The path of every key outside of lists, for messages; kept from a first reading for nothing
    // else, during which no object counts as left out.
    void begin_survey() { surveys_ = true; }
    void end_survey() { surveys_ = false; }
    [[nodiscard]] bool surveys() const { return surveys_; }
    [[nodiscard]] const std::set<std::string, std::less<>>& paths() const { return paths_; }

private:
    std::map<std::string, std::string, std::less<>> variables_;
    std::map<std::string, nlohmann::json, std::less<>> read_;
    std::map<std::string, std::string, std::less<>> problems_;
    std::set<std::string, std::less<>> paths_;
    bool surveys_ = false;
    std::vector<Fault> given_twice_;

    [[nodiscard]] nlohmann::json value_of(const std::string& name, const std::string& text,
                                          ValueKind kind);
    [[nodiscard]] nlohmann::json parsed(const std::string& name, const std::string& text);
};

} // namespace netplay_relay::config
