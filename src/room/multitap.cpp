#include "room/multitap.hpp"

#include "netplay/handshake.hpp"

#include <algorithm>
#include <array>

namespace netplay_relay::room {

namespace {

constexpr std::uint32_t joypad = 1;

// Joypads but for these.
constexpr Devices with(std::initializer_list<std::pair<std::size_t, std::uint32_t>> ports)
{
    Devices devices = joypads();
    for (const auto& [port, device] : ports)
        devices[port] = device;
    return devices;
}

constexpr std::uint32_t subclass(std::uint32_t kind) { return (kind + 1) << 8U | joypad; }

// Each as the core tells its frontend (SET_CONTROLLER_INFO) or its source says, and only those
// whose states have the same size with and without: frontends ask for it before they are told the
// devices. Nestopia's have not, so no game of its lives through a Four Score (docs/rooms.md).
// PlayStation cores have theirs as a core option, PC Engine cores hear five pads anyway, and of
// that of bsnes-mercury only one pad is heard.
constexpr Devices four_score = with({{2, subclass(1)}, {3, subclass(1)}});
constexpr Devices super_multitap = with({{1, subclass(0)}});
constexpr Devices team_player = with({{0, subclass(5)}}); // with pads of three buttons

constexpr std::array<Multitap, 4> all{{
    {"FCEUmm", four_score, 4},
    {"Snes9x", super_multitap, 5},
    {"bsnes", super_multitap, 5},
    {"Genesis Plus GX", team_player, 5},
}};

} // namespace

std::span<const Multitap> multitaps() { return all; }

const Multitap* multitap_of(std::string_view core)
{
    for (const Multitap& known : all)
        if (netplay::is_same_core(known.core, core)) return &known;
    return nullptr;
}

CorePorts ports_for(const RoomSettings& settings, std::string_view core, bool multitap)
{
    const auto table = std::ranges::find_if(settings.devices, [&](const DeviceTable& listed) {
        return netplay::is_same_core(listed.core, core);
    });
    const bool is_listed = table != settings.devices.end();
    CorePorts ports{joypads(), settings.players};
    if (is_listed && table->source == DeviceSource::listed) {
        ports.devices = table->devices;
    } else {
        multitap |= is_listed && table->source == DeviceSource::multitap;
        if (const Multitap* known = multitap ? multitap_of(core) : nullptr)
            ports = {known->devices, std::min(known->pads, settings.players)};
    }
    if (is_listed && table->players != 0) ports.players = table->players;
    return ports;
}

} // namespace netplay_relay::room
