#include "script.hpp"
#include "fresh_id.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::lobby {

namespace {

template <class Id>
Id read_id(std::span<const std::uint8_t> message)
{
    Id id;
    std::ranges::copy(message.subspan(wire::magic_size, wire::id_size), id.bytes.begin());
    return id;
}

template <class Id>
std::string name_in(const std::map<std::string, Id>& names, const Id& id)
{
    for (const auto& [name, known] : names)
        if (known == id) return name;
    return "?";
}

} // namespace

void ScriptedRandom::fill(std::span<std::uint8_t> bytes)
{
    last_size = bytes.size();
    std::ranges::fill(bytes, std::uint8_t{0});
    if (!script.empty()) {
        REQUIRE(script.front().size() == bytes.size());
        std::ranges::copy(script.front(), bytes.begin());
        script.pop_front();
        return;
    }
    ++drawn;
    bytes[bytes.size() - 1] = static_cast<std::uint8_t>(drawn);
    bytes[bytes.size() - 2] = static_cast<std::uint8_t>(drawn >> 8);
    bytes[bytes.size() - 3] = static_cast<std::uint8_t>(drawn >> 16);
}

Policy quiet_policy()
{
    return policy_with([](Limits&) {});
}

Policy promising(std::vector<ReservedSession> reserved)
{
    Policy policy = quiet_policy();
    policy.reserved = std::move(reserved);
    return policy;
}

Script::Script(Policy policy) : lobby(std::move(policy), random)
{
    random.drawn = 0; // the lobby has drawn a salt
}

Words Script::arrives(const std::string& name, std::string_view address)
{
    REQUIRE_FALSE(here_.contains(name));
    ++last_id_;
    const std::string own =
        "198.51." + std::to_string(last_id_ / 250) + "." + std::to_string(1 + last_id_ % 250);
    const auto parsed = wire::parse_address(address.empty() ? std::string_view(own) : address);
    REQUIRE(parsed.has_value());
    ids_[name] = ConnectionId{last_id_};
    peers_[name] = {*parsed, static_cast<std::uint16_t>(last_id_)};
    here_.insert(name);
    return tells(Arrived{ids_[name], peers_[name], profile});
}

void Script::arrive_if_new(const std::string& name)
{
    if (!here_.contains(name)) REQUIRE(arrives(name) == Words{});
}

Words Script::asks(const std::string& host, bool more)
{
    arrive_if_new(host);
    return tells(Greeted{id_of(host), wire::NewSession{}, more});
}

Words Script::joins(const std::string& guest, const std::string& host, Guest kind)
{
    return joins(guest, session_of(host), kind);
}

Words Script::joins(const std::string& guest, const wire::SessionId& session, Guest kind)
{
    arrive_if_new(guest);
    const std::uint64_t drawn = random.drawn;
    // The ticket has its name before the words need it.
    std::copy_n(session.bytes.begin(), ticket_prefix_size, tickets_[guest].bytes.begin());
    tickets_[guest].bytes[wire::id_size - 1] = static_cast<std::uint8_t>(drawn + 1);
    tickets_[guest].bytes[wire::id_size - 2] = static_cast<std::uint8_t>((drawn + 1) >> 8);
    Words words = tells(Greeted{id_of(guest), wire::JoinSession{session}, kind == Guest::speaking});
    if (random.drawn == drawn) tickets_.erase(guest);
    return words;
}

Words Script::accepts(const std::string& host_side, const std::string& guest)
{
    return accepts(host_side, ticket_of(guest));
}

Words Script::accepts(const std::string& host_side, const wire::TicketId& ticket)
{
    arrive_if_new(host_side);
    return tells(Greeted{id_of(host_side), wire::AcceptTicket{ticket}, false});
}

Words Script::is_refused(const std::string& name, wire::Refusal refusal)
{
    arrive_if_new(name);
    return tells(Refused{id_of(name), refusal});
}

Words Script::queries(const std::string& host, const std::string& guest)
{
    return queries(host, ticket_of(guest));
}

Words Script::queries(const std::string& host, const wire::TicketId& ticket)
{
    return tells(Said{id_of(host), wire::AddressQuery{ticket}});
}

Words Script::pongs(const std::string& host) { return tells(Said{id_of(host), wire::Pong{}}); }

Words Script::speaks(const std::string& guest)
{
    bytes_move(guest);
    return tells(Spoke{id_of(guest)});
}

Words Script::is_answered(const std::string& guest)
{
    bytes_move(guest);
    return tells(Answered{id_of(guest)});
}

Words Script::speaks_like_guest(const std::string& host)
{
    return tells(SpokeLikeGuest{id_of(host)});
}

Words Script::finishes(const std::string& name) { return tells(HalfClosed{id_of(name)}); }

Words Script::leaves(const std::string& name, CloseReason how)
{
    is_gone(name);
    return tells(Left{id_of(name), how, false});
}

Words Script::reloads(const Policy& policy)
{
    return tells(Reload{std::make_shared<const Policy>(policy)});
}

Words Script::shuts_down() { return tells(Shutdown{}); }

Words Script::tells(const Event& event)
{
    Output output;
    lobby.handle(event, now, output);
    if (!replying_) outcome = output.outcome;
    lobby.check_consistency();
    // Rooms wait for a tick, as the shell sends one at once where something is due.
    for (int turns = 0; turns < 100 && lobby.next_deadline() && *lobby.next_deadline() <= now;
         ++turns)
        lobby.handle(Tick{}, now, output);
    const auto deadline = lobby.next_deadline();
    REQUIRE((!deadline || *deadline > now));
    for (const LogEvent& told : output.events)
        events_.push_back(event_in_words(told));
    Words words = in_words(output);
    if (std::exchange(replying_, true)) return words;
    const auto append = [&](const Words& more) {
        words.insert(words.end(), more.begin(), more.end());
    };
    while (!answers_.empty() || !replies_.empty()) {
        if (!answers_.empty()) {
            const PortAnswer answer = answers_.front();
            answers_.pop_front();
            append(tells(answer));
            continue;
        }
        const auto [name, bytes] = replies_.front();
        replies_.pop_front();
        if (here_.contains(name)) append(tells(SaidBytes{id_of(name), bytes}));
    }
    replying_ = false;
    return words;
}

Words Script::passes(Duration duration)
{
    Words words;
    const Instant until = now + duration;
    for (;;) {
        const auto deadline = lobby.next_deadline();
        now = std::min(until, deadline.value_or(until));
        const Words more = tells(Tick{});
        words.insert(words.end(), more.begin(), more.end());
        if (now == until) return words;
    }
}

void Script::hosts(const std::string& host, std::string_view address)
{
    REQUIRE(arrives(host, address) == Words{});
    REQUIRE(asks(host) == Words{});
    REQUIRE(passes(lost_guest_watch) == Words{host + " <- RATS"});
}

void Script::waits(const std::string& guest, const std::string& host, Guest kind)
{
    REQUIRE(joins(guest, host, kind) == Words{host + " <- RATL " + guest});
}

void Script::links(const std::string& guest, const std::string& host, Guest kind)
{
    waits(guest, host, kind);
    const std::string host_side = guest + "-side";
    REQUIRE(accepts(host_side, guest) == Words{"join " + guest + " " + host_side});
}

void Script::links_from(std::string_view address, const std::string& guest, const std::string& host)
{
    waits(guest, host);
    REQUIRE(arrives("side", address) == Words{});
    REQUIRE(accepts("side", guest) == Words{"join " + guest + " side"});
}

Words Script::events()
{
    Words all;
    all.swap(events_);
    return all;
}

std::uint64_t Script::said(CloseReason reason) const
{
    return lobby.totals().close_reasons[static_cast<std::size_t>(reason)];
}

wire::TicketId Script::ticket_of(const std::string& guest) const
{
    REQUIRE(tickets_.contains(guest));
    return tickets_.at(guest);
}

wire::SessionId Script::session_of(const std::string& host) const
{
    REQUIRE(sessions_.contains(host));
    return sessions_.at(host);
}

std::string Script::address_of(const std::string& name) const
{
    return wire::to_text(peers_.at(name).address);
}

SessionSnapshot Script::look_at(const std::string& host) const
{
    for (const SessionKey key : lobby.session_keys()) {
        const auto snapshot = lobby.look_at(key);
        REQUIRE(snapshot.has_value());
        if (snapshot->host == id_of(host)) return *snapshot;
    }
    FAIL("no session of " << host);
    return {};
}

Acknowledgement Script::acknowledgement_of(ConnectionId id)
{
    const std::string name = name_of(id);
    if (dead.contains(name)) return {id, Acknowledging::silent};
    if (const auto slow = slow_lines.find(name); slow != slow_lines.end())
        return {id, Acknowledging::waits, slow->second};
    return {id, Acknowledging::all};
}

Words Script::in_words(const Output& output)
{
    Words words;
    for (const Command& command : output.commands) {
        std::string word =
            std::visit([this](const auto& known) { return in_words(known); }, command);
        if (!word.empty()) words.push_back(std::move(word));
        if (const auto* check = std::get_if<CheckAcknowledged>(&command)) {
            const Words more = tells(acknowledgement_of(check->connection));
            words.insert(words.end(), more.begin(), more.end());
        }
        const auto* check = std::get_if<CheckIdle>(&command);
        if (check == nullptr) continue;
        const Words more = tells(Progressed{check->guest, last_byte_[name_of(check->guest)]});
        words.insert(words.end(), more.begin(), more.end());
    }
    return words;
}

std::string Script::in_words(const Send& command)
{
    const std::string host = name_of(command.connection);
    REQUIRE(here_.contains(host));
    const auto bytes = command.bytes.view();
    if (bytes.size() == wire::encode_legacy_port(1).size())
        return host + " <- NEW_PORT " + std::to_string(bytes[10] << 8 | bytes[11]);
    const std::string magic(bytes.begin(), bytes.begin() + wire::magic_size);
    std::string words = host + " <- " + magic;
    if (magic == "RATS") {
        REQUIRE(bytes.size() == wire::tunnel_message_size);
        sessions_[host] = read_id<wire::SessionId>(bytes);
    } else if (magic == "RATL") {
        REQUIRE(bytes.size() == wire::tunnel_message_size);
        words += " " + name_in(tickets_, read_id<wire::TicketId>(bytes));
    } else if (magic == "RATA") {
        REQUIRE(bytes.size() == wire::address_reply_size);
        wire::Address address;
        std::ranges::copy(bytes.subspan(wire::tunnel_message_size), address.bytes.begin());
        words += " " + name_in(tickets_, read_id<wire::TicketId>(bytes)) + " " + to_text(address);
    }
    return words;
}

std::string Script::in_words(const Join& command)
{
    const std::string guest = name_of(command.guest);
    const std::string host_side = name_of(command.host_side);
    REQUIRE((here_.contains(guest) && here_.contains(host_side)));
    partners_[guest] = host_side;
    partners_[host_side] = guest;
    last_byte_[guest] = now;
    return "join " + guest + " " + host_side;
}

std::string Script::in_words(const Close& command)
{
    const std::string name = name_of(command.connection);
    REQUIRE_FALSE(partners_.contains(name));
    is_gone(name);
    const bool silent = command.without_reply && !command.peer_hangs_up &&
                        refusal_reply_for(command.reason) != wire::RefusalReply::none;
    return "close " + name + " " + std::string(word(command.reason)) +
           (silent ? ", without a reply" : "") +
           (command.peer_hangs_up ? ", which hangs up first" : "");
}

std::string Script::in_words(const CloseLink& command)
{
    const std::string guest = name_of(command.guest);
    REQUIRE(partners_.contains(guest));
    is_gone(guest);
    return "close link " + guest + " " + std::string(word(command.reason));
}

std::string Script::in_words(const CheckIdle& command)
{
    const std::string guest = name_of(command.guest);
    REQUIRE((here_.contains(guest) && partners_.contains(guest)));
    return "check " + guest;
}

// No words: it is asked so whenever a neighbour comes. Another answer may have ended it meanwhile.
std::string Script::in_words(const CheckAcknowledged& command)
{
    REQUIRE(name_of(command.connection) != "?");
    return {};
}

std::string Script::name_of(ConnectionId connection) const { return name_in(ids_, connection); }

std::string Script::name_of(const wire::Endpoint& peer) const { return name_in(peers_, peer); }

void Script::is_gone(const std::string& name)
{
    REQUIRE(here_.erase(name) == 1);
    const auto partner = partners_.find(name);
    if (partner == partners_.end()) return;
    REQUIRE(here_.erase(partner->second) == 1);
    partners_.erase(partner->second);
    partners_.erase(name);
}

} // namespace netplay_relay::lobby
