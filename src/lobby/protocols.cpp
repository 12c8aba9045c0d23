#include "lobby/protocols.hpp"

#include <array>

namespace netplay_relay::lobby {

std::span<const Protocol> all_protocols()
{
    static constexpr std::array rows{
        Protocol{"tunnel_host", wire::look_for_host, Stage::asking},
        Protocol{"tunnel_guest", wire::look_for_guest, Stage::waiting},
        Protocol{"host_side", wire::look_for_host_side, Stage::host_side},
        Protocol{"manual_ip", wire::look_for_netplay_client, Stage::member}, // or waiting
        Protocol{"protocol_4", wire::look_for_protocol_4_client, Stage::member},
        Protocol{"probe", wire::look_for_probe, Stage::member},
        Protocol{"legacy_port", wire::look_for_legacy_port_request, Stage::asking_port},
        Protocol{"websocket", wire::look_for_web_request, Stage::party_peer},
        Protocol{"http", wire::look_for_http, Stage::greeting},
        Protocol{"tls", wire::look_for_tls, Stage::greeting},
        Protocol{"ssh", wire::look_for_ssh, Stage::greeting},
        Protocol{"proxy", wire::look_for_proxy_header, Stage::greeting},
    };
    return rows;
}

Recognised recognise(std::span<const std::uint8_t> first, std::span<const Protocol> protocols)
{
    if (first.size() < wire::magic_size) return {nullptr, wire::NeedMore{}};
    bool is_open = false;
    for (const Protocol& protocol : protocols) {
        const auto seen = protocol.look(first);
        if (!seen) continue;
        if (!std::holds_alternative<wire::NeedMore>(*seen)) return {&protocol, *seen};
        is_open = true;
    }
    if (is_open) return {nullptr, wire::NeedMore{}};
    return {nullptr, wire::Refusal::unknown_greeting};
}

} // namespace netplay_relay::lobby
