#include "net/debug_log.hpp"

#include "wire/address.hpp"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <string>
#include <variant>

namespace netplay_relay::net {

namespace {

using std::to_string;

std::string named(const char* key, const std::string& value)
{
    return std::string(" ") + key + "=" + value;
}

std::string number(lobby::ConnectionId id) { return named("connection", to_string(id.value)); }

std::string yes(const char* key, bool is_so) { return is_so ? named(key, "true") : ""; }

struct GreetingWords
{
    std::string operator()(const wire::NewSession&) const { return "new_session"; }
    std::string operator()(const wire::JoinSession& join) const
    {
        return "join_session" + named("session", wire::to_text(join.session));
    }
    // Who knows a ticket is taken for the host that was told it: not even a log has it.
    std::string operator()(const wire::AcceptTicket&) const { return "accept_ticket"; }
    std::string operator()(const wire::ManualJoin&) const { return "manual_join"; }
    std::string operator()(const wire::LegacyPortRequest&) const { return "legacy_port"; }
    std::string operator()(const wire::WebRequest&) const { return "web_request"; }
};

const char* word_of(lobby::Acknowledging state)
{
    switch (state) {
    case lobby::Acknowledging::all: return "all";
    case lobby::Acknowledging::waits: return "waits";
    case lobby::Acknowledging::silent: return "silent";
    }
    return "all";
}

// Empty for what is not worth a line.
struct EventWords
{
    std::string operator()(const lobby::Arrived& event) const
    {
        return "arrived" + number(event.connection) + named("peer", wire::to_text(event.peer)) +
               (event.profile.session == 0
                    ? ""
                    : named("to_session", to_string(event.profile.session))) +
               (event.profile.room == 0 ? "" : named("to_room", to_string(event.profile.room)));
    }
    std::string operator()(const lobby::Greeted& event) const
    {
        return "greeted" + number(event.connection) +
               named("as", std::visit(GreetingWords{}, event.greeting)) + yes("more", event.more);
    }
    std::string operator()(const lobby::Refused& event) const
    {
        return "refused" + number(event.connection) +
               named("reason", std::string(wire::word(lobby::close_reason_for(event.refusal))));
    }
    std::string operator()(const lobby::Said& event) const
    {
        const bool pong = std::holds_alternative<wire::Pong>(event.message);
        return "said" + number(event.connection) + named("what", pong ? "pong" : "address_query");
    }
    std::string operator()(const lobby::SpokeLikeGuest& event) const
    {
        return "spoke_like_guest" + number(event.connection);
    }
    std::string operator()(const lobby::Spoke& event) const
    {
        return "spoke" + number(event.guest);
    }
    std::string operator()(const lobby::Answered& event) const
    {
        return "answered" + number(event.guest);
    }
    std::string operator()(const lobby::Introduced& event) const
    {
        return "introduced" + number(event.connection) +
               named("client", event.client ? wire::to_text(*event.client) : "none");
    }
    std::string operator()(const lobby::HalfClosed& event) const
    {
        return "half_closed" + number(event.connection);
    }
    std::string operator()(const lobby::Acknowledgement& event) const
    {
        return "acknowledgement" + number(event.connection) + named("state", word_of(event.state));
    }
    std::string operator()(const lobby::PortAnswer& event) const
    {
        return "port" + named("port", to_string(event.port)) + yes("open", event.open);
    }
    std::string operator()(const lobby::Left& event) const
    {
        return "left" + number(event.connection) + named("how", std::string(wire::word(event.how)));
    }
    std::string operator()(const lobby::StoodStill&) const { return "stood_still"; }
    std::string operator()(const lobby::HandoverFailed&) const { return "handover_failed"; }
    std::string operator()(const lobby::OpenElsewhere&) const { return "open_elsewhere"; }
    std::string operator()(const lobby::SeeFleet&) const { return "see_fleet"; }
    std::string operator()(const lobby::SetShare&) const { return "set_share"; }
    std::string operator()(const lobby::SetAddressShares& event) const
    {
        return "set_address_shares" + named("networks", to_string(event.shares->size()));
    }
    std::string operator()(const lobby::Relieve&) const { return "relieve"; }
    std::string operator()(const lobby::SetPlacing&) const { return "set_placing"; }
    std::string operator()(const lobby::GameMoved& event) const
    {
        return (event.has_ended ? "game_ended" : "game_moved") +
               named("worker", to_string(event.worker));
    }
    std::string operator()(const lobby::News&) const { return "news"; }
    std::string operator()(const lobby::Drain&) const { return "drain"; }
    std::string operator()(const lobby::Undrain&) const { return "undrain"; }
    std::string operator()(const lobby::TakeNew& event) const
    {
        return "take_new" + yes("allowed", event.allowed);
    }
    std::string operator()(const lobby::EndSession& event) const
    {
        return "end_session" + named("session", wire::to_text(event.session));
    }
    std::string operator()(const lobby::EndLink& event) const
    {
        return "end_link" + named("guest", to_string(event.guest.value));
    }
    std::string operator()(const lobby::EndRoom& event) const
    {
        return "end_room" + named("room", to_string(event.room));
    }
    std::string operator()(const lobby::EndParty& event) const
    {
        return "end_party" + named("party", to_string(event.party));
    }
    std::string operator()(const lobby::SendPeerAway& event) const
    {
        return "send_peer_away" + named("party", to_string(event.party)) +
               named("id", to_string(event.peer));
    }
    std::string operator()(const lobby::SendAway& event) const
    {
        return "send_away" + number(event.who);
    }
    std::string operator()(const lobby::SetBan& event) const
    {
        return "ban" + named("network", wire::to_text(event.ban.network));
    }
    std::string operator()(const lobby::AdoptBans& event) const
    {
        return "adopt_bans" + named("bans", to_string(event.bans.size()));
    }
    std::string operator()(const lobby::LiftBan& event) const
    {
        return "lift_ban" + named("network", wire::to_text(event.network));
    }
    std::string operator()(const lobby::Reserve& event) const
    {
        return "reserve" + named("session", wire::to_text(event.reservation.id));
    }
    std::string operator()(const lobby::LiftReservation& event) const
    {
        return "lift_reservation" + named("session", wire::to_text(event.id));
    }
    std::string operator()(const lobby::Say&) const { return "say"; }
    std::string operator()(const lobby::Reload&) const { return "reload"; }
    std::string operator()(const lobby::Shutdown&) const { return "shutdown"; }
    std::string operator()(const lobby::SaidBytes&) const { return {}; }
    std::string operator()(const lobby::Progressed&) const { return {}; }
    std::string operator()(const lobby::Tick&) const { return {}; }
};

struct CommandWords
{
    std::string operator()(const lobby::Send& command) const
    {
        const auto bytes = command.bytes.view();
        std::string magic;
        for (const std::uint8_t byte : bytes.first(std::min<std::size_t>(4, bytes.size())))
            if (byte >= 'A' && byte <= 'Z') magic += static_cast<char>(byte);
        return "send" + number(command.connection) + named("what", magic.empty() ? "port" : magic);
    }
    std::string operator()(const lobby::Join& command) const
    {
        return "join" + named("guest", to_string(command.guest.value)) +
               named("host_side", to_string(command.host_side.value));
    }
    std::string operator()(const lobby::Close& command) const
    {
        return "close" + number(command.connection) +
               named("reason", std::string(wire::word(command.reason)));
    }
    std::string operator()(const lobby::CloseLink& command) const
    {
        return "close_link" + named("guest", to_string(command.guest.value)) +
               named("reason", std::string(wire::word(command.reason)));
    }
    // Of the other stages the event before tells as much.
    std::string operator()(const lobby::Become& command) const
    {
        if (!lobby::is_heard(command.stage)) return {};
        return (command.stage == lobby::Stage::member ? "enter_room" : "enter_party") +
               number(command.connection);
    }
    std::string operator()(const lobby::OpenPort& command) const
    {
        return "open_port" + named("port", to_string(command.port));
    }
    std::string operator()(const lobby::ClosePort& command) const
    {
        return "close_port" + named("port", to_string(command.port));
    }
    std::string operator()(const lobby::CheckIdle& command) const
    {
        return "check_idle" + named("guest", to_string(command.guest.value));
    }
    std::string operator()(const lobby::CheckAcknowledged& command) const
    {
        return "check_acknowledged" + number(command.connection);
    }
    std::string operator()(const lobby::SpeaksFor& command) const
    {
        return "speaks_for" + number(command.connection) +
               named("peer", wire::to_text(command.peer));
    }
    std::string operator()(const lobby::PassOn& command) const
    {
        return "pass_on" + number(command.connection) +
               named("worker", std::to_string(command.worker));
    }
    std::string operator()(const lobby::TellWorker& command) const
    {
        return "tell_worker" + named("worker", to_string(command.worker));
    }
    std::string operator()(const lobby::TellWorkers&) const { return "tell_workers"; }
    std::string operator()(const lobby::Deliver&) const { return {}; }
};

} // namespace

void log_event(const lobby::Event& event)
{
    const std::string words = std::visit(EventWords{}, event);
    if (!words.empty()) spdlog::debug("heard event={}", words);
}

void log_command(const lobby::Command& command)
{
    const std::string words = std::visit(CommandWords{}, command);
    if (!words.empty()) spdlog::debug("wanted command={}", words);
}

} // namespace netplay_relay::net
