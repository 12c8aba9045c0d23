// Sees parties from outside: what the relay hears and says is read a second time, so that each
// packet is known which somebody has to get, which somebody may get, and which nobody.
#pragma once

#include "oracle.hpp"
#include "party_plan.hpp"

#include "party/control.hpp"
#include "peer/party_client.hpp"

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>

namespace netplay_relay::simulation {

// Names a packet: whose it is, and its number among all of that one.
struct PacketMark
{
    std::uint32_t who = 0;
    std::uint64_t number = 0;
    auto operator<=>(const PacketMark&) const = default;
};
inline constexpr std::size_t packet_mark_size = 16; // the least that a payload has

struct SentPacket
{
    inspector::PartyTarget to;
    party::Mode mode{};
    std::uint8_t channel = 0;
    std::size_t size = 0;
};

// One who comes to parties: it has one place at most in its life.
struct Participant
{
    std::uint32_t number = 0;
    PartyVisit visit;
    std::optional<party::Code> code; // that it comes with
    bool has_said_goodbye = false;
    bool is_refused = false; // at the door, when it wanted to come back
    bool gives_up = false;   // it does not come back any more
    std::vector<SentPacket> sent;

    // As the oracle has seen it.
    std::uint64_t party = 0;
    std::int32_t id = 0;
    lobby::ConnectionId connection; // 0: it is not in, or absent
    std::optional<wire::CloseReason> leaving;
    lobby::Instant left_at{};
    std::uint64_t in = 0;                             // the relay has all reliable ones before
    std::deque<PacketMark> expected;                  // reliable ones that it has to take next
    std::map<PacketMark, lobby::Instant> waiting;     // unreliable ones that it may be handed
    std::set<PacketMark> handed;                      // and was
    std::map<std::uint32_t, std::uint64_t> unordered; // the last one taken of each

    [[nodiscard]] bool is_honest() const { return visit.is_honest(); }
    [[nodiscard]] bool is_in() const { return party != 0 && !leaving; }
};

struct PartyStatistics
{
    std::uint64_t reliable = 0; // taken, as all here
    std::uint64_t unreliable = 0;
    std::uint64_t stale = 0; // unreliable ones that never came
    std::uint64_t returned = 0;
    std::array<std::uint64_t, wire::close_reason_count> left{}; // why places ended
    std::array<std::uint64_t, wire::close_reason_count> gone{}; // and connections
};

class PartyOracle
{
public:
    PartyOracle(Oracle& oracle, const PartyPlan& plan);

    // From the peers.
    Participant& comes(const PartyVisit& visit);
    void dials(Participant& who, lobby::ConnectionId id, const wire::Endpoint& from);
    void cuts(lobby::ConnectionId id); // or closes it
    [[nodiscard]] std::vector<std::uint8_t> payload_of(const Participant& who,
                                                       const SentPacket& packet) const;
    void takes(Participant& who, const inspector::PartyPacket& packet);
    void is_told_to_go(const Participant& who, const std::string& reason);

    // From the world.
    void adopts(const lobby::Policy& policy);
    void ends(std::uint64_t party) { ended_.insert(party); }
    void sends_away(std::uint64_t party, std::int32_t peer) { sent_away_.insert({party, peer}); }
    void sends_away(lobby::ConnectionId who);
    void bans() { has_banned_ = true; }
    // Of a fleet: those who may not find what they name; and a node that is no more.
    void may_go_astray(std::function<bool(lobby::ConnectionId)> astray)
    {
        astray_ = std::move(astray);
    }
    void dies(std::uint8_t node, lobby::Instant now);
    // What is limited in all, each limits for itself.
    void expects_nodes(std::uint32_t count, std::uint32_t workers)
    {
        most_.parties *= count;
        most_.kept_bytes_in_all *= count * workers;
    }
    // Who is banned may be there no longer than it takes it to go.
    void is_banned(const lobby::PartySnapshot& party, const lobby::PeerSnapshot& peer);
    void shuts_down() { shuts_down_ = true; }
    void looks(const Books& books);
    // All had time to get what they have to.
    void settles(const Participant& who, const inspector::PartyClient& client, lobby::Instant now);

    [[nodiscard]] const PartyStatistics& statistics() const { return statistics_; }
    // Codes of parties that are open, and of those that are not any more.
    [[nodiscard]] bool is_open(const party::Code& code) const { return open_.contains(code); }
    [[nodiscard]] const std::vector<party::Code>& closed() const { return closed_; }

private:
    struct Table
    {
        std::uint64_t number = 0;
        party::Code code;
        bool mesh = false;
        bool refuses = false;
        bool host_left = false;
        bool closing = false;
        std::map<std::int32_t, Participant*> members; // those that have left, too
    };
    struct Line
    {
        lobby::ConnectionId id;
        Participant* who = nullptr;
        bool is_cut = false;
        std::vector<std::uint8_t> head;
        bool is_upgraded = false;
        bool is_over = false;
        websocket::FrameReader reader{};
        std::uint64_t sent = 0; // payload bytes of packets, as the game takes them
        std::uint64_t seen = 0;
        std::optional<wire::CloseReason> told; // to go
    };

    void sees(const lobby::Event& event, const lobby::Output& output, lobby::Instant now);
    // party_oracle_hearing.cpp: what peers have said, and what they are told
    void hears(lobby::ConnectionId id, std::span<const std::uint8_t> bytes, lobby::Instant now);
    void hears_message(lobby::ConnectionId id, Line& line, const websocket::Message& message,
                       lobby::Instant now);
    void hears_text(Participant& who, Line& line, std::span<const std::uint8_t> text);
    void hears_packets(Participant& who, std::span<const std::uint8_t> message, lobby::Instant now);
    void hears_packet(Participant& who, const party::Packet& packet, lobby::Instant now);
    void shares(const Participant& who, const SentPacket& packet, PacketMark mark,
                lobby::Instant now);
    void is_sent(const OutboundMessage& message, lobby::Instant now);
    void is_sent_packets(Line& line, std::span<const std::uint8_t> message, lobby::Instant now);
    void is_refused(Line& line, const std::string& reason);
    // party_oracle_events.cpp: what has happened
    void happens(const party::PartyEvent& event, lobby::Instant now);
    void opens(const party::PartyEvent& event, Participant& who);
    void joins(const party::PartyEvent& event, Participant& who);
    void is_absent(const party::PartyEvent& event);
    void forgets_waiting(Participant& who);
    void leaves(const party::PartyEvent& event, lobby::Instant now);
    void is_gone(const lobby::PeerGone& gone);
    [[nodiscard]] bool may_leave(const Table& table, const Participant& who,
                                 wire::CloseReason reason) const;
    [[nodiscard]] bool may_be_gone(const Line& line, wire::CloseReason reason) const;
    [[nodiscard]] bool may_be_refused(const Line& line, wire::CloseReason reason) const;
    [[nodiscard]] Table* table_of(const Participant& who);
    void complains(const Participant& who, const std::string& text);

    Oracle& oracle_;
    bool is_peaceful_;
    bool reloads_;
    std::optional<std::uint8_t> node_; // of a fleet
    std::vector<std::unique_ptr<Participant>> all_;
    std::map<lobby::ConnectionId, Line> lines_;
    std::map<wire::Endpoint, lobby::ConnectionId> endpoints_;
    std::map<std::uint64_t, Table> tables_; // those that have ended, too
    std::map<party::Code, std::uint64_t> open_;
    std::vector<party::Code> closed_;
    party::PartySettings most_; // of all that was allowed
    std::set<std::uint64_t> ended_;
    std::set<std::pair<std::uint64_t, std::int32_t>> sent_away_;
    std::set<lobby::ConnectionId> connections_sent_away_;
    std::function<bool(lobby::ConnectionId)> astray_;
    bool has_banned_ = false;
    bool shuts_down_ = false;
    PartyStatistics statistics_;
};

} // namespace netplay_relay::simulation
