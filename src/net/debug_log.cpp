#include "net/debug_log.hpp"

#include "netplay_relay/wire/address.hpp"

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

const char* word_of(lobby::Departure how)
{
    switch (how) {
    case lobby::Departure::left: return "left";
    case lobby::Departure::lost: return "lost";
    case lobby::Departure::too_slow: return "too_slow";
    case lobby::Departure::memory_short: return "memory_short";
    }
    return "left";
}

// Empty for what is not worth a line.
struct EventWords
{
    std::string operator()(const lobby::Arrived& event) const
    {
        return "arrived" + number(event.connection) + named("peer", wire::to_text(event.peer)) +
               (event.door.session == 0 ? "" : named("to_session", to_string(event.door.session))) +
               (event.door.room == 0 ? "" : named("to_room", to_string(event.door.room)));
    }
    std::string operator()(const lobby::Greeted& event) const
    {
        return "greeted" + number(event.connection) +
               named("as", std::visit(GreetingWords{}, event.greeting)) + yes("more", event.more);
    }
    std::string operator()(const lobby::Refused& event) const
    {
        return "refused" + number(event.connection) +
               named("reason", std::string(lobby::word(lobby::goodbye_for(event.refusal))));
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
        return "left" + number(event.connection) + named("how", word_of(event.how));
    }
    std::string operator()(const lobby::StoodStill&) const { return "stood_still"; }
    std::string operator()(const lobby::Drain&) const { return "drain"; }
    std::string operator()(const lobby::Reload&) const { return "reload"; }
    std::string operator()(const lobby::Shutdown&) const { return "shutdown"; }
    std::string operator()(const lobby::MemberSaid&) const { return {}; }
    std::string operator()(const lobby::Progressed&) const { return {}; }
    std::string operator()(const lobby::Tick&) const { return {}; }
};

struct OrderWords
{
    std::string operator()(const lobby::Send& order) const
    {
        const auto bytes = order.bytes.view();
        std::string magic;
        for (const std::uint8_t byte : bytes.first(std::min<std::size_t>(4, bytes.size())))
            if (byte >= 'A' && byte <= 'Z') magic += static_cast<char>(byte);
        return "send" + number(order.connection) + named("what", magic.empty() ? "port" : magic);
    }
    std::string operator()(const lobby::Join& order) const
    {
        return "join" + named("guest", to_string(order.guest.value)) +
               named("host_leg", to_string(order.host_leg.value));
    }
    std::string operator()(const lobby::Close& order) const
    {
        return "close" + number(order.connection) +
               named("reason", std::string(lobby::word(order.goodbye)));
    }
    std::string operator()(const lobby::CloseLink& order) const
    {
        return "close_link" + named("guest", to_string(order.guest.value)) +
               named("reason", std::string(lobby::word(order.goodbye)));
    }
    // Of the other stages the event before tells as much.
    std::string operator()(const lobby::Become& order) const
    {
        if (order.stage != lobby::Stage::member) return {};
        return "enter_room" + number(order.connection);
    }
    std::string operator()(const lobby::OpenPort& order) const
    {
        return "open_port" + named("port", to_string(order.port));
    }
    std::string operator()(const lobby::ClosePort& order) const
    {
        return "close_port" + named("port", to_string(order.port));
    }
    std::string operator()(const lobby::CheckIdle& order) const
    {
        return "check_idle" + named("guest", to_string(order.guest.value));
    }
    std::string operator()(const lobby::CheckAcknowledged& order) const
    {
        return "check_acknowledged" + number(order.connection);
    }
    std::string operator()(const lobby::Deliver&) const { return {}; }
};

} // namespace

void log_event(const lobby::Event& event)
{
    const std::string words = std::visit(EventWords{}, event);
    if (!words.empty()) spdlog::debug("heard event={}", words);
}

void log_order(const lobby::Action& order)
{
    const std::string words = std::visit(OrderWords{}, order);
    if (!words.empty()) spdlog::debug("ordered order={}", words);
}

} // namespace netplay_relay::net
