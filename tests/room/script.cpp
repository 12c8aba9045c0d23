#include "script.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <utility>

namespace netplay_relay::room {

namespace {

constexpr std::uint32_t test_salt = 0x01abcdef;

// A room manager that wants to be called again so often at one instant never lets time pass.
constexpr unsigned calls_at_once_max = 10000;

void move_all(RoomManager& from, RoomManager& to, Instant now, Duration later)
{
    for (const std::uint64_t number : from.rooms()) {
        const ByteVector record = from.release(number, now);
        const auto adopted = to.adopt(record, now + later, later);
        INFO(record.size() << " bytes");
        REQUIRE(std::holds_alternative<std::uint64_t>(adopted));
    }
    for (const ConnectionId pending : from.pending()) {
        const auto adopted = to.adopt_pending(from.release_pending(pending), later);
        REQUIRE(std::get<ConnectionId>(adopted) == pending);
    }
    from.check_consistency();
    to.check_consistency();
    REQUIRE(from.use() == RoomUse{});
    REQUIRE_FALSE(from.next_deadline());
}

bool always_moves()
{
    static const bool moves = std::getenv("NETPLAY_TEST_MOVES") != nullptr;
    return moves;
}

} // namespace

wire::Address address_of(const char* text) { return wire::parse_address(text).value(); }

ByteVector state_of(Frame frame, std::size_t size)
{
    ByteVector state(size);
    std::uint32_t seed = frame * 2654435761U + 1;
    for (std::uint8_t& byte : state) {
        seed = seed * 1664525U + 1013904223U;
        byte = (seed >> 28U) == 0 ? static_cast<std::uint8_t>(seed >> 20U) : 0;
    }
    return state;
}

void goes_on(Script& script, const Words& players, Duration duration)
{
    const Instant until = script.now + duration;
    while (script.now < until) {
        for (const std::string& name : players)
            script.sends(name);
        if (script["ann"].is_asked()) script.serves("ann");
        script.passes(50ms);
    }
}

ByteVector stream_of(Frame frame, std::size_t size)
{
    return netplay::compress(state_of(frame, size));
}

Script::Script(RoomSettings settings) : manager(settings, test_salt), settings_(std::move(settings))
{
}

void Script::moves(Duration ahead)
{
    const auto next = manager.next_deadline();
    const RoomUse use = manager.use();
    RoomManager other(settings_, test_salt);
    move_all(manager, other, now, ahead);
    if (next) REQUIRE(other.next_deadline() == *next + ahead);
    move_all(other, manager, now + ahead, -ahead);
    REQUIRE(manager.next_deadline() == next);
    REQUIRE(manager.use() == use);
}

void Script::note(const Output& out)
{
    const auto number = [](const auto value) { return " " + std::to_string(value); };
    for (const OutboundMessage& message : out.messages) {
        std::string line = "to" + number(message.to.value) + ":";
        line.append(message.bytes.begin(), message.bytes.end());
        if (message.shared) line.append(message.shared->begin(), message.shared->end());
        transcript_.push_back(std::move(line));
    }
    for (const Closing& closing : out.closings)
        transcript_.push_back("closed" + number(closing.member.value) +
                              number(static_cast<int>(closing.end)));
    for (const RoomEvent& event : out.events)
        transcript_.push_back(std::string(word(event.kind)) + number(event.member.value) +
                              number(event.players) + number(event.duration.count()) +
                              number(event.repeats) + event.leaver);
}

Client& Script::comes(const std::string& name, const Visit& visit)
{
    netplay::ClientSettings settings;
    settings.self.nick = visit.nick.empty() ? name : visit.nick;
    settings.self.info = visit.game;
    settings.self.platform = visit.platform;
    settings.self.implementation = visit.implementation;
    settings.password = visit.password;
    settings.protocol = visit.protocol;
    arrives(name, visit.admission);
    clients_.erase(name);
    Client& client = clients_.emplace(name, Client(name, std::move(settings))).first->second;
    says(name, client.start());
    return client;
}

Client& Script::joins(const std::string& name, const Visit& visit)
{
    Client& client = comes(name, visit);
    for (unsigned tries = 0; !client.is_synced() && tries < 3; ++tries) {
        const auto asked = std::ranges::find_if(
            clients_, [&](const auto& entry) { return entry.second.is_asked(); });
        if (asked == clients_.end()) break;
        serves(asked->first);
    }
    INFO(name);
    CHECK(client.is_synced());
    return client;
}

Client& Script::plays(const std::string& name, const wire::Play& play)
{
    says(name, play);
    return clients_.at(name);
}

Client& Script::joins_and_plays(const std::string& name, const Visit& visit)
{
    joins(name, visit);
    plays(name);
    INFO(name);
    CHECK(clients_.at(name).is_playing());
    return clients_.at(name);
}

void Script::arrives(const std::string& name, const Admission& admission)
{
    ids_[name] = ConnectionId{++last_id_};
    ends_.erase(name);
    carry_out([&](Output& out) { manager.enter(ids_.at(name), admission, now, out); });
}

void Script::says(const std::string& name, const ByteVector& bytes)
{
    carry_out([&](Output& out) { manager.receive(ids_.at(name), bytes, now, out); });
}

ByteVector Script::answer(const std::string& name) { return std::exchange(answers_[name], {}); }

void Script::says(const std::string& name, const wire::Command& command)
{
    says(name, clients_.at(name).bytes_of(command));
}

void Script::sends(const std::string& name, unsigned frames)
{
    for (unsigned count = 0; count < frames; ++count)
        says(name, clients_.at(name).next_input());
}

void Script::rounds(const Words& names, unsigned frames)
{
    for (unsigned count = 0; count < frames; ++count) {
        for (const std::string& name : names)
            sends(name);
        passes(Duration(1s) / 60);
    }
}

void Script::watches(const std::string& name)
{
    clients_.at(name).watches();
    says(name, wire::Spectate{});
}

void Script::serves(const std::string& name)
{
    const Frame frame = clients_.at(name).now();
    serves(name, frame, stream_of(frame));
}

void Script::serves(const std::string& name, Frame frame, const ByteVector& stream,
                    std::uint32_t size)
{
    Client& client = clients_.at(name);
    client.serves(frame);
    wire::LoadSavestate load;
    load.frame = frame;
    load.size = size;
    load.data = stream;
    says(name, load);
}

void Script::leaves(const std::string& name, CloseReason how)
{
    carry_out([&](Output& out) { manager.leave(ids_.at(name), now, out, how); });
    clients_.erase(name);
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

void Script::deliver(Output out)
{
    std::deque<Output> outputs{std::move(out)};
    for (; !outputs.empty(); outputs.pop_front()) {
        const Output told = std::move(outputs.front());
        all_events_.insert(all_events_.end(), told.events.begin(), told.events.end());
        note(told);
        std::vector<std::pair<ConnectionId, ByteVector>> replies;
        for (const OutboundMessage& message : told.messages) {
            const std::string name = name_of(message.to);
            INFO(name);
            CHECK_FALSE(ends_.contains(name)); // nothing behind its closing
            ByteVector bytes = message.bytes;
            if (message.shared) {
                bytes.insert(bytes.end(), message.shared->begin(), message.shared->end());
                states_.push_back(message.shared);
            }
            ByteVector& answer = answers_[name];
            answer.insert(answer.end(), bytes.begin(), bytes.end());
            const auto client = clients_.find(name);
            if (client != clients_.end())
                replies.emplace_back(message.to, client->second.hear(bytes));
        }
        for (const Closing& closing : told.closings) {
            CHECK_FALSE(ends_.contains(name_of(closing.member)));
            ends_.emplace(name_of(closing.member), closing.end);
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
    const auto next = manager.next_deadline();
    transcript_.push_back("next " + std::to_string(next ? (*next - now).count() : -1));
}

std::string Script::name_of(ConnectionId id) const
{
    for (const auto& [name, known] : ids_)
        if (known == id) return name;
    return "somebody";
}

std::optional<CloseReason> Script::end_of(const std::string& name) const
{
    const auto found = ends_.find(name);
    if (found == ends_.end()) return std::nullopt;
    return found->second;
}

bool Script::is_in(const std::string& name) const
{
    const auto rooms = manager.look();
    return std::ranges::any_of(rooms, [&](const RoomSnapshot& room) {
        return std::ranges::any_of(room.members, [&](const MemberSnapshot& member) {
            return member.connection == ids_.at(name);
        });
    });
}

Words Script::events()
{
    Words words;
    for (; events_asked_ < all_events_.size(); ++events_asked_) {
        const RoomEvent& event = all_events_[events_asked_];
        words.push_back(std::string(word(event.kind)) + (event.nick.empty() ? "" : " ") +
                        event.nick);
    }
    return words;
}

RoomSnapshot Script::look() const
{
    auto rooms = manager.look();
    REQUIRE(rooms.size() == 1);
    return std::move(rooms.front());
}

MemberSnapshot Script::look(const std::string& name) const
{
    for (const RoomSnapshot& room : manager.look())
        for (const MemberSnapshot& member : room.members)
            if (member.connection == ids_.at(name)) return member;
    FAIL(name << " is in no room");
    return {};
}

void Script::forget_what_was_told()
{
    for (auto& [name, client] : clients_)
        (void)client.heard();
    events_asked_ = all_events_.size();
    states_.clear();
}

} // namespace netplay_relay::room
