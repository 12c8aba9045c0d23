// Reads a JSON text that may hold // and /* */ comments, and notices what JSON readers pass over: a
// key that is given twice.
#pragma once

#include "config/config.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::config {

struct JsonText
{
    nlohmann::json value;
    std::string problem;            // why it is no JSON; then there is no value
    bool is_empty = false;          // the problem: there is nothing in it but comments
    std::vector<Fault> given_twice; // keys as paths, such as "access.host" or "doors[0].listen"
};

[[nodiscard]] JsonText read_json(std::string_view text);

} // namespace netplay_relay::config
