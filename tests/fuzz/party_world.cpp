#include "party_world.hpp"

#include "base/byte_order.hpp"
#include "base/ensure.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace netplay_relay::fuzz {

namespace {

using namespace std::chrono_literals;
using party::CloseReason;
using party::PartyManager;
using websocket::Kind;

constexpr std::size_t head_size = 10;
constexpr std::size_t serial_size = 8;
constexpr std::size_t ticks_max = 4000;
constexpr websocket::Limits no_limits{1U << 20U, 1U << 20U};

void append_little(Bytes& to, std::uint32_t value)
{
    for (const std::uint8_t byte : little_endian(value))
        to.push_back(byte);
}

template <class Name>
std::optional<record::Fault> fault_of(const std::variant<Name, record::Fault>& adopted)
{
    const auto* fault = std::get_if<record::Fault>(&adopted);
    return fault == nullptr ? std::nullopt : std::optional(*fault);
}

void move_all(PartyManager& from, PartyManager& to, Duration later)
{
    const party::PartyUse use = from.use();
    for (const std::uint64_t number : from.parties())
        ensure(!fault_of(to.adopt(from.release(number), later)), "a party is not adopted");
    for (const ConnectionId id : from.pending())
        ensure(!fault_of(to.adopt_pending(from.release_pending(id), later)), "one is not adopted");
    ensure(!to.adopt_memory(from.release_memory(), later), "a memory is not adopted");
    ensure(from.use() == party::PartyUse{} && !from.next_deadline(), "somebody is left");
    to.check_consistency();
    ensure(to.use() == use, "somebody is lost on the way");
}

} // namespace

const std::string upgrade_request =
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: netplay-relay.godot.1\r\n\r\n";

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

party::PartySettings settings_of(Decisions& decisions, bool tight)
{
    party::PartySettings settings;
    settings.parties = 3;
    settings.peers = 4;
    settings.peers_per_address = 3;
    settings.packet_bytes = 3000;
    settings.hold = std::chrono::seconds(decisions.below(11));
    settings.reserved.push_back({party::parse_code("OURPARTY").value(), {}});
    settings.reserved.back().networks.push_back(wire::parse_network("::/0").value());
    if (!tight) return settings;
    settings.kept_bytes = 4000;
    settings.kept_bytes_in_all = 9000;
    settings.messages_per_second = 20;
    settings.bytes_per_second = 20000;
    return settings;
}

World::World(party::PartySettings settings) : settings_(std::move(settings)), manager_(make()) {}

std::unique_ptr<PartyManager> World::make()
{
    party::Doorkeeper doorkeeper{[this](ConnectionId id, std::span<const std::string>)
                                     -> std::variant<party::Doorkeeper::Admitted, CloseReason> {
                                     return party::Doorkeeper::Admitted{addresses_[id]};
                                 },
                                 [](ConnectionId) { return true; },
                                 [](ConnectionId) { return true; }};
    return std::make_unique<PartyManager>(
        settings_, std::move(doorkeeper),
        [this](std::span<std::uint8_t> bytes) {
            ++drawn_;
            for (std::size_t at = 0; at < bytes.size(); ++at)
                bytes[at] = static_cast<std::uint8_t>(drawn_ >> (8 * (at % 4)));
        },
        std::uint16_t{1});
}

void World::enter(Person& person, std::uint8_t address)
{
    person = Person{};
    person.id = ConnectionId{++connections_};
    person.inside = true;
    addresses_[person.id].bytes[15] = address;
    manager_->enter(person.id, addresses_[person.id], now_ + 5s, now_, out_);
    look();
}

void World::tell(Person& person, const Bytes& bytes, std::size_t cut)
{
    if (!person.inside) return manager_->receive(person.id, bytes, now_, out_), look();
    Bytes all = std::exchange(person.unsaid, {});
    all.insert(all.end(), bytes.begin(), bytes.end());
    const std::size_t size = cut == 0 ? all.size() : std::min(cut, all.size());
    person.unsaid.assign(all.begin() + static_cast<std::ptrdiff_t>(size), all.end());
    manager_->receive(person.id, std::span(all).first(size), now_, out_);
    look();
}

void World::say(Person& person, const std::string& text, std::size_t cut)
{
    frame(person, Kind::text, bytes_of(text), cut);
}

void World::frame(Person& person, Kind kind, const Bytes& payload, std::size_t cut)
{
    Bytes bytes;
    websocket::append_masked_frame(bytes, kind, payload, {1, 2, 3, 4});
    tell(person, bytes, cut);
}

void World::take(Person& person, std::size_t cut)
{
    say(person,
        "{\"got\":" + std::to_string(place_of(person).got) +
            ",\"seen\":" + std::to_string(person.seen) + "}",
        cut);
}

void World::come_back(Person& person, std::uint8_t which)
{
    if (places_.empty()) return;
    auto place = places_.begin();
    std::advance(place, which % places_.size());
    say(person,
        "{\"return\":\"" + place->first + "\",\"got\":" + std::to_string(place->second.got) + "}",
        0);
}

void World::host_or_join(Person& person, bool mesh, int id)
{
    const auto parties = manager_->look();
    const auto open = std::ranges::find_if(parties, [](const auto& one) { return !one.closing; });
    if (open == parties.end())
        return say(person,
                   std::string(R"({"host":{"game":"x","mesh":)") + (mesh ? "true}}" : "false}}"),
                   0);
    say(person,
        "{\"join\":{\"code\":\"" + to_text(open->code) +
            "\",\"game\":\"x\",\"id\":" + std::to_string(id) + "}}",
        0);
}

void World::append_packet(Bytes& message, std::int32_t target, std::uint8_t mode, std::size_t size,
                          const std::vector<std::int32_t>& list, bool listed)
{
    size = std::max(size, serial_size);
    append_little(message, listed ? static_cast<std::uint32_t>(list.size())
                                  : static_cast<std::uint32_t>(target));
    message.push_back(listed ? mode | 0x80U : mode);
    message.push_back(7);
    append_little(message, static_cast<std::uint32_t>(size));
    for (const std::int32_t one : list)
        append_little(message, static_cast<std::uint32_t>(one));
    const auto serial = little_endian(++serial_);
    message.insert(message.end(), serial.begin(), serial.end());
    message.resize(message.size() + size - serial_size);
}

void World::leave(Person& person, CloseReason how)
{
    if (!std::exchange(person.inside, false)) return;
    (void)manager_->leave(person.id, now_, out_, how);
    look();
}

void World::wait(Duration duration)
{
    const Instant until = now_ + duration;
    std::size_t ticks = 0;
    for (auto due = manager_->next_deadline(); due && *due <= until;
         due = manager_->next_deadline()) {
        now_ = std::max(now_, *due);
        ensure(++ticks < ticks_max, "the party manager wants to be called all the time");
        manager_->tick(now_, out_);
        look();
    }
    now_ = until;
}

void World::move(bool forth_only)
{
    auto other = make();
    move_all(*manager_, *other, 100s);
    if (forth_only) {
        now_ += 100s;
        manager_ = std::move(other);
    } else {
        move_all(*other, *manager_, -100s);
    }
}

void World::act(const std::function<void(PartyManager&, Instant, party::Output&)>& what)
{
    what(*manager_, now_, out_);
    look();
}

void World::all_go()
{
    for (Person& person : people)
        leave(person, CloseReason::lost);
    wait(40s);
    ensure(manager_->use() == party::PartyUse{}, "something is left of those who are gone");
    ensure(!manager_->next_deadline(), "the party manager waits for nobody");
}

bool World::adopt_anything(record::Kind kind, const Bytes& body, Duration later, Instant now)
{
    now_ = now;
    const Bytes sealed = record::seal(kind, body);
    const auto fault = kind == record::Kind::party
                           ? fault_of(manager_->adopt(sealed, later))
                           : fault_of(manager_->adopt_pending(sealed, later));
    manager_->check_consistency();
    if (fault) {
        ensure(*fault == record::Fault::nonsense, "a fault that nobody can have made");
        ensure(manager_->use() == party::PartyUse{}, "something of nonsense is kept");
        return false;
    }
    for (int turn = 0; turn < 8; ++turn) {
        const auto due = manager_->next_deadline();
        if (!due) break;
        now_ = std::max(now_, *due);
        manager_->tick(now_, out_);
        manager_->check_consistency();
        std::vector<ConnectionId> inside = manager_->pending();
        for (const std::uint64_t number : manager_->parties())
            for (const ConnectionId id : manager_->connections_of(number))
                inside.push_back(id);
        for (const ConnectionId id : inside)
            manager_->receive(id, Bytes{0x8A, 0x80, 0, 0, 0, 0}, now_, out_); // a pong
        manager_->check_consistency();
    }
    auto other = make();
    move_all(*manager_, *other, {});
    other->close_all(now_, out_, CloseReason::shutdown);
    ensure(other->use() == party::PartyUse{}, "something is left of those who are gone");
    return true;
}

std::uint64_t World::some_party(std::uint8_t which) const
{
    const auto all = manager_->parties();
    return all.empty() ? 0 : all[which % all.size()];
}

void World::look()
{
    manager_->check_consistency();
    for (const OutboundMessage& message : out_.messages) {
        Person* person = find(message.to);
        ensure(person != nullptr, "a message to nobody");
        hear(*person, message);
    }
    for (const party::Closing& closing : out_.closings) {
        Person* person = find(closing.connection);
        ensure(person != nullptr, "somebody is closed who is not inside");
        person->inside = false;
    }
    out_.clear();
    const party::PartyUse use = manager_->use();
    const auto inside =
        std::ranges::count_if(people, [](const Person& person) { return person.inside; });
    ensure(std::cmp_equal(use.peers + use.entering, inside), "others are counted than there are");
    ensure(use.kept_bytes <= settings_.kept_bytes_in_all || settings_.kept_bytes_in_all < 20000,
           "more is kept than may be");
}

void World::hear(Person& person, const OutboundMessage& message)
{
    Bytes bytes = message.bytes;
    if (message.shared) bytes.insert(bytes.end(), message.shared->begin(), message.shared->end());
    ensure(!bytes.empty(), "nothing is said");
    if (!std::exchange(person.is_open, true)) return; // all of HTTP is one message
    hear_frames(person, bytes);
}

void World::hear_frames(Person& person, std::span<const std::uint8_t> bytes)
{
    const auto fault = person.reader.feed(bytes, no_limits, [&](const websocket::Message& said) {
        if (said.kind == Kind::text)
            hear_text(person, std::string(said.payload.begin(), said.payload.end()));
        else if (said.kind == Kind::binary)
            hear_packets(person, said.payload);
        return true;
    });
    ensure(!fault && person.reader.kept() == 0, "what is said is not whole frames");
}

void World::hear_text(Person& person, const std::string& text)
{
    constexpr std::size_t token_size = 32;
    constexpr std::string_view token_key = "\"token\":\"";
    if (text.starts_with("{\"got\":")) return;
    if (text.starts_with("{\"welcome\":")) {
        const std::size_t at = text.find(token_key) + token_key.size();
        person.token = text.substr(at, token_size);
        person.seen = 0;
        return;
    }
    if (!person.token.empty()) ++place_of(person).got;
}

void World::hear_packets(Person& person, std::span<const std::uint8_t> message)
{
    person.seen += message.size();
    Place& place = place_of(person);
    if (message[4] == 2) ++place.got;
    while (!message.empty()) {
        ensure(message.size() >= head_size + serial_size, "half a packet");
        const bool is_reliable = message[4] == 2;
        const auto source = load_little<std::uint32_t>(message);
        const std::size_t size = load_little<std::uint32_t>(message.subspan(6));
        const auto serial = load_little<std::uint64_t>(message.subspan(head_size));
        ensure(message[5] == 7 && size <= message.size() - head_size, "another packet");
        ensure(!is_reliable || serial > std::exchange(place.last[source], serial), "out of order");
        message = message.subspan(head_size + size);
    }
}

Person* World::find(ConnectionId id)
{
    for (Person& person : people)
        if (person.inside && person.id == id) return &person;
    return nullptr;
}

} // namespace netplay_relay::fuzz
