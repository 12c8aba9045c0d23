#include "handshake_steps.hpp"

#include "netplay/password.hpp"
#include "wire/netplay_encode.hpp"

#include <utility>

namespace netplay_relay::netplay {

namespace {

// What the player is told when the handshake ended by itself.
const char* sentence(CloseReason end)
{
    switch (end) {
    case CloseReason::not_netplay: return "The peer does not speak netplay.";
    case CloseReason::host_full: return "Netplay host full.";
    case CloseReason::banned: return "You are banned from this host.";
    case CloseReason::no_common_protocol:
        return "The host runs a version of netplay that does not meet ours.";
    case CloseReason::implementation: return "The host runs another build of protocol 4.";
    case CloseReason::no_compression: return "The host cannot compress savestates.";
    case CloseReason::password_needed: return "The host asks for a password.";
    case CloseReason::wrong_password: return "Incorrect password.";
    case CloseReason::different_core: return "The host runs a different core.";
    case CloseReason::probe: return "The peer is no host.";
    case CloseReason::malformed: return "The host sent a damaged handshake.";
    case CloseReason::unexpected_command: return "The host left the order of the handshake.";
    default: return "";
    }
}

} // namespace

ClientHandshake::ClientHandshake(ClientSettings settings) : settings_(std::move(settings)) {}

void ClientHandshake::start(std::vector<std::uint8_t>& out)
{
    const Identity& self = settings_.self;
    if (settings_.protocol == 4) {
        wire::encode_opening(wire::NetplayHeader4{implementation_4(), self.platform}, out);
        return;
    }
    wire::NetplayHeader header;
    header.platform = self.platform;
    header.salt_or_highest = settings_.protocol == 5 ? 0 : settings_.protocol;
    header.protocol = 5;
    header.implementation = self.implementation;
    wire::encode_opening(header, out);
}

HandshakeState ClientHandshake::receive(wire::CommandStream& stream, std::vector<std::uint8_t>& out)
{
    while (state_ == HandshakeState::going)
        if (!(stage_ == Stage::header ? take_header(stream, out) : take_command(stream, out)))
            break;
    return state_;
}

void ClientHandshake::refused(CloseReason end, wire::ToldReason reason)
{
    told_ = reason;
    fail(end);
}

void ClientHandshake::fail(CloseReason end)
{
    stage_ = Stage::over;
    state_ = HandshakeState::ended;
    end_ = end;
}

bool ClientHandshake::take_header(wire::CommandStream& stream, std::vector<std::uint8_t>& out)
{
    header_begun_ = header_begun_ || !stream.unread().empty();
    const auto decoded = wire::decode_opening(stream.unread());
    if (std::holds_alternative<wire::NeedMore>(decoded)) return false;
    const auto* taken = std::get_if<wire::Taken<wire::Opening>>(&decoded);
    if (taken == nullptr) {
        fail(CloseReason::not_netplay);
        return true;
    }
    stream.take(taken->used);
    if (const auto* header = std::get_if<wire::NetplayHeader>(&taken->message))
        enter(*header, out);
    else if (const auto* header_4 = std::get_if<wire::NetplayHeader4>(&taken->message))
        enter_4(*header_4, out);
    else if (const auto* full = std::get_if<wire::HostFull>(&taken->message))
        refused(CloseReason::host_full, full->reason);
    else if (const auto* denies = std::get_if<wire::HostDenies>(&taken->message))
        refused(CloseReason::banned, denies->reason);
    else
        fail(CloseReason::not_netplay);
    return true;
}

// Protocol 4 was offered alone, so a header of the other shape is a refusal.
void ClientHandshake::enter(const wire::NetplayHeader& header, std::vector<std::uint8_t>& out)
{
    if (settings_.protocol == 4 || header.protocol < 5 || header.protocol > settings_.protocol)
        return fail(CloseReason::no_common_protocol);
    negotiate_header(header.protocol, header, negotiated_);
    introduce(header.salt_or_highest, out);
}

void ClientHandshake::enter_4(const wire::NetplayHeader4& header, std::vector<std::uint8_t>& out)
{
    if (settings_.protocol != 4) return fail(CloseReason::no_common_protocol);
    if (header.implementation != implementation_4()) return fail(CloseReason::implementation);
    negotiate_header(4, header, negotiated_);
    introduce(header.salt, out);
}

// NICK first: a RetroArch host expects PASSWORD behind it.
void ClientHandshake::introduce(std::uint32_t salt, std::vector<std::uint8_t>& out)
{
    if (salt != 0 && settings_.password.empty()) return fail(CloseReason::password_needed);
    stage_ = Stage::nick;
    say(wire::Nick{settings_.self.nick}, out);
    if (salt == 0) return;
    say(wire::Password{password_hash(salt, settings_.password)}, out);
    password_sent_ = true;
}

bool ClientHandshake::take_command(wire::CommandStream& stream, std::vector<std::uint8_t>& out)
{
    const wire::Dialect dialect{negotiated_.protocol, negotiated_.info_layout, wire::Side::server,
                                settings_.savestate_max};
    const Awaited awaited = stage_ == Stage::nick   ? Awaited::nick
                            : stage_ == Stage::info ? Awaited::info
                                                    : Awaited::sync;
    const NextStep step = next_step(stream, dialect, awaited);
    if (std::holds_alternative<wire::NeedMore>(step)) return false;
    if (const auto* end = std::get_if<CloseReason>(&step)) {
        fail(*end);
        return true;
    }
    const auto& [command, used] = std::get<wire::Taken<wire::Command>>(step);
    if (const auto* nick = std::get_if<wire::Nick>(&command)) {
        negotiated_.nick = nick->nick;
        stage_ = Stage::info;
    } else if (const auto* info = std::get_if<wire::Info>(&command)) {
        if (negotiate_info(*info, stream, settings_.self.info, dialect, negotiated_)) {
            stage_ = Stage::sync;
            say(settings_.self.info, out);
        } else {
            fail(CloseReason::different_core);
        }
    } else if (std::holds_alternative<wire::EmptyInfo>(command)) {
        // A host with nothing loaded takes over our INFO and sends it back.
        if (++empty_infos_ <= empty_infos_max)
            say(settings_.self.info, out);
        else
            fail(CloseReason::malformed);
    } else {
        take_sync(command);
    }
    stream.take(used);
    return true;
}

void ClientHandshake::take_sync(const wire::Command& command)
{
    const auto keep = [this](auto sync) {
        sram_.assign(sync.sram.begin(), sync.sram.end());
        sync.sram = sram_;
        sync_ = std::move(sync);
        stage_ = Stage::over;
        state_ = HandshakeState::done;
    };
    if (const auto* sync_4 = std::get_if<wire::Sync4>(&command)) return keep(*sync_4);
    if (const auto* sync = std::get_if<wire::Sync>(&command)) keep(*sync);
}

void ClientHandshake::say(const wire::Command& command, std::vector<std::uint8_t>& out) const
{
    const wire::Dialect dialect{negotiated_.protocol, negotiated_.info_layout, wire::Side::client,
                                settings_.savestate_max};
    wire::encode_command(command, dialect, out);
}

std::string ClientHandshake::if_closed_now() const
{
    if (state_ == HandshakeState::done) return "The host has closed the connection.";
    if (state_ == HandshakeState::ended) {
        const std::string told = wire::sentence(told_);
        return told.empty() ? sentence(end_)
                            : std::string(sentence(end_)) + " The relay's reason is " + told + ".";
    }
    switch (stage_) {
    case Stage::header:
        return header_begun_ ? "Failed to receive header from host (closed within its header)."
                             : "Failed to connect to host (closed before its header).";
    case Stage::nick: return "Failed to receive nickname from host (closed after its header).";
    case Stage::info:
        return password_sent_ ? "Incorrect password (closed after its NICK)."
                              : "Refused by the host (closed after its NICK), which RetroArch "
                                "shows as: Incorrect password.";
    case Stage::sync:
        return "Your ping is too high for this host, or it runs a different core (closed after "
               "its INFO).";
    case Stage::over: break;
    }
    return "The host has closed the connection.";
}

} // namespace netplay_relay::netplay
