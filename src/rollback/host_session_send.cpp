#include "rollback/host_session.hpp"

#include "input_command.hpp"
#include "packing.hpp"
#include "wire/netplay_encode.hpp"

#include <algorithm>
#include <bit>
#include <map>

namespace netplay_relay::rollback {

namespace {

// In protocol 4 a player is the port it controls.
std::uint32_t player_of(std::uint32_t ports)
{
    return ports == 0 ? 0 : static_cast<std::uint32_t>(std::countr_zero(ports));
}

} // namespace

void HostSession::send(Client& to, const wire::Command& command)
{
    encode_command(command, to.send_dialect, to.out);
}

void HostSession::send_input(Client& to, std::uint32_t player, Frame frame, const InputWords& words)
{
    const std::uint32_t protocol = to.negotiated.protocol;
    const std::uint32_t told =
        protocol > 4 ? player : player_of(timeline_.seats_at(frame).ports_of(player));
    wire::Input input = input_command(protocol, frame, told, words);
    input.from_server = player == 0;
    send(to, input);
}

void HostSession::send_mode(Client& to, const wire::Mode& mode, std::uint32_t seat_ports)
{
    to.crc_open = false;
    if (to.negotiated.protocol > 4) {
        send(to, mode);
        return;
    }
    send(to, wire::Mode4{mode.frame, player_of(seat_ports), mode.you, mode.playing, mode.slave});
}

void HostSession::send_sync(std::uint32_t number)
{
    Client& client = *clients_[number];
    client.told_paused = paused();
    const Seats& seats = timeline_.seats_at(timeline_.self());
    const std::span<const std::uint8_t> sram = timeline_.core().battery();
    if (client.negotiated.protocol > 4) {
        wire::Sync sync;
        sync.frame = timeline_.self();
        sync.paused = client.told_paused;
        sync.client = number;
        sync.devices = settings_.devices;
        sync.share_modes = seats.share_modes;
        sync.clients = seats.clients;
        sync.nick = client.nick;
        sync.sram = sram;
        send(client, sync);
    } else {
        wire::Sync4 sync;
        sync.frame = timeline_.self();
        sync.paused = client.told_paused;
        for (std::uint32_t port = 0; port < ports_max; ++port)
            if (seats.clients[port] != 0) sync.players |= 1U << port;
        sync.flip_frame = seats.flipped ? std::max<Frame>(timeline_.self(), 1) : 0;
        sync.devices = settings_.devices;
        sync.nick = client.nick;
        sync.sram = sram;
        send(client, sync);
    }
    client.synced = true;
    if (client.negotiated.protocol < extras_since) return;
    send(client, wire::AllowPausing{settings_.pausing_allowed});
    send(client, wire::InputLatencyFrames{static_cast<std::int32_t>(settings_.latency.least),
                                          static_cast<std::int32_t>(settings_.latency.most)});
}

// Packed once for each form in which the connections want it.
void HostSession::send_state(std::span<const std::uint8_t> state)
{
    std::map<std::pair<bool, bool>, PackedState> packed; // in a container, compressed
    each_synced([&](std::uint32_t, Client& client) {
        const auto form = std::pair(client.negotiated.protocol >= 7, client.negotiated.zlib);
        auto found = packed.find(form);
        if (found == packed.end())
            found = packed.emplace(form, pack_state(client.negotiated, state)).first;
        send(client, wire::LoadSavestate{timeline_.self(), found->second.size, found->second.data});
        ++counts_.states_sent;
    });
}

// The player itself first, then the others.
void HostSession::tell_mode(std::uint32_t player, Frame frame, std::uint32_t ports,
                            std::uint32_t had_ports)
{
    wire::Mode mode;
    mode.frame = frame;
    mode.playing = ports != 0;
    mode.client = player;
    mode.ports = ports;
    mode.share_modes = timeline_.seats().share_modes;
    mode.nick = player == 0 ? settings_.nick : clients_[player]->nick;
    if (player != 0 && clients_[player]->synced) {
        mode.you = true;
        send_mode(*clients_[player], mode, ports | had_ports);
        mode.you = false;
    }
    each_synced([&](std::uint32_t number, Client& client) {
        if (number != player) send_mode(client, mode, ports | had_ports);
    });
}

// To the others only: the player has been told.
void HostSession::tell_leave(std::uint32_t player, Frame frame, std::uint32_t had_ports)
{
    wire::Mode mode;
    mode.frame = frame;
    mode.client = player;
    mode.share_modes = timeline_.seats().share_modes;
    mode.nick = clients_[player]->nick;
    each_synced([&](std::uint32_t number, Client& client) {
        if (number != player) send_mode(client, mode, had_ports);
    });
}

void HostSession::tell_late_leaves()
{
    each_synced([&](std::uint32_t number, Client& client) {
        if (!client.leave_untold || *client.leave_untold > timeline_.self()) return;
        const Frame frame = *client.leave_untold;
        client.leave_untold.reset();
        tell_leave(number, frame, client.left_ports);
    });
}

void HostSession::refuse(Client& client, wire::ModeRefusal reason)
{
    send(client, wire::ModeRefused{static_cast<std::uint32_t>(reason)});
}

} // namespace netplay_relay::rollback
