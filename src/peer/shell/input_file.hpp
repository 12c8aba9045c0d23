// The input that settings ask for.
#pragma once

#include "peer/input_source.hpp"
#include "peer/run_settings.hpp"

#include <string>
#include <variant>

namespace netplay_relay::peer {

// Of the seed, or of the input file; a sentence if that cannot be read.
[[nodiscard]] std::variant<InputSource, std::string> load_input(const RunSettings& settings);

} // namespace netplay_relay::peer
