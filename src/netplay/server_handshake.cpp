#include "handshake_steps.hpp"

#include "base/ensure.hpp"
#include "netplay/password.hpp"
#include "wire/netplay_encode.hpp"

#include <utility>

namespace netplay_relay::netplay {

ServerHandshake::ServerHandshake(ServerSettings settings) : settings_(std::move(settings))
{
    const auto hash_of = [&](const std::string& password) {
        return password.empty() ? password : password_hash(settings_.salt, password);
    };
    play_hash_ = hash_of(std::exchange(settings_.password, {}));
    watch_hash_ = hash_of(std::exchange(settings_.spectate_password, {}));
    ensure(!wants_password() || settings_.salt != 0, "a password without a salt");
    negotiated_.may_play = settings_.any_password || !wants_password();
}

// Until the header is there no protocol is known.
bool ServerHandshake::is_possible() const
{
    const auto may_be_hash = [](const std::string& hash) {
        return hash.empty() || hash.size() == password_hash_size;
    };
    if (!may_be_hash(play_hash_) || !may_be_hash(watch_hash_)) return false;
    if (wants_password() && settings_.salt == 0) return false;
    const std::uint32_t protocol = negotiated_.protocol;
    if (stage_ != Stage::header && (protocol < 4 || protocol > 7)) return false;
    switch (state_) {
    case HandshakeState::going:
        return stage_ != Stage::over &&
               (stage_ != Stage::info || !settings_.self.info.core_name.empty());
    case HandshakeState::password_given: return stage_ == Stage::nick && !password_known_;
    case HandshakeState::introduced:
        return stage_ == Stage::introduction && is_core_name(negotiated_.info.core_name);
    case HandshakeState::done:
        return stage_ == Stage::over && is_core_name(negotiated_.info.core_name);
    default: return false;
    }
}

bool ServerHandshake::wants_password() const
{
    return settings_.any_password || !play_hash_.empty() || !watch_hash_.empty();
}

HandshakeState ServerHandshake::receive(wire::CommandStream& stream, std::vector<std::uint8_t>& out)
{
    while (state_ == HandshakeState::going)
        if (!(stage_ == Stage::header ? take_header(stream, out) : take_command(stream, out)))
            break;
    return state_;
}

void ServerHandshake::fail(CloseReason end)
{
    stage_ = Stage::over;
    state_ = HandshakeState::ended;
    end_ = end;
}

bool ServerHandshake::take_header(wire::CommandStream& stream, std::vector<std::uint8_t>& out)
{
    const auto decoded = wire::decode_opening(stream.unread());
    if (std::holds_alternative<wire::NeedMore>(decoded)) return false;
    const auto* taken = std::get_if<wire::Taken<wire::Opening>>(&decoded);
    if (taken == nullptr) {
        fail(CloseReason::not_netplay);
        return true;
    }
    stream.take(taken->used);
    if (const auto* header = std::get_if<wire::NetplayHeader>(&taken->message)) {
        enter(*header, out);
    } else if (const auto* header_4 = std::get_if<wire::NetplayHeader4>(&taken->message)) {
        enter_4(*header_4, out);
    } else if (std::holds_alternative<wire::Probe>(taken->message)) {
        say_header(settings_.highest_protocol, out);
        fail(CloseReason::probe);
    } else {
        fail(CloseReason::not_netplay);
    }
    return true;
}

void ServerHandshake::enter(const wire::NetplayHeader& header, std::vector<std::uint8_t>& out)
{
    const auto protocol = wire::choose_protocol(header, settings_.highest_protocol);
    if (!protocol) return refuse(CloseReason::no_common_protocol, out);
    if ((header.compression & wire::compression_zlib) == 0)
        return refuse(CloseReason::no_compression, out);
    negotiate_header(*protocol, header, negotiated_);
    stage_ = Stage::nick;
    say_header(*protocol, out);
}

void ServerHandshake::enter_4(const wire::NetplayHeader4& header, std::vector<std::uint8_t>& out)
{
    if (!settings_.protocol_4) return refuse(CloseReason::no_common_protocol, out);
    if (!settings_.echo_header && header.implementation != implementation_4())
        return refuse(CloseReason::implementation, out);
    if ((header.compression & wire::compression_zlib) == 0)
        return refuse(CloseReason::no_compression, out);
    negotiate_header(4, header, negotiated_);
    stage_ = Stage::nick;
    wire::NetplayHeader4 answer;
    answer.implementation = header.implementation;
    answer.platform = settings_.echo_header ? header.platform : settings_.self.platform;
    answer.salt = wants_password() ? settings_.salt : 0;
    wire::encode_opening(answer, out);
}

void ServerHandshake::say_header(std::uint32_t protocol, std::vector<std::uint8_t>& out) const
{
    wire::NetplayHeader header;
    const bool echo = settings_.echo_header && negotiated_.protocol != 0; // a probe has no header
    header.platform = echo ? negotiated_.platform : settings_.self.platform;
    header.salt_or_highest = wants_password() ? settings_.salt : 0;
    header.protocol = protocol;
    header.implementation = echo ? negotiated_.implementation : settings_.self.implementation;
    wire::encode_opening(header, out);
}

// Without a salt: a client that looked at it first would ask its player for a password in vain.
void ServerHandshake::refuse(CloseReason end, std::vector<std::uint8_t>& out)
{
    wire::NetplayHeader header;
    header.platform = settings_.self.platform;
    header.implementation = settings_.self.implementation;
    wire::encode_opening(header, out);
    fail(end);
}

bool ServerHandshake::take_command(wire::CommandStream& stream, std::vector<std::uint8_t>& out)
{
    Awaited awaited = Awaited::info;
    if (stage_ == Stage::nick) {
        awaited = nick_known_ ? Awaited::nothing : Awaited::nick;
        if (wants_password() && !password_known_) awaited = awaited | Awaited::password;
    }
    const wire::Dialect dialect{negotiated_.protocol, negotiated_.info_layout, wire::Side::client,
                                settings_.savestate_max};
    const NextStep step = next_step(stream, dialect, awaited);
    if (std::holds_alternative<wire::NeedMore>(step)) return false;
    if (const auto* end = std::get_if<CloseReason>(&step)) {
        fail(*end);
        return true;
    }
    const auto& [command, used] = std::get<wire::Taken<wire::Command>>(step);
    if (const auto* nick = std::get_if<wire::Nick>(&command)) {
        nick_known_ = true;
        negotiated_.nick = nick->nick;
        say(wire::Nick{settings_.self.nick}, out);
        greet_if_known(out);
    } else if (const auto* password = std::get_if<wire::Password>(&command)) {
        if (settings_.looks_later && !settings_.any_password) {
            given_hash_ = password->hash;
            state_ = HandshakeState::password_given;
        } else {
            check_password(password->hash);
            greet_if_known(out);
        }
    } else if (const auto* info = std::get_if<wire::Info>(&command)) {
        if (stage_ == Stage::introduction)
            take_introduction(*info, stream, dialect);
        else
            check_info(*info, stream, dialect);
    } else if (++empty_infos_ <= empty_infos_max && stage_ == Stage::info) { // EmptyInfo
        say(settings_.self.info, out);
    } else {
        fail(CloseReason::malformed);
    }
    stream.take(used);
    return true;
}

void ServerHandshake::look_at_password(std::vector<std::uint8_t>& out)
{
    ensure(state_ == HandshakeState::password_given, "looked at a password before it was given");
    state_ = HandshakeState::going;
    check_password(given_hash_);
    greet_if_known(out);
}

void ServerHandshake::check_password(const std::string& hash)
{
    const auto is_it = [&](const std::string& known) {
        return !known.empty() && same_hash(hash, known);
    };
    password_known_ = true;
    if (settings_.any_password)
        negotiated_.password_hash = hash;
    else if (is_it(play_hash_))
        negotiated_.may_play = true;
    else if (!is_it(watch_hash_))
        fail(CloseReason::wrong_password);
}

// INFO goes out as soon as it is known who asks, and with which right.
void ServerHandshake::greet_if_known(std::vector<std::uint8_t>& out)
{
    if (state_ != HandshakeState::going || !nick_known_) return;
    if (wants_password() && !password_known_) return;
    if (settings_.self.info.core_name.empty()) {
        stage_ = Stage::introduction;
        say(wire::EmptyInfo{}, out);
        return;
    }
    stage_ = Stage::info;
    say(settings_.self.info, out);
}

// Only a name that can be one tells in which of the two layouts a client of protocol 5 speaks, if
// its build is unknown.
void ServerHandshake::take_introduction(const wire::Info& info, const wire::CommandStream& stream,
                                        wire::Dialect dialect)
{
    negotiated_.info = info;
    if (dialect.protocol == 5 && !is_core_name(info.core_name)) {
        dialect.info = other_layout(dialect.info);
        const auto decoded = stream.next(dialect);
        const auto* taken = std::get_if<wire::Taken<wire::Command>>(&decoded);
        const auto* other = taken ? std::get_if<wire::Info>(&taken->message) : nullptr;
        if (other != nullptr && is_core_name(other->core_name)) {
            negotiated_.info = *other;
            negotiated_.info_layout = dialect.info;
        }
    }
    if (!is_core_name(negotiated_.info.core_name)) return fail(CloseReason::malformed);
    state_ = HandshakeState::introduced;
}

void ServerHandshake::load(wire::Info info, std::vector<std::uint8_t>& out)
{
    ensure(state_ == HandshakeState::introduced, "loaded before the client was asked");
    settings_.self.info = std::move(info);
    stage_ = Stage::info;
    state_ = HandshakeState::going;
    say(settings_.self.info, out);
}

void ServerHandshake::check_info(const wire::Info& info, const wire::CommandStream& stream,
                                 const wire::Dialect& dialect)
{
    if (!negotiate_info(info, stream, settings_.self.info, dialect, negotiated_))
        return fail(CloseReason::different_core);
    stage_ = Stage::over;
    state_ = HandshakeState::done;
}

void ServerHandshake::say(const wire::Command& command, std::vector<std::uint8_t>& out) const
{
    const wire::Dialect dialect{negotiated_.protocol, negotiated_.info_layout, wire::Side::server,
                                settings_.savestate_max};
    wire::encode_command(command, dialect, out);
}

} // namespace netplay_relay::netplay
