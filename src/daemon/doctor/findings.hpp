// What the doctor says: one line for each thing that it has looked at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace netplay_relay::daemon::doctor {

enum class Grade : std::uint8_t
{
    ok,
    warn, // it works, but hardly as somebody wants it
    fail, // players are kept out, or the relay does not start
};

struct Finding
{
    Grade grade = Grade::ok;
    std::string what;   // a word of docs/doctor.md: "port"
    std::string fact;   // half a sentence
    std::string advice; // what to do; empty if nothing is
    bool operator==(const Finding&) const = default;
};
using Findings = std::vector<Finding>;

// "warn  port: 0.0.0.0:55435 is ...; do this", a line for each.
[[nodiscard]] std::string to_text(const Findings& findings);

// An object: "failed" and "warned", how many of them, and "findings", each with "grade", "what",
// "fact" and "advice".
[[nodiscard]] std::string to_json(const Findings& findings);

[[nodiscard]] bool any_failed(const Findings& findings);

} // namespace netplay_relay::daemon::doctor
