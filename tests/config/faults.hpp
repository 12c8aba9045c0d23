// What a configuration test asks: is this text right, and if not, what is said of it?
#pragma once

#include "config/config.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::config {

// For failure messages: one line for each fault.
inline std::string lines_of(const std::vector<Fault>& faults)
{
    std::string lines;
    for (const Fault& fault : faults)
        lines += fault.key + ": " + fault.problem + "\n";
    return lines;
}

inline std::vector<std::string> keys_of(const std::vector<Fault>& faults)
{
    std::vector<std::string> keys;
    for (const Fault& fault : faults)
        keys.push_back(fault.key);
    return keys;
}

inline bool says(const std::string& problem, std::string_view part)
{
    return problem.find(part) != std::string::npos;
}

// How a message names a value that is written like this.
inline std::string shown_as(const std::string& value)
{
    if (value.front() == '[') return "a list";
    if (value.front() == '{') return "an object";
    return value;
}

inline Config accepted(std::string_view text)
{
    const Parsed parsed = parse_config(text);
    INFO(text << "\n" << lines_of(parsed.faults));
    REQUIRE(parsed.faults.empty());
    return parsed.config;
}

// The text has exactly one fault, at `key`, and its problem mentions every one of `parts`.
inline void check_fault(std::string_view text, const std::string& key,
                        const std::vector<std::string>& parts = {})
{
    const Parsed parsed = parse_config(text);
    INFO(text << "\n" << lines_of(parsed.faults));
    REQUIRE(parsed.faults.size() == 1);
    CHECK(parsed.faults.front().key == key);
    for (const std::string& part : parts) {
        INFO("expected in the problem: " << part);
        CHECK(says(parsed.faults.front().problem, part));
    }
}

} // namespace netplay_relay::config
