// What the peers and the world tell the oracle of parties, and how it all ends.
#include "party_oracle.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using wire::CloseReason;

constexpr std::chrono::seconds time_to_be_told{3};
constexpr std::size_t farewell_size_max = 1024;
// Of one read of 2 KiB, as messages that are kept.
constexpr std::size_t one_read_max = 32768 * 9;

// Behind the mark; each packet has its own.
std::uint8_t filling(PacketMark mark)
{
    return static_cast<std::uint8_t>(scramble(std::uint64_t{mark.who} << 32U ^ mark.number));
}

// Nothing: it is a stranger's.
std::optional<PacketMark> mark_of(std::span<const std::uint8_t> payload)
{
    constexpr std::string_view word = "mark";
    if (payload.size() < packet_mark_size || !std::ranges::equal(payload.first(4), word))
        return std::nullopt;
    return PacketMark{load_little<std::uint32_t>(payload, 4),
                      load_little<std::uint64_t>(payload, 8)};
}

} // namespace

PartyOracle::PartyOracle(Oracle& oracle, const PartyPlan& plan)
    : oracle_(oracle), is_peaceful_(plan.is_peaceful), reloads_(!plan.reloads.empty()),
      node_(plan.policy.node), most_(plan.policy.parties)
{
    oracle_.expects_node(node_);
    oracle_.is_seconded_by([this](const lobby::Event& event, const lobby::Output& output,
                                  lobby::Instant now) { sees(event, output, now); });
    oracle_.is_mourned_by([this](lobby::ConnectionId id) {
        if (const auto line = lines_.find(id); line != lines_.end()) line->second.is_cut = true;
    });
}

void PartyOracle::complains(const Participant& who, const std::string& text)
{
    const std::string name =
        who.is_honest()
            ? "peer "
            : "stranger of deed " + std::to_string(static_cast<int>(who.visit.deed)) + ", ";
    oracle_.complains(name + std::to_string(who.number) + " (id " + std::to_string(who.id) + ") " +
                      text);
}

Participant& PartyOracle::comes(const PartyVisit& visit)
{
    all_.push_back(std::make_unique<Participant>());
    all_.back()->number = static_cast<std::uint32_t>(all_.size() - 1);
    all_.back()->visit = visit;
    return *all_.back();
}

void PartyOracle::dials(Participant& who, lobby::ConnectionId id, const wire::Endpoint& from)
{
    lines_[id].who = &who;
    lines_[id].id = id;
    endpoints_[from] = id;
}

void PartyOracle::cuts(lobby::ConnectionId id) { lines_.at(id).is_cut = true; }

void PartyOracle::sends_away(lobby::ConnectionId who)
{
    connections_sent_away_.insert(who);
    const auto line = lines_.find(who);
    if (line == lines_.end()) return;
    const Participant& participant = *line->second.who;
    sends_away(participant.party, participant.id);
}

std::vector<std::uint8_t> PartyOracle::payload_of(const Participant& who,
                                                  const SentPacket& packet) const
{
    const PacketMark mark{who.number, who.sent.size() - 1};
    std::vector<std::uint8_t> payload{'m', 'a', 'r', 'k'};
    for (const std::uint8_t byte : little_endian(mark.who))
        payload.push_back(byte);
    for (const std::uint8_t byte : little_endian(mark.number))
        payload.push_back(byte);
    payload.resize(packet.size, filling(mark));
    return payload;
}

void PartyOracle::takes(Participant& who, const inspector::PartyPacket& packet)
{
    const Table* table = table_of(who);
    if (table == nullptr) return complains(who, "takes a packet and is in no party");
    if (!table->members.contains(packet.source)) return complains(who, "takes a packet of nobody");
    const auto mark = mark_of(packet.payload);
    if (!mark) {
        const bool may_be = std::ranges::any_of(all_, [&](const auto& one) {
            return !one->is_honest() && one->party == who.party && one->id == packet.source;
        });
        if (!may_be) complains(who, "takes a packet that nobody has sent");
        return;
    }
    // Another may have had that id before.
    const Participant* source = mark->who < all_.size() ? all_[mark->who].get() : nullptr;
    if (source == nullptr || source->party != who.party || source->id != packet.source ||
        mark->number >= source->sent.size())
        return complains(who, "takes a packet of somebody else");
    const SentPacket& sent = source->sent[mark->number];
    const auto filled = std::span(packet.payload).subspan(packet_mark_size);
    if (packet.mode != sent.mode || packet.channel != sent.channel ||
        packet.payload.size() != sent.size ||
        !std::ranges::all_of(filled, [&](std::uint8_t byte) { return byte == filling(*mark); }))
        return complains(who, "takes a packet that is not as it was sent");
    if (sent.mode == party::Mode::reliable) {
        ++statistics_.reliable;
        if (who.expected.empty() || who.expected.front() != *mark)
            return complains(who, "takes packet " + std::to_string(mark->number) + " of " +
                                      std::to_string(mark->who) + " out of turn");
        return who.expected.pop_front();
    }
    ++statistics_.unreliable;
    if (who.handed.erase(*mark) == 0) complains(who, "takes an unreliable packet twice");
    const auto [last, is_first] = who.unordered.try_emplace(mark->who, mark->number);
    if (!is_first && std::exchange(last->second, mark->number) >= mark->number)
        complains(who, "takes unreliable packets out of order");
}

void PartyOracle::is_told_to_go(const Participant& who, const std::string& reason)
{
    // Who wanted to come back may have been refused; it was asked then whether it may be.
    if (!who.leaving || reason != word(*who.leaving)) return;
    // Nothing is kept any more for who cannot take it, and when all ends nobody is waited for.
    const bool has_all = !shuts_down_ && !who.is_refused &&
                         reason != word(CloseReason::peer_backlog) &&
                         reason != word(CloseReason::memory_short);
    if (has_all && !who.expected.empty())
        complains(who, "has to go before it has all that was for it");
}

void PartyOracle::adopts(const lobby::Policy& policy)
{
    const party::PartySettings& next = policy.parties;
    const auto raise = [](std::uint32_t& most, std::uint32_t value) {
        most = std::max(most, value);
    };
    raise(most_.parties, next.parties);
    raise(most_.peers, next.peers);
    raise(most_.packet_bytes, next.packet_bytes);
    raise(most_.kept_bytes, next.kept_bytes);
    raise(most_.kept_bytes_in_all, next.kept_bytes_in_all);
}

// The status says what the oracle knows, and no limit is passed.
void PartyOracle::looks(const Books& books)
{
    if (books.parties.size() > most_.parties) oracle_.complains("more parties than may be");
    if (books.use.kept_packet_bytes > most_.kept_bytes_in_all)
        oracle_.complains("more is kept for peers than may be");
    std::set<const Participant*> seen;
    for (const lobby::PartySnapshot& look : books.parties) {
        const auto table = tables_.find(look.party.number);
        if (table == tables_.end()) return oracle_.complains("a party that was not opened");
        if (table->second.closing != look.party.closing ||
            table->second.refuses != look.party.refuses)
            oracle_.complains("a party is closing, or refuses, and was not told so");
        if (look.peers.size() > look.party.peers_max || look.party.peers_max > most_.peers)
            oracle_.complains("more peers in a party than may be");
        for (const lobby::PeerSnapshot& peer : look.peers) {
            const auto known = table->second.members.find(peer.peer.id);
            if (known == table->second.members.end() ||
                known->second->connection != peer.peer.connection)
                return oracle_.complains("a peer that is not known, or by another connection");
            seen.insert(known->second);
            // Behind all that, why it has to go.
            // Who has to go within a call keeps what that has brought.
            const std::size_t farewell =
                known->second->leaving ? farewell_size_max + most_.packet_bytes + one_read_max : 0;
            if (peer.peer.kept_bytes > most_.kept_bytes + most_.packet_bytes + farewell)
                complains(*known->second, "is kept more than it may");
            if (peer.peer.held_bytes > party::held_bytes_max)
                complains(*known->second, "is held more than it may");
        }
    }
    for (const auto& participant : all_)
        if (participant->is_in() && !seen.contains(participant.get()))
            complains(*participant, "has lost its place");
}

void PartyOracle::is_banned(const lobby::PartySnapshot& party, const lobby::PeerSnapshot& peer)
{
    const auto& members = tables_.at(party.party.number).members;
    const auto member = members.find(peer.peer.id);
    if (member != members.end() && !member->second->leaving)
        complains(*member->second, "is banned and stays");
}

void PartyOracle::settles(const Participant& who, const inspector::PartyClient& client,
                          lobby::Instant now)
{
    if (!who.is_honest() || !who.is_in() || who.gives_up) return;
    if (who.connection == lobby::ConnectionId{} || !client.is_in())
        return complains(who, "has not come back");
    if (!who.expected.empty())
        complains(who, "waits for packet " + std::to_string(who.expected.front().number) + " of " +
                           std::to_string(who.expected.front().who));
    if (client.unacknowledged() > 0) complains(who, "is not told that all is in");
    const bool has_all_in =
        std::ranges::none_of(std::span(who.sent).subspan(who.in), [](const SentPacket& packet) {
            return packet.mode == party::Mode::reliable;
        });
    if (!has_all_in) complains(who, "has sent what is not in");
    const Table& table = *table_of(who);
    std::set<std::int32_t> peers;
    std::set<std::int32_t> told = client.peers();
    for (const auto& [id, other] : table.members) {
        const bool is_of_interest = table.mesh || id == host_of_party || who.id == host_of_party;
        if (other != &who && other->is_in() && is_of_interest) peers.insert(id);
        const bool left_just_now = other->leaving && now - other->left_at < time_to_be_told;
        if (left_just_now) told.erase(id);
    }
    if (peers != told) complains(who, "knows others than there are");
}

} // namespace netplay_relay::simulation
