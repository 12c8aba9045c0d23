#include "script.hpp"

#include "party/control.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <utility>

namespace netplay_relay::party {

namespace {

// A party manager that wants to be called again so often at one instant never lets time pass.
constexpr unsigned calls_at_once_max = 1000;
constexpr std::uint16_t worker = 3;
constexpr Duration greeting = 10s;

void move_all(PartyManager& from, PartyManager& to, Duration later)
{
    for (const std::uint64_t number : from.parties()) {
        const Bytes record = from.release(number);
        const auto adopted = to.adopt(record, later);
        INFO(record.size() << " bytes");
        REQUIRE(std::holds_alternative<std::uint64_t>(adopted));
        REQUIRE(std::get<std::uint64_t>(adopted) == number);
    }
    for (const ConnectionId pending : from.pending()) {
        const auto adopted = to.adopt_pending(from.release_pending(pending), later);
        REQUIRE(std::get<ConnectionId>(adopted) == pending);
    }
    REQUIRE_FALSE(to.adopt_memory(from.release_memory(), later));
    from.check_consistency();
    to.check_consistency();
    REQUIRE(from.use() == PartyUse{});
    REQUIRE_FALSE(from.next_deadline());
}

bool always_moves()
{
    static const bool moves = std::getenv("NETPLAY_TEST_MOVES") != nullptr;
    return moves;
}

} // namespace

wire::Address address_of(const std::string& text) { return wire::parse_address(text).value(); }

std::string close_text(CloseReason reason, const std::string& text)
{
    return write_close(reason, text.empty() ? std::string(sentence_for(reason)) : text);
}

std::string left_text(std::int32_t id, const std::string& why)
{
    return "{\"left\":" + std::to_string(id) + ",\"why\":\"" + why + "\"}";
}

void two_play(Script& script)
{
    script.hosts("ann");
    script.joins("bob", 2);
    script.takes("ann");
    script.forget_what_was_told();
}

void four_play(Script& script, bool mesh)
{
    script.hosts("ann", {.mesh = mesh});
    script.joins("bob", 2);
    script.joins("carl", 3);
    script.joins("dan", 4);
    for (const char* name : {"ann", "bob", "carl", "dan"})
        script.takes(name);
    script.forget_what_was_told();
}

Doorkeeper Script::doorkeeper()
{
    return {[this](ConnectionId id, std::span<const std::string> forwarded)
                -> std::variant<Doorkeeper::Admitted, CloseReason> {
                const auto admitted = admits ? admits(id, forwarded) : addresses_.at(id);
                if (const auto* reason = std::get_if<CloseReason>(&admitted)) return *reason;
                return Doorkeeper::Admitted{std::get<wire::Address>(admitted), is_behind_proxy};
            },
            [this](ConnectionId) { return may_host; }, [this](ConnectionId) { return may_join; }};
}

Script::Script(PartySettings settings)
    : manager(
          settings, doorkeeper(),
          [this](std::span<std::uint8_t> bytes) {
              ++drawn;
              for (std::size_t at = 0; at < bytes.size(); ++at)
                  bytes[at] = static_cast<std::uint8_t>(drawn >> (8 * (at % 4)));
          },
          worker),
      settings_(std::move(settings))
{
}

void Script::moves(Duration ahead)
{
    const auto next = manager.next_deadline();
    const PartyUse use = manager.use();
    const std::uint64_t passed = manager.counts().packets_passed;
    PartyManager other(
        settings_, doorkeeper(), [](std::span<std::uint8_t>) {}, worker);
    move_all(manager, other, ahead);
    if (next) REQUIRE(other.next_deadline() == *next + ahead);
    move_all(other, manager, -ahead);
    REQUIRE(manager.next_deadline() == next);
    REQUIRE(manager.use() == use);
    REQUIRE(manager.counts().packets_passed == passed);
}

ScriptedPeer& Script::arrives(const std::string& name, const std::string& address)
{
    const ConnectionId id{++last_id_};
    ids_[name] = id;
    addresses_[id] = address_of(address);
    ScriptedPeer& client = clients_.try_emplace(name, name).first->second;
    client.connects();
    carry_out([&](Output& out) { manager.enter(id, addresses_.at(id), now + greeting, now, out); });
    return client;
}

ScriptedPeer& Script::opens(const std::string& name, const std::string& address)
{
    ScriptedPeer& client = arrives(name, address);
    says(name, bytes_of_text(upgrade_request()));
    return client;
}

ScriptedPeer& Script::hosts(const std::string& name, const Hosting& hosting)
{
    clients_.erase(name);
    ScriptedPeer& client = opens(name, hosting.address);
    std::string words = "{\"host\":{\"game\":\"" + hosting.game +
                        "\",\"max\":" + std::to_string(hosting.max) +
                        ",\"mesh\":" + (hosting.mesh ? "true" : "false");
    if (hosting.shown) words += ",\"shown\":true";
    if (!hosting.code.empty()) words += ",\"code\":\"" + hosting.code + "\"";
    says(name, words + "}}");
    return client;
}

ScriptedPeer& Script::joins(const std::string& name, std::int32_t id, const Joining& joining)
{
    clients_.erase(name);
    const std::string typed = joining.code.empty() ? code() : joining.code;
    ScriptedPeer& client = opens(name, joining.address);
    says(name, "{\"join\":{\"code\":\"" + typed + "\",\"game\":\"" + joining.game +
                   "\",\"id\":" + std::to_string(id) + "}}");
    return client;
}

ScriptedPeer& Script::returns(const std::string& name)
{
    return returns(name, clients_.at(name).got);
}

ScriptedPeer& Script::returns(const std::string& name, std::uint64_t got)
{
    ScriptedPeer& client = opens(name, wire::to_text(addresses_.at(ids_.at(name))));
    says(name, "{\"return\":\"" + tokens_.at(name) + "\",\"got\":" + std::to_string(got) + "}");
    return client;
}

void Script::says(const std::string& name, std::span<const std::uint8_t> bytes)
{
    carry_out([&](Output& out) { manager.receive(ids_.at(name), bytes, now, out); });
}

void Script::says(const std::string& name, const std::string& text)
{
    says(name, masked(websocket::Kind::text, bytes_of_text(text)));
}

void Script::sends(const std::string& name, const std::vector<Sent>& packets)
{
    says(name, masked(websocket::Kind::binary, packets_of(packets)));
}

void Script::sends(const std::string& name, std::int32_t target, char mode,
                   const std::string& payload)
{
    sends(name, {Sent{target, mode, payload}});
}

void Script::takes(const std::string& name) { says(name, clients_.at(name).progress()); }

void Script::hangs_up(const std::string& name)
{
    says(name, masked(websocket::Kind::close, std::array<std::uint8_t, 2>{0x03, 0xE8}));
}

CloseReason Script::is_lost(const std::string& name, CloseReason how)
{
    CloseReason means{};
    carry_out([&](Output& out) { means = manager.leave(ids_.at(name), now, out, how); });
    return means;
}

void Script::passes(Duration duration)
{
    const Instant until = now + duration;
    unsigned calls = 0;
    for (auto due = manager.next_deadline(); due && *due <= until; due = manager.next_deadline()) {
        calls = *due <= now ? calls + 1 : 0;
        REQUIRE(calls < calls_at_once_max);
        now = std::max(now, *due);
        carry_out([&](Output& out) { manager.tick(now, out); });
    }
    now = until;
}

void Script::goes_on(const Words& players, Duration duration, Duration step)
{
    const Instant until = now + duration;
    while (now < until) {
        passes(std::min(step, until - now));
        for (const std::string& name : players)
            if (clients_.at(name).welcomed && !end_of(name)) takes(name);
    }
}

void Script::adopts(const PartySettings& settings)
{
    settings_ = settings;
    manager.adopt(settings);
    manager.check_consistency();
}

void Script::carry_out(const std::function<void(Output&)>& act)
{
    Output out;
    act(out);
    deliver(std::move(out));
}

void Script::take(const OutboundMessage& message,
                  std::vector<std::pair<ConnectionId, Bytes>>& replies)
{
    const std::string name = name_of(message.to);
    INFO(name);
    CHECK_FALSE(ends_.contains(message.to)); // nothing behind its closing
    Bytes bytes = message.bytes;
    if (message.shared) bytes.insert(bytes.end(), message.shared->begin(), message.shared->end());
    CHECK_FALSE(bytes.empty());
    const auto client = clients_.find(name);
    if (client == clients_.end()) return;
    replies.emplace_back(message.to, client->second.hear(bytes));
    if (client->second.welcomed) tokens_[name] = client->second.welcomed->token;
}

void Script::deliver(Output out)
{
    std::deque<Output> outputs{std::move(out)};
    for (; !outputs.empty(); outputs.pop_front()) {
        const Output told = std::move(outputs.front());
        all_events_.insert(all_events_.end(), told.events.begin(), told.events.end());
        std::vector<std::pair<ConnectionId, Bytes>> replies;
        for (const OutboundMessage& message : told.messages)
            take(message, replies);
        for (const Closing& closing : told.closings) {
            CHECK_FALSE(ends_.contains(closing.connection));
            ends_.emplace(closing.connection, closing.end);
        }
        manager.check_consistency();
        for (const auto& [id, bytes] : replies) {
            if (bytes.empty()) continue;
            outputs.emplace_back();
            manager.receive(id, bytes, now, outputs.back());
        }
    }
    manager.check_consistency();
    if (always_moves()) moves();
}

std::string Script::name_of(ConnectionId id) const
{
    for (const auto& [name, known] : ids_)
        if (known == id) return name;
    return "somebody";
}

std::optional<CloseReason> Script::end_of(const std::string& name) const
{
    const auto found = ends_.find(ids_.at(name));
    if (found == ends_.end()) return std::nullopt;
    return found->second;
}

void Script::forget_what_was_told()
{
    for (auto& [name, client] : clients_)
        (void)client.told();
    events_asked_ = all_events_.size();
}

Words Script::events()
{
    Words words;
    for (; events_asked_ < all_events_.size(); ++events_asked_) {
        const PartyEvent& event = all_events_[events_asked_];
        std::string words_of_one(word(event.kind));
        if (event.peer != 0) words_of_one += " " + std::to_string(event.peer);
        if (event.reason != CloseReason{}) words_of_one += " " + std::string(word(event.reason));
        words.push_back(std::move(words_of_one));
    }
    return words;
}

PartySnapshot Script::look() const
{
    const auto all = manager.look();
    REQUIRE(all.size() == 1);
    return all.front();
}

PeerSnapshot Script::look(std::int32_t peer) const
{
    const PartySnapshot all = look();
    const auto found = std::ranges::find(all.peers, peer, &PeerSnapshot::id);
    REQUIRE(found != all.peers.end());
    return *found;
}

} // namespace netplay_relay::party
