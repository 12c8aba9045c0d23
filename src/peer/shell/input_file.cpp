#include "peer/shell/input_file.hpp"

#include <fstream>

namespace netplay_relay::peer {

namespace {

constexpr std::size_t size_max = 64U << 20U; // bytes

} // namespace

std::variant<InputSource, std::string> load_input(const RunSettings& settings)
{
    if (settings.input_file.empty()) return InputSource(settings.seed, settings.buttons);
    std::ifstream file(settings.input_file);
    if (!file) return "cannot read " + settings.input_file;
    std::string text(size_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > size_max) return settings.input_file + " has more than 64 MiB";
    return parse_input(text);
}

} // namespace netplay_relay::peer
