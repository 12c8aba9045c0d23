#include "peer/decode/buttons.hpp"

namespace netplay_relay::peer {

namespace {

constexpr std::array<std::string_view, 16> button_names{
    "B", "Y", "Select", "Start", "Up", "Down", "Left", "Right",
    "A", "X", "L",      "R",     "L2", "R2",   "L3",   "R3"};
constexpr std::uint32_t device_mask = 0xff;
constexpr std::uint32_t joypad = 1;
constexpr std::uint32_t analog = 5;

std::string pad_text(std::uint32_t word)
{
    std::string text;
    for (std::size_t bit = 0; bit < button_names.size(); ++bit) {
        if ((word >> bit & 1U) == 0) continue;
        if (!text.empty()) text += ' ';
        text += button_names[bit];
    }
    return " [" + text + "]";
}

} // namespace

std::string_view button_name(unsigned button)
{
    return button < button_names.size() ? button_names[button] : std::string_view();
}

void Ports::learn(const wire::Sync& sync)
{
    are_known = true;
    devices = sync.devices;
    clients = sync.clients;
}

void Ports::learn(const wire::Mode& mode)
{
    if (mode.client >= wire::clients_max) return;
    const std::uint32_t bit = 1U << mode.client;
    for (std::size_t port = 0; port < wire::ports_max; ++port) {
        const bool holds = mode.playing && (mode.ports >> port & 1U) != 0;
        clients[port] = holds ? clients[port] | bit : clients[port] & ~bit;
    }
}

std::string buttons_text(const Ports& ports, std::uint32_t protocol, std::uint32_t player,
                         std::span<const std::uint32_t> words)
{
    if (protocol == 4) return words.empty() ? "" : pad_text(words.front());
    // One word is a pad's, unless an exotic core is played.
    if (!ports.are_known) return words.size() == 1 ? pad_text(words.front()) : "";
    if (player >= wire::clients_max) return "";
    std::string text;
    for (std::size_t port = 0; port < wire::ports_max && !words.empty(); ++port) {
        if ((ports.clients[port] >> player & 1U) == 0) continue;
        const std::uint32_t device = ports.devices[port] & device_mask;
        const std::size_t count = wire::device_words(device);
        if (count > words.size()) return text;
        if (device == joypad || device == analog) text += pad_text(words.front());
        words = words.subspan(count);
    }
    return text;
}

} // namespace netplay_relay::peer
