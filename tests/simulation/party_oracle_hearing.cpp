// What peers have said, and what they are told, as it passes the relay.
#include "party_oracle.hpp"

#include "party/client_control.hpp"
#include "party/settings.hpp"

#include <algorithm>
#include <string_view>

namespace netplay_relay::simulation {

namespace {

using websocket::Kind;

constexpr websocket::Limits any_size{1U << 20U, 1U << 26U};
constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::uint8_t whole_text = 0x81;
constexpr std::uint8_t whole_binary = 0x82;

bool is_frame(std::span<const std::uint8_t> bytes)
{
    return !bytes.empty() && (bytes[0] == whole_text || bytes[0] == whole_binary);
}

} // namespace

void PartyOracle::sees(const lobby::Event& event, const lobby::Output& output, lobby::Instant now)
{
    if (const auto* said = std::get_if<lobby::SaidBytes>(&event))
        hears(said->connection, said->bytes, now);
    for (const lobby::LogEvent& told : output.events)
        if (const auto* in_party = std::get_if<lobby::PartyEvent>(&told))
            happens(in_party->event, now);
    for (const lobby::Command& command : output.commands)
        if (const auto* deliver = std::get_if<lobby::Deliver>(&command))
            is_sent(deliver->message, now);
    for (const lobby::LogEvent& told : output.events)
        if (const auto* gone = std::get_if<lobby::PeerGone>(&told)) is_gone(*gone);
}

void PartyOracle::hears(lobby::ConnectionId id, std::span<const std::uint8_t> bytes,
                        lobby::Instant now)
{
    const auto found = lines_.find(id);
    if (found == lines_.end() || !found->second.who->is_honest()) return;
    Line& line = found->second;
    if (line.is_over) return;
    std::vector<std::uint8_t> rest(bytes.begin(), bytes.end());
    if (!line.is_upgraded) {
        line.head.insert(line.head.end(), bytes.begin(), bytes.end());
        const auto end = std::ranges::search(line.head, head_end);
        if (end.empty()) return;
        line.is_upgraded = true;
        rest.assign(end.end(), line.head.end());
    }
    const auto fault = line.reader.feed(rest, any_size, [&](const websocket::Message& message) {
        hears_message(id, line, message, now);
        return !line.is_over;
    });
    line.is_over = line.is_over || fault.has_value();
}

void PartyOracle::hears_message(lobby::ConnectionId id, Line& line,
                                const websocket::Message& message, lobby::Instant now)
{
    Participant& who = *line.who;
    line.is_over = message.kind == Kind::close;
    if (who.connection != id) return;
    if (message.kind == Kind::text) hears_text(who, line, message.payload);
    if (message.kind == Kind::binary && !who.leaving) hears_packets(who, message.payload, now);
}

void PartyOracle::hears_text(Participant& who, Line& line, std::span<const std::uint8_t> text)
{
    const auto control = party::read_control(text);
    if (!control) return;
    if (const auto* progress = std::get_if<party::Progress>(&*control))
        line.seen = progress->seen.value_or(line.seen);
    Table* table = table_of(who);
    if (who.leaving || who.id != host_of_party || table == nullptr) return;
    if (const auto* refuse = std::get_if<party::RefuseNew>(&*control))
        table->refuses = refuse->refuse;
    if (const auto* kick = std::get_if<party::Kick>(&*control)) {
        const auto kicked = table->members.find(kick->id);
        if (kicked != table->members.end() && !kicked->second->leaving)
            kicked->second->leaving = wire::CloseReason::kicked;
    }
}

void PartyOracle::hears_packets(Participant& who, std::span<const std::uint8_t> message,
                                lobby::Instant now)
{
    party::PacketReader reader(message, party::packet_bytes_max, party::peers_max);
    while (const auto packet = reader.next())
        hears_packet(who, *packet, now);
    if (reader.fault()) complains(who, "has sent what it did not");
}

void PartyOracle::hears_packet(Participant& who, const party::Packet& packet, lobby::Instant now)
{
    const std::uint64_t number = load_little<std::uint64_t>(packet.payload, 8);
    if (number >= who.sent.size()) return complains(who, "has sent what it did not");
    const SentPacket& sent = who.sent[number];
    const bool is_reliable = sent.mode == party::Mode::reliable;
    if (is_reliable) {
        // All between are of the other kind.
        for (std::uint64_t before = who.in; before < number; ++before)
            if (who.sent[before].mode == party::Mode::reliable)
                complains(who, "has sent what is not in");
        if (number < who.in) return complains(who, "has sent once what is in twice");
        who.in = number + 1;
    }
    shares(who, sent, {who.number, number}, now);
}

void PartyOracle::shares(const Participant& who, const SentPacket& packet, PacketMark mark,
                         lobby::Instant now)
{
    const auto& list = packet.to.list;
    const std::int32_t target = packet.to.target;
    for (const auto& [id, member] : table_of(who)->members) {
        const bool is_meant = !list.empty() ? std::ranges::find(list, id) != list.end()
                              : target > 0  ? id == target
                                            : id != -target;
        if (!is_meant || member == &who || member->leaving || !member->is_honest()) continue;
        if (packet.mode == party::Mode::reliable)
            member->expected.push_back(mark);
        else
            member->waiting[mark] = now;
    }
}

void PartyOracle::is_sent(const OutboundMessage& message, lobby::Instant now)
{
    const auto found = lines_.find(message.to);
    if (found == lines_.end()) return;
    Line& line = found->second;
    std::vector<std::uint8_t> bytes = message.bytes;
    if (message.shared) bytes.insert(bytes.end(), message.shared->begin(), message.shared->end());
    if (!is_frame(bytes)) return; // HTTP, or a ping
    websocket::FrameReader reader(websocket::Side::client);
    const auto fault = reader.feed(bytes, any_size, [&](const websocket::Message& one) {
        if (one.kind == Kind::binary) {
            is_sent_packets(line, one.payload, now);
            return true;
        }
        const auto told = party::read_told(one.payload);
        if (!told) {
            complains(*line.who, "is told what makes no sense");
            return false;
        }
        if (const auto* welcome = std::get_if<party::Welcome>(&*told)) {
            if (line.who->party == 0 || welcome->id != line.who->id)
                complains(*line.who, "is welcome in another's place");
            line.who->connection = message.to;
        }
        if (const auto* close = std::get_if<party::Close>(&*told)) is_refused(line, close->reason);
        return true;
    });
    if (fault || reader.kept() > 0) complains(*line.who, "is sent what is no frame");
}

void PartyOracle::is_sent_packets(Line& line, std::span<const std::uint8_t> message,
                                  lobby::Instant now)
{
    Participant& who = *line.who;
    if (who.party == 0) return complains(who, "is sent packets, and is in no party");
    const std::uint64_t before = line.sent - line.seen;
    line.sent += message.size();
    if (!who.is_honest()) return;
    const Table& table = *table_of(who);
    party::PacketReader reader(message, party::packet_bytes_max, 0);
    bool is_reliable = false;
    while (const auto packet = reader.next()) {
        is_reliable = packet->mode == party::Mode::reliable;
        const auto source = table.members.find(packet->target);
        if (source == table.members.end()) return complains(who, "is sent a packet of nobody");
        if (is_reliable || !source->second->is_honest()) continue;
        const PacketMark mark{load_little<std::uint32_t>(packet->payload, 4),
                              load_little<std::uint64_t>(packet->payload, 8)};
        const auto waiting = who.waiting.find(mark);
        if (waiting == who.waiting.end())
            return complains(who, "is sent an unreliable packet twice, or another's");
        if (now - waiting->second >= party::stale_limit)
            complains(who, "is sent a packet that is stale");
        who.waiting.erase(waiting);
        who.handed.insert(mark);
    }
    if (reader.fault()) complains(who, "is sent what is no packet");
    const std::size_t most = is_reliable ? party::reliable_window : party::unreliable_window;
    if (before > 0 && before + message.size() > most)
        complains(who, "is sent more than its game can take");
}

// To go, at the door or in a party.
void PartyOracle::is_refused(Line& line, const std::string& reason)
{
    Participant& who = *line.who;
    for (std::size_t at = 0; at < wire::close_reason_count; ++at)
        if (word(static_cast<wire::CloseReason>(at)) == reason)
            line.told = static_cast<wire::CloseReason>(at);
    if (!line.told) return complains(who, "is told to go for " + reason);
    const auto current = lines_.find(who.connection);
    who.is_refused = current == lines_.end() || &current->second != &line;
    if (who.leaving == line.told || may_be_refused(line, *line.told)) return;
    complains(who, "is refused for " + reason);
}

} // namespace netplay_relay::simulation
