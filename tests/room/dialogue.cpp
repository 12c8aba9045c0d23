#include "dialogue.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <utility>

namespace netplay_relay::room {

namespace {

constexpr std::uint32_t test_salt = 0x01abcdef;

// A hall that wants to be called again so often at one instant never lets time pass.
constexpr unsigned calls_at_once_max = 10000;

void move_all(Hall& from, Hall& to, Instant now, Duration later)
{
    for (const std::uint64_t number : from.rooms()) {
        const ByteVector record = from.release(number, now);
        const auto adopted = to.adopt(record, now + later, later);
        INFO(record.size() << " bytes");
        REQUIRE(std::holds_alternative<std::uint64_t>(adopted));
    }
    for (const ConnectionId visitor : from.visitors()) {
        const auto adopted = to.adopt_visitor(from.release_visitor(visitor), later);
        REQUIRE(std::get<ConnectionId>(adopted) == visitor);
    }
    from.check_consistency();
    to.check_consistency();
    REQUIRE(from.use() == HallUse{});
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

void goes_on(Dialogue& hall, const Words& players, Duration duration)
{
    const Instant until = hall.now + duration;
    while (hall.now < until) {
        for (const std::string& name : players)
            hall.sends(name);
        if (hall["ann"].is_asked()) hall.serves("ann");
        hall.passes(50ms);
    }
}

ByteVector stream_of(Frame frame, std::size_t size)
{
    return netplay::compress(state_of(frame, size));
}

Dialogue::Dialogue(RoomSettings settings)
    : hall(settings, test_salt), settings_(std::move(settings))
{
}

void Dialogue::moves(Duration ahead)
{
    const auto next = hall.next_deadline();
    const HallUse use = hall.use();
    Hall other(settings_, test_salt);
    move_all(hall, other, now, ahead);
    if (next) REQUIRE(other.next_deadline() == *next + ahead);
    move_all(other, hall, now + ahead, -ahead);
    REQUIRE(hall.next_deadline() == next);
    REQUIRE(hall.use() == use);
}

void Dialogue::note(const Outcome& out)
{
    const auto number = [](const auto value) { return " " + std::to_string(value); };
    for (const Parcel& parcel : out.parcels) {
        std::string line = "to" + number(parcel.to.value) + ":";
        line.append(parcel.bytes.begin(), parcel.bytes.end());
        if (parcel.state) line.append(parcel.state->begin(), parcel.state->end());
        transcript_.push_back(std::move(line));
    }
    for (const Closing& closing : out.closings)
        transcript_.push_back("closed" + number(closing.member.value) +
                              number(static_cast<int>(closing.end)));
    for (const RoomNews& news : out.news)
        transcript_.push_back(std::string(word(news.kind)) + number(news.member.value) +
                              number(news.players) + number(news.duration.count()) +
                              number(news.repeats) + news.leaver);
}

Client& Dialogue::comes(const std::string& name, const Visit& visit)
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

Client& Dialogue::joins(const std::string& name, const Visit& visit)
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

Client& Dialogue::plays(const std::string& name, const wire::Play& play)
{
    says(name, play);
    return clients_.at(name);
}

Client& Dialogue::joins_and_plays(const std::string& name, const Visit& visit)
{
    joins(name, visit);
    plays(name);
    INFO(name);
    CHECK(clients_.at(name).is_playing());
    return clients_.at(name);
}

void Dialogue::arrives(const std::string& name, const Admission& admission)
{
    ids_[name] = ConnectionId{++last_id_};
    ends_.erase(name);
    carry_out([&](Outcome& out) { hall.enter(ids_.at(name), admission, now, out); });
}

void Dialogue::says(const std::string& name, const ByteVector& bytes)
{
    carry_out([&](Outcome& out) { hall.receive(ids_.at(name), bytes, now, out); });
}

ByteVector Dialogue::answer(const std::string& name) { return std::exchange(answers_[name], {}); }

void Dialogue::says(const std::string& name, const wire::Command& command)
{
    says(name, clients_.at(name).bytes_of(command));
}

void Dialogue::sends(const std::string& name, unsigned frames)
{
    for (unsigned count = 0; count < frames; ++count)
        says(name, clients_.at(name).next_input());
}

void Dialogue::rounds(const Words& names, unsigned frames)
{
    for (unsigned count = 0; count < frames; ++count) {
        for (const std::string& name : names)
            sends(name);
        passes(Duration(1s) / 60);
    }
}

void Dialogue::watches(const std::string& name)
{
    clients_.at(name).watches();
    says(name, wire::Spectate{});
}

void Dialogue::serves(const std::string& name)
{
    const Frame frame = clients_.at(name).now();
    serves(name, frame, stream_of(frame));
}

void Dialogue::serves(const std::string& name, Frame frame, const ByteVector& stream,
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

void Dialogue::leaves(const std::string& name, MemberEnd how)
{
    carry_out([&](Outcome& out) { hall.leave(ids_.at(name), now, out, how); });
    clients_.erase(name);
}

void Dialogue::passes(Duration duration)
{
    const Instant until = now + duration;
    unsigned calls = 0;
    for (auto due = hall.next_deadline(); due && *due <= until; due = hall.next_deadline()) {
        calls = *due <= now ? calls + 1 : 0;
        REQUIRE(calls < calls_at_once_max);
        now = std::max(now, *due);
        carry_out([&](Outcome& out) { hall.tick(now, out); });
    }
    now = until;
}

void Dialogue::deliver(Outcome out)
{
    std::deque<Outcome> outcomes{std::move(out)};
    for (; !outcomes.empty(); outcomes.pop_front()) {
        const Outcome told = std::move(outcomes.front());
        all_news_.insert(all_news_.end(), told.news.begin(), told.news.end());
        note(told);
        std::vector<std::pair<ConnectionId, ByteVector>> replies;
        for (const Parcel& parcel : told.parcels) {
            const std::string name = name_of(parcel.to);
            INFO(name);
            CHECK_FALSE(ends_.contains(name)); // nothing behind its closing
            ByteVector bytes = parcel.bytes;
            if (parcel.state) {
                bytes.insert(bytes.end(), parcel.state->begin(), parcel.state->end());
                states_.push_back(parcel.state);
            }
            ByteVector& answer = answers_[name];
            answer.insert(answer.end(), bytes.begin(), bytes.end());
            const auto client = clients_.find(name);
            if (client != clients_.end())
                replies.emplace_back(parcel.to, client->second.hear(bytes));
        }
        for (const Closing& closing : told.closings) {
            CHECK_FALSE(ends_.contains(name_of(closing.member)));
            ends_.emplace(name_of(closing.member), closing.end);
        }
        hall.check_consistency();
        for (const auto& [id, bytes] : replies) {
            if (bytes.empty()) continue;
            outcomes.emplace_back();
            hall.receive(id, bytes, now, outcomes.back());
        }
    }
    hall.check_consistency();
    if (always_moves()) moves();
    const auto next = hall.next_deadline();
    transcript_.push_back("next " + std::to_string(next ? (*next - now).count() : -1));
}

std::string Dialogue::name_of(ConnectionId id) const
{
    for (const auto& [name, known] : ids_)
        if (known == id) return name;
    return "somebody";
}

std::optional<MemberEnd> Dialogue::end_of(const std::string& name) const
{
    const auto found = ends_.find(name);
    if (found == ends_.end()) return std::nullopt;
    return found->second;
}

bool Dialogue::is_in(const std::string& name) const
{
    const auto rooms = hall.look();
    return std::ranges::any_of(rooms, [&](const RoomSnapshot& room) {
        return std::ranges::any_of(room.members, [&](const MemberSnapshot& member) {
            return member.connection == ids_.at(name);
        });
    });
}

Words Dialogue::news()
{
    Words words;
    for (; news_asked_ < all_news_.size(); ++news_asked_) {
        const RoomNews& news = all_news_[news_asked_];
        words.push_back(std::string(word(news.kind)) + (news.nick.empty() ? "" : " ") + news.nick);
    }
    return words;
}

RoomSnapshot Dialogue::look() const
{
    auto rooms = hall.look();
    REQUIRE(rooms.size() == 1);
    return std::move(rooms.front());
}

MemberSnapshot Dialogue::look(const std::string& name) const
{
    for (const RoomSnapshot& room : hall.look())
        for (const MemberSnapshot& member : room.members)
            if (member.connection == ids_.at(name)) return member;
    FAIL(name << " is in no room");
    return {};
}

void Dialogue::forget_what_was_told()
{
    for (auto& [name, client] : clients_)
        (void)client.heard();
    news_asked_ = all_news_.size();
    states_.clear();
}

} // namespace netplay_relay::room
