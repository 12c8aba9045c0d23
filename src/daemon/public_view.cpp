#include "daemon/public_view.hpp"

#include "daemon/advertisements.hpp"

#include <charconv>
#include <string_view>

namespace netplay_relay::daemon {

namespace {

bool leads_into_rooms(const config::Config& config)
{
    return config.policy.manual_ip == lobby::ManualIp::room ||
           config.policy.manual_ip == lobby::ManualIp::automatic;
}

// That behind the name, as hosts type both.
std::uint16_t port_in(std::string_view reach)
{
    std::uint16_t port = config::default_port;
    const std::string_view digits = reach.substr(reach.rfind('|') + 1);
    (void)std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return port;
}

// Rooms by password are their members' own business.
std::uint16_t port_into(const lobby::RoomSnapshot& open, const room::RoomSettings& settings,
                        bool leads_there, std::uint16_t port)
{
    if (open.room.by_password) return 0;
    if (open.room.port != 0) return open.room.port;
    if (leads_there && is_found_by_content(open.room, settings)) return port;
    return open.join_port;
}

} // namespace

admin::PublicView public_view(const config::Config& config, const net::ProcessState& process,
                              bool takes_new)
{
    const std::uint16_t port = port_in(process.reach.hosts);
    admin::PublicView view;
    view.title = config.public_page.title;
    view.name = config.public_name;
    view.port = port;
    view.takes_new = takes_new && process.state == net::RelayState::running;
    view.leads_into_rooms = leads_into_rooms(config);
    view.all_sessions = config.public_page.all_sessions;
    view.sessions = config.public_page.sessions;
    view.rooms = config.public_page.rooms;
    view.parties = config.public_page.parties;
    view.nicks = config.public_page.nicks;
    // Asked where the room is, maybe in another thread.
    view.port_of = [settings = config.policy.rooms, leads_there = view.leads_into_rooms,
                    port](const lobby::RoomSnapshot& open) {
        return port_into(open, settings, leads_there, port);
    };
    return view;
}

} // namespace netplay_relay::daemon
