// The party manager's inside, in files by subject.
#pragma once

#include "base/number_source.hpp"
#include "base/pool.hpp"
#include "base/whereabouts.hpp"
#include "packet.hpp"
#include "party/party_manager.hpp"
#include "peer.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace netplay_relay::party {

// What a newcomer has said that is for another worker. A game says one thing, and waits for the
// answer.
inline constexpr std::size_t asked_max = 8;

// Of a token: the number of its party's code.
inline constexpr std::size_t worker_byte = 0;

// A party's tokens have these bytes, made of its code: by them one is found that has come to its
// home while the party is with another worker.
using CodeMark = std::array<std::uint8_t, 3>;
inline constexpr std::size_t mark_bytes = 2; // where
[[nodiscard]] CodeMark mark_of(const Code& code);
[[nodiscard]] CodeMark mark_of(const Token& token);
[[nodiscard]] std::string name_by(const Code& code); // for other workers: it begins with the mark

struct Asked
{
    websocket::Kind kind{};
    std::vector<std::uint8_t> payload;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.kind, self.payload);
    }
};

// One that is in no party yet.
struct Newcomer
{
    wire::Address address;
    std::vector<std::uint8_t> head; // of its HTTP request, while that is not whole
    bool upgraded = false;
    Instant deadline = no_deadline;
    std::optional<CloseReason> refused; // and it was told so: it is to hang up
    std::uint32_t controls = 0;         // pings and pongs
    std::vector<Asked> asked;           // on the way to the worker that has its party
    bool was_passed_on = false;         // to that one
    bool has_hopped = false;            // to the node that has it

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.address, self.head, self.upgraded, self.deadline, self.refused, self.controls,
                self.asked, self.was_passed_on, self.has_hopped);
    }
};

// What a connection says. Behind a fault no frame can be told from another, and nothing is read.
struct Hearing
{
    websocket::FrameReader reader;
    bool is_over = false;

    [[nodiscard]] bool makes_sense() const
    {
        return reader.makes_sense() && (!is_over || reader.kept() == 0);
    }

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.reader, self.is_over);
    }
};

// A connection. It is a newcomer, or of a peer.
struct Client
{
    std::unique_ptr<Newcomer> newcomer;
    Party* party = nullptr;
    Peer* peer = nullptr;
    Hearing hearing;
};

// For whom something is kept: a peer, or a connection that is none's yet.
struct Keeper
{
    Peer* peer = nullptr;
    ConnectionId newcomer;
    wire::Address prefix;
    std::size_t bytes = 0;
};

// Names a peer for its deadline.
struct PeerKey
{
    std::uint64_t party = 0;
    std::int32_t peer = 0;
    auto operator<=>(const PeerKey&) const = default;
};

class PartyManagerState
{
public:
    PartyManagerState(PartySettings settings, Doorkeeper doorkeeper, Random random,
                      AmongWorkers among);

    // party_manager.cpp
    void begin(Instant now, Output& out);
    void adopt(PartySettings settings);
    void enter(ConnectionId id, const wire::Address& address, Instant deadline);
    void receive(ConnectionId id, std::span<const std::uint8_t> bytes);
    void go_on(ConnectionId id);
    void forgive(Duration gap);
    void tick();
    [[nodiscard]] Instant next_deadline() const;
    void look_into(std::uint64_t number, PartySnapshot& snapshot) const;

    // departures.cpp
    CloseReason leave(ConnectionId id, CloseReason how);
    void send_away(ConnectionId id, CloseReason end);
    bool send_away(std::uint64_t party, std::int32_t peer, CloseReason end);
    bool close(std::uint64_t party, CloseReason end);
    void close_all(CloseReason end);
    std::size_t end_unwanted(const Verdict& verdict);
    std::size_t end_places(const Verdict& verdict, bool only_absent);

    // party_record.cpp
    [[nodiscard]] std::vector<std::uint8_t> write(std::uint64_t party) const;
    [[nodiscard]] std::uint64_t last_number() const { return numbers_.last(); }
    void note_number(std::uint64_t given) { numbers_.note(given); }
    [[nodiscard]] std::vector<std::uint8_t> release(std::uint64_t party);
    [[nodiscard]] std::variant<std::uint64_t, record::Fault>
    adopt(std::span<const std::uint8_t> sealed, Duration later);
    [[nodiscard]] std::vector<std::uint8_t> write_pending(ConnectionId id) const;
    [[nodiscard]] std::vector<std::uint8_t> release_pending(ConnectionId id);
    [[nodiscard]] std::variant<ConnectionId, record::Fault>
    adopt_pending(std::span<const std::uint8_t> sealed, Duration later);
    [[nodiscard]] std::vector<std::uint8_t> write_memory() const;
    [[nodiscard]] std::vector<std::uint8_t> release_memory();
    [[nodiscard]] std::optional<record::Fault> adopt_memory(std::span<const std::uint8_t> sealed,
                                                            Duration later);
    [[nodiscard]] PartyUse use() const;
    void check_consistency() const;

    PartySettings settings_;
    Placing placing_;
    Whereabouts away_;                   // parties whose home this is
    std::vector<wire::Address> guessed_; // to be told to other workers
    void note_guesser(const wire::Address& address, Instant now);
    [[nodiscard]] std::optional<Ended> name_of_party(std::uint64_t party) const;
    [[nodiscard]] std::map<wire::Address, std::size_t> kept_by_address() const;
    void relieve_one_of(const wire::Address& prefix);
    bool asks_for_relief_ = false; // of all workers of the process
    std::optional<CloseReason> no_new_;
    std::size_t share_ = SIZE_MAX;             // of parties, whatever the settings allow
    std::shared_ptr<const fleet::View> fleet_; // none: there is no fleet
    PartyCounts counts_;
    std::map<std::uint64_t, std::unique_ptr<Party>> parties_;
    std::unordered_map<ConnectionId, Client> clients_;

private:
    // entering.cpp: from the first byte to the place in a party
    void read_head(ConnectionId id, Client& client, std::span<const std::uint8_t> bytes);
    void feed(ConnectionId id, Client& client, std::span<const std::uint8_t> bytes);
    [[nodiscard]] websocket::Limits limits_of(const Client& client) const;
    void hear(ConnectionId id, Client& client, const websocket::Message& message);
    void hear_newcomer(ConnectionId id, Client& client, const websocket::Message& message);
    void open_party(ConnectionId id, Client& client, const HostRequest& request);
    void join(ConnectionId id, Client& client, const JoinRequest& request);
    void come_back(ConnectionId id, Client& client, const ReturnRequest& request);
    [[nodiscard]] std::optional<CloseReason> refusal_of(ConnectionId id, const Newcomer& newcomer,
                                                        const HostRequest& request) const;
    [[nodiscard]] std::optional<CloseReason>
    refusal_of(const Newcomer& newcomer, const JoinRequest& request, const Party& party) const;
    [[nodiscard]] std::optional<Code> code_for(const wire::Address& host,
                                               const std::optional<Code>& wanted);
    [[nodiscard]] bool may_hear_why(Farewell& farewell, const Peer& peer) const;
    void give_allowances(Peer& peer) const;
    Peer& seat(ConnectionId id, Client& client, Party& party, std::int32_t peer_id);
    void welcome(const Party& party, Peer& peer, bool again);
    void refuse(ConnectionId id, Client& client, CloseReason reason, std::string_view text = {});
    void close_http(ConnectionId id, const std::string& answer, CloseReason reason);

    // keeping_out.cpp
    [[nodiscard]] bool is_crowded(const Party& party, const wire::Address& address) const;
    [[nodiscard]] const Exclusion* exclusion_of(const Party& party,
                                                const wire::Address& address) const;
    [[nodiscard]] bool may_guess(const wire::Address& address);
    void note_wrong_code(const wire::Address& address);
    [[nodiscard]] Allowance& guesses_of(const wire::Address& prefix);
    void exclude(Party& party, const wire::Address& address, CloseReason reason);

    // passing.cpp: to the worker that has the party
    [[nodiscard]] bool is_for_another(ConnectionId id, Newcomer& newcomer, const Control& said);
    [[nodiscard]] std::optional<fleet::Node> node_elsewhere(Newcomer& newcomer,
                                                            const Control& said) const;
    [[nodiscard]] std::optional<std::uint16_t> owner_elsewhere(const Newcomer& newcomer,
                                                               const Control& said);
    [[nodiscard]] std::optional<std::uint16_t> owner_of(const Code& code) const;
    [[nodiscard]] std::optional<std::uint16_t> owner_of(const Token& token) const;
    [[nodiscard]] bool has_marked(const CodeMark& mark) const;
    void tell_ended(const Party& party); // to its home
    void keep_asked(ConnectionId id, Client& client, const websocket::Message& message);

    // playing.cpp: what peers say
    static void note_round_trip(Peer& peer, Duration took);
    void hear_peer(Party& party, Peer& peer, const websocket::Message& message);
    [[nodiscard]] bool may_say(Peer& peer, const websocket::Message& message);
    [[nodiscard]] bool may_reach(Peer& source, std::size_t targets, std::size_t bytes);
    [[nodiscard]] std::optional<CloseReason> take_control(Party& party, Peer& peer,
                                                          std::span<const std::uint8_t> text);
    [[nodiscard]] std::optional<CloseReason> take_progress(Peer& peer, const Progress& progress);
    [[nodiscard]] std::optional<CloseReason> take_packets(Party& party, Peer& source,
                                                          std::span<const std::uint8_t> message);
    [[nodiscard]] std::optional<CloseReason>
    gather_packets(Party& party, Peer& source, PacketReader& reader, Packet first, Packet second);
    [[nodiscard]] static std::size_t target_count(const Party& party, const Packet& packet);
    template <class Visitor>
    void each_target(const Party& party, const Peer& source, const Packet& packet,
                     const Visitor& visit);
    void share_packet(Party& party, Peer& source, const Packet& packet);
    void note_packet(Peer& source, const Packet& packet);
    [[nodiscard]] bool may_get(const Peer* target, const Peer& source);
    [[nodiscard]] std::vector<std::uint8_t>& gathered_for(Peer& target);
    void send_gathered(const Peer& source, bool reliable);
    void note_numbered(Peer& peer, std::size_t bytes);

    // delivering.cpp: what peers are sent
    void say(Peer& peer, std::string_view text); // numbered
    void say_unnumbered(Peer& peer, std::string_view text);
    void say_frame(ConnectionId to, websocket::Kind kind, std::span<const std::uint8_t> payload);
    void deliver(Peer& peer, const Peer& from, SharedBytes frame, std::size_t payload,
                 bool reliable);
    void deliver(Peer& peer, const Peer& from, std::span<const std::uint8_t> packets,
                 bool reliable);
    [[nodiscard]] static SharedBytes frame_of(std::span<const std::uint8_t> packets);
    void keep(Peer& peer, Kept message);
    [[nodiscard]] bool is_overfull(const Peer& peer) const;
    void hold(Peer& peer, SharedBytes frame, std::size_t payload);
    void pump(Peer& peer);
    void drop_stale(Peer& peer);
    void drop_held(Peer& peer, std::size_t count);
    void note_dropped(Peer& peer, std::size_t payload);
    void hand_out(Peer& peer, const SharedBytes& frame, std::size_t payload);
    void note_sent(Peer& peer, std::size_t payload);
    [[nodiscard]] bool takes_unreliable(const Peer& peer, std::size_t payload) const;
    [[nodiscard]] bool takes_held(const Peer& peer, std::size_t payload) const;
    void note_acknowledged(Peer& peer, std::uint64_t count);
    void tell_got(Peer& peer);
    void forget_queue(Peer& peer);

    // departures.cpp: how it ends
    void lose_connection(Party& party, Peer& peer);
    void tell_others(const Party& party, const Peer& peer, std::string_view what);
    void dismiss(Party& party, Peer& peer, CloseReason reason, std::string_view text);
    void give_up(Party& party, Peer& peer, CloseReason reason);
    void tell_left(Party& party, const Peer& peer, CloseReason reason);
    void close_party(Party& party, CloseReason reason, const Peer* but);
    void close_silently(ConnectionId id, CloseReason reason);
    void finish(Party& party, std::int32_t peer_id, bool closes);
    void look_at(Party& party, Peer& peer);
    void look_at_silence(Party& party, Peer& peer);
    void look_at_newcomer(ConnectionId id);
    void tell(PartyEventKind kind, const Party& party, const Peer* peer, CloseReason reason = {},
              Duration duration = {});

    // settling.cpp: too much is kept
    void settle(); // whoever was to go within this call, and could not at once
    void relieve(Peer& peer, CloseReason reason);
    void relieve(ConnectionId newcomer);
    bool forget_words_of_gone(Peer& peer);
    [[nodiscard]] Peer* who_floods(const Peer& peer) const;
    [[nodiscard]] bool keeps_too_much();
    [[nodiscard]] Keeper who_has_most(const std::optional<wire::Address>& of = {}) const;
    void relieve(const Keeper& keeper);
    template <class Visitor>
    void each_keeper(const Visitor& visit) const;
    [[nodiscard]] std::size_t memory_of(const Peer& peer) const;
    [[nodiscard]] static std::size_t memory_of(const Client& client);

    void arm(Peer& peer, Instant when);
    void set_due(Peer& peer, Instant when);
    [[nodiscard]] Instant due_of(const Peer& peer) const;
    void set_deadline(ConnectionId id, Newcomer& newcomer, Instant when);
    void index(Party& party);
    void count_kept(std::size_t added, std::size_t removed)
    {
        kept_in_all_ += added;
        kept_in_all_ -= removed;
    }

    Doorkeeper doorkeeper_;
    Random random_;
    AmongWorkers among_;
    NumberSource numbers_;
    std::map<Code, std::uint64_t> by_code_;
    std::map<Token, PeerKey> by_token_;
    std::map<wire::Address, Allowance> guessers_;
    Instant guessers_looked_at_{}; // for those that may be forgotten
    Deadlines<PeerKey> due_;
    Deadlines<ConnectionId> entering_;
    std::size_t entering_count_ = 0;
    PooledAmount kept_in_all_;

    // Within a call.
    Instant now_{};
    Output* out_ = nullptr;
    std::vector<PeerKey> overfull_;    // they do not take what they are sent
    std::vector<std::uint8_t> single_; // one packet
    std::vector<std::pair<Peer*, std::vector<std::uint8_t>>> gathered_; // for each, one message
    std::size_t gathered_used_ = 0;
    std::uint64_t messages_ = 0; // of packets, as they came
    std::uint64_t lists_ = 0;    // of targets, likewise
};

} // namespace netplay_relay::party
