#include "rollback/host_session.hpp"

#include "netplay/ports.hpp"
#include "take_input.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::rollback {

Receipt HostSession::receive(std::uint32_t client, const wire::Command& command, Instant now)
{
    if (client >= clients_max || clients_[client] == nullptr) return Receipt::ended;
    return std::visit([&](const auto& known) { return on(client, known, now); }, command);
}

template <class Unexpected>
Receipt HostSession::on(std::uint32_t client, const Unexpected&, Instant)
{
    using std::is_same_v;
    if constexpr (is_same_v<Unexpected, wire::Ack> || is_same_v<Unexpected, wire::NetPacket>)
        return Receipt::taken; // nothing for us in them
    else if constexpr (is_same_v<Unexpected, wire::Nak> || is_same_v<Unexpected, wire::Disconnect>)
        drop(client, CloseReason::nak);
    else if constexpr (is_same_v<Unexpected, wire::LoadSavestate> ||
                       is_same_v<Unexpected, wire::Reset>)
        drop(client, CloseReason::not_allowed);
    else
        drop(client, CloseReason::unexpected);
    return Receipt::ended;
}

Receipt HostSession::on(std::uint32_t number, const wire::Input& input, Instant)
{
    Client& client = *clients_[number];
    const auto end = [&](CloseReason reason) {
        drop(number, reason);
        return Receipt::ended;
    };
    if (!client.playing) return end(CloseReason::unknown_player);
    const TakenInput taken =
        take_input(timeline_, client.negotiated.protocol, number, input, counts_);
    if (taken.fault != CloseReason::none) return end(taken.fault);
    if (!taken.words) return taken.receipt;
    ++client.counts.inputs;
    if (taken.late) ++client.counts.inputs_late;
    if (input.frame >= timeline_.self()) return Receipt::taken; // held until we are there
    each_synced([&](std::uint32_t other, Client& to) {
        if (other != number) send_input(to, number, input.frame, *taken.words);
    });
    return Receipt::taken;
}

// Who controls a port now, or did until a moment ago that the others have not reached.
std::uint32_t HostSession::seated(std::size_t port) const
{
    return timeline_.seats().clients[port] | timeline_.seats_at(timeline_.self()).clients[port];
}

std::variant<std::uint32_t, wire::ModeRefusal>
HostSession::choose_ports(const wire::Play& play) const
{
    netplay::PortTable table{settings_.devices, timeline_.seats().share_modes, {}};
    for (std::size_t port = 0; port < ports_max; ++port)
        table.seated[port] = seated(port);
    return netplay::choose_ports(table, play, has_old_clients());
}

Receipt HostSession::on(std::uint32_t number, const wire::Play& play, Instant)
{
    Client& client = *clients_[number];
    tell_late_leaves(); // before anybody takes what they leave
    if (client.playing) {
        drop(number, CloseReason::unexpected);
        return Receipt::ended;
    }
    if (!client.negotiated.may_play || client.leave_untold || !client.synced) {
        refuse(client, client.negotiated.may_play ? wire::ModeRefusal::too_fast
                                                  : wire::ModeRefusal::not_privileged);
        return Receipt::taken;
    }
    const auto choice = choose_ports(play);
    if (const auto* reason = std::get_if<wire::ModeRefusal>(&choice)) {
        refuse(client, *reason);
        return Receipt::taken;
    }
    const std::uint32_t ports = std::get<std::uint32_t>(choice);
    const Frame frame = timeline_.self();
    auto share_modes = timeline_.seats().share_modes;
    for (std::size_t port = 0; port < ports_max; ++port)
        if ((ports >> port & 1U) != 0 && (seated(port) == 0 || play.share_mode != 0))
            share_modes[port] = netplay::complete_share_mode(play.share_mode);
    if (!timeline_.share(frame, share_modes) || !timeline_.sit(number, frame, ports)) {
        refuse(client, wire::ModeRefusal::too_fast);
        return Receipt::taken;
    }
    timeline_.expect(number, frame);
    client.playing = true;
    tell_mode(number, frame, ports, 0);
    return Receipt::taken;
}

Receipt HostSession::on(std::uint32_t number, const wire::Spectate&, Instant)
{
    Client& client = *clients_[number];
    if (!client.playing) {
        drop(number, CloseReason::mode_unprompted);
        return Receipt::ended;
    }
    const Frame frame = timeline_.read(number);
    const std::uint32_t had_ports = timeline_.seats().ports_of(number);
    client.playing = false;
    if (!timeline_.leave(number, frame)) {
        drop(number, CloseReason::too_many_changes);
        return Receipt::ended;
    }
    wire::Mode mode;
    mode.frame = frame;
    mode.you = true;
    mode.client = number;
    mode.share_modes = timeline_.seats().share_modes;
    mode.nick = client.nick;
    send_mode(client, mode, had_ports);
    client.left_ports = had_ports;
    if (frame > timeline_.self())
        client.leave_untold = frame;
    else
        tell_leave(number, frame, had_ports);
    return Receipt::taken;
}

// What a leaving player sent for frames we have not come to was not told to anybody.
void HostSession::leave(std::uint32_t number)
{
    if (number >= clients_max || clients_[number] == nullptr) return;
    Client& client = *clients_[number];
    if (client.playing || client.leave_untold) {
        const Frame frame = std::min(timeline_.read(number), timeline_.self());
        const std::uint32_t had_ports =
            client.playing ? timeline_.seats().ports_of(number) : client.left_ports;
        client.playing = false;
        if (!timeline_.leave(number, frame)) end_ = CloseReason::too_many_changes;
        client.synced = false;
        tell_leave(number, frame, had_ports);
    }
    clients_[number].reset();
    tell_pauses();
}

void HostSession::play()
{
    if (playing_) return;
    tell_late_leaves();
    const auto choice = choose_ports({});
    if (!std::holds_alternative<std::uint32_t>(choice)) return;
    const std::uint32_t ports = std::get<std::uint32_t>(choice);
    const Frame frame = timeline_.self();
    if (!timeline_.sit(0, frame, ports)) return;
    timeline_.expect(0, frame);
    playing_ = true;
    tell_mode(0, frame, ports, 0);
}

void HostSession::spectate()
{
    if (!playing_) return;
    const Frame frame = timeline_.self();
    const std::uint32_t had_ports = timeline_.seats().ports_of(0);
    if (!timeline_.leave(0, frame)) return;
    playing_ = false;
    tell_mode(0, frame, 0, had_ports);
}

Receipt HostSession::on(std::uint32_t number, const wire::RequestSavestate&, Instant)
{
    ++counts_.states_asked;
    Client& client = *clients_[number];
    ++client.counts.states_asked;
    // A newer RetroArch also asks when seats change: that says nothing about being in sync.
    if (std::exchange(client.crc_open, false)) ++counts_.crcs_objected;
    const Frame self = timeline_.self();
    if (!client.state_due)
        client.state_due =
            client.last_state ? std::max(self, *client.last_state + state_interval) : self;
    return Receipt::taken;
}

Receipt HostSession::on(std::uint32_t number, const wire::Pause&, Instant)
{
    Client& client = *clients_[number];
    if (!client.playing) return Receipt::taken;
    if (!settings_.pausing_allowed) {
        drop(number, CloseReason::not_allowed);
        return Receipt::ended;
    }
    client.paused = true;
    tell_pauses();
    return Receipt::taken;
}

// Each is told while any other has paused: its own pause it knows.
void HostSession::tell_pauses()
{
    each_synced([&](std::uint32_t number, Client& to) {
        const Client* pausing = nullptr;
        for (std::uint32_t other = 1; other < clients_max; ++other)
            if (other != number && clients_[other] && clients_[other]->paused)
                pausing = clients_[other].get();
        if (to.told_paused == (pausing != nullptr)) return;
        to.told_paused = pausing != nullptr;
        if (pausing != nullptr)
            send(to, wire::Pause{pausing->nick});
        else
            send(to, wire::Resume{});
    });
}

Receipt HostSession::on(std::uint32_t number, const wire::Resume&, Instant)
{
    Client& client = *clients_[number];
    if (!client.paused) return Receipt::taken;
    client.paused = false;
    tell_pauses();
    return Receipt::taken;
}

Receipt HostSession::on(std::uint32_t number, const wire::Chat& chat, Instant)
{
    Client& client = *clients_[number];
    if (!client.playing) {
        drop(number, CloseReason::not_allowed);
        return Receipt::ended;
    }
    ++counts_.chats;
    chats_.add({client.nick, chat.text});
    each_synced([&](std::uint32_t, Client& to) {
        if (to.playing && to.negotiated.protocol >= extras_since)
            send(to, wire::Chat{client.nick, chat.text});
    });
    return Receipt::taken;
}

Receipt HostSession::on(std::uint32_t number, const wire::PingRequest&, Instant now)
{
    Client& client = *clients_[number];
    if (client.negotiated.protocol < extras_since) return Receipt::taken;
    send(client, wire::PingResponse{});
    if (!client.ping_sent) {
        client.ping_sent = now;
        send(client, wire::PingRequest{});
    }
    return Receipt::taken;
}

Receipt HostSession::on(std::uint32_t number, const wire::PingResponse&, Instant now)
{
    Client& client = *clients_[number];
    if (client.ping_sent) {
        client.counts.pings.add(now - *client.ping_sent);
        counts_.pings.add(now - *client.ping_sent);
    }
    client.ping_sent.reset();
    return Receipt::taken;
}

Receipt HostSession::on(std::uint32_t number, const wire::UnknownCommand&, Instant)
{
    if (clients_[number]->negotiated.protocol > unknown_is_fatal_until) return Receipt::taken;
    drop(number, CloseReason::unknown_command);
    return Receipt::ended;
}

} // namespace netplay_relay::rollback
