#include "peer/input_source.hpp"

#include <sstream>

namespace netplay_relay::peer {

PortInput InputSource::read(Frame frame, std::size_t seat, std::uint32_t device) const
{
    if (pressed_.empty()) {
        PortInput input = random_.words(seat, frame, device);
        input.words[0] &= buttons_;
        return input;
    }
    auto behind = pressed_.upper_bound({seat, frame});
    if (behind == pressed_.begin()) return {};
    --behind;
    return behind->first.first == seat ? behind->second : PortInput{};
}

void InputSource::press(Frame frame, std::size_t seat, const PortInput& input)
{
    pressed_[{seat, frame}] = input;
}

std::variant<InputSource, std::string> parse_input(const std::string& text)
{
    InputSource source(0);
    source.press(0, 0, {});
    std::istringstream lines(text);
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
        std::istringstream words(line.substr(0, line.find('#')));
        Frame frame = 0;
        std::size_t seat = 0;
        if ((words >> std::ws).eof()) continue;
        PortInput input;
        std::size_t count = 0;
        const bool begins = static_cast<bool>(words >> frame >> seat) && seat < rollback::ports_max;
        words >> std::hex;
        while (begins && count < input.words.size() && words >> input.words[count])
            ++count;
        words.clear();
        std::string rest;
        if (!begins || count == 0 || words >> rest)
            return "line " + std::to_string(number) + " of the input is not FRAME SEAT WORD...: '" +
                   line + "'";
        source.press(frame, seat, input);
    }
    return source;
}

} // namespace netplay_relay::peer
