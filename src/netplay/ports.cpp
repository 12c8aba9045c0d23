#include "netplay/ports.hpp"

#include <bit>

namespace netplay_relay::netplay {

namespace {

constexpr std::size_t play_words_max = 11; // of one player: RetroArch sends no more

// A request for a shared port names how to share it; "no preference" alone names nothing.
constexpr std::uint8_t share_no_preference = 0x01;
constexpr std::uint8_t share_digital = 0x1C;
constexpr std::uint8_t share_digital_or = 0x04;
constexpr std::uint8_t share_analog = 0xE0;
constexpr std::uint8_t share_analog_max = 0x20;

} // namespace

std::uint8_t complete_share_mode(std::uint8_t asked)
{
    if (asked == 0) return 0;
    std::uint8_t mode = asked & static_cast<std::uint8_t>(~share_no_preference);
    if ((mode & share_digital) == 0) mode |= share_digital_or;
    if ((mode & share_analog) == 0) mode |= share_analog_max;
    return mode;
}

std::variant<std::uint32_t, wire::ModeRefusal>
choose_ports(const PortTable& table, const wire::Play& play, bool one_port_each)
{
    const auto& [devices, share_modes, seated] = table;
    if (play.ports != 0) {
        std::size_t words = 0;
        for (std::size_t port = 0; port < wire::ports_max; ++port) {
            if ((play.ports >> port & 1U) == 0) continue;
            if (devices[port] == 0) return wire::ModeRefusal::not_available;
            if (seated[port] != 0 && (share_modes[port] == 0 || play.share_mode == 0))
                return wire::ModeRefusal::not_available;
            words += wire::device_words(devices[port]);
        }
        const bool plain = std::has_single_bit(play.ports) && play.share_mode == 0;
        if (words > play_words_max || (one_port_each && !plain))
            return wire::ModeRefusal::not_available;
        return static_cast<std::uint32_t>(play.ports);
    }
    for (std::size_t port = 0; port < wire::ports_max && devices[port] != 0; ++port)
        if (seated[port] == 0) return 1U << port;
    const bool only_port = devices[0] != 0 && devices[1] == 0;
    if (only_port && share_modes[0] != 0 && !one_port_each) return 1U;
    return wire::ModeRefusal::no_free_slot;
}

} // namespace netplay_relay::netplay
