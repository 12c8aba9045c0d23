// The inside of the room manager, in a few files: handshakes, records, words, what the operator
// wants, and everything else.
#pragma once

#include "base/deadlines.hpp"
#include "base/ensure.hpp"
#include "base/number_source.hpp"
#include "base/whereabouts.hpp"
#include "guess_memory.hpp"
#include "room/room.hpp"
#include "room/room_key.hpp"
#include "room/room_manager.hpp"
#include "room/room_table.hpp"
#include "state_intake.hpp"
#include "state_trust.hpp"
#include "wire/address_counts.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace netplay_relay::room {

struct OpenRoom
{
    RoomKey key;
    wire::Address opener;
    Room room;
    Instant due = Instant::max(); // as listed in HallState::due_
    std::size_t idle_members = 0; // as counted in HallState::idle_members_
    Instant opened{};
    wire::CountedOpening counted; // for its opener
    Listing listing;              // for those who play nearly the same

    OpenRoom(RoomKey known_as, wire::Address by, RoomIdentity identity,
             const RoomSettings& settings, Instant now, std::shared_ptr<StateBudget> budget,
             std::shared_ptr<StateTrust> trust)
        : key(std::move(known_as)), opener(by),
          room(std::move(identity), settings, now, std::move(budget), std::move(trust)), opened(now)
    {
    }
};

inline constexpr std::size_t misfits_max = 1024; // one more is not remembered

// Whose core has savestates that do not fit a game's room here. Known for one client prefix only,
// and for rooms whose states have that size: a stranger must not be able to say it of others, nor a
// room's first member, who may say of states what it likes, of the rooms of others.
struct Misfit
{
    wire::Address prefix;
    std::string core; // lower case
    std::string core_version;
    std::uint32_t content_crc = 0;
    std::uint32_t room_state_size = 0;
    auto operator<=>(const Misfit&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.prefix, self.core, self.core_version, self.content_crc, self.room_state_size);
    }
};

// A client in its handshake, or what is kept of one that is in a room.
struct PendingClient
{
    Admission admission;
    std::optional<netplay::ServerHandshake> handshake;
    wire::CommandStream stream;
    Instant deadline = Instant::max();
    bool password_time = false;
    std::optional<Instant> waits_since; // for its turn to have its password looked at
    std::string core_version;
    std::uint64_t room = 0;     // 0: still in its handshake
    bool was_passed_on = false; // to the worker that has its room
    bool has_hopped = false;    // to the node that has it

    // Its room is that of the record, or none.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.admission, self.handshake, self.stream, self.deadline, self.password_time,
                self.core_version, self.was_passed_on, self.has_hopped);
        archive.times(self.waits_since);
    }
};

class RoomManagerState
{
public:
    RoomManagerState(RoomSettings settings, std::uint32_t salt, AmongWorkers among)
        : settings_(std::move(settings)),
          budget_(std::make_shared<StateBudget>(
              settings_.savestate_bytes_in_all, nullptr,
              among.states == nullptr ? nullptr : among.states->whole(), among.count)),
          salt_(salt), among_(among), numbers_(among)
    {
        ensure(salt_ != 0, "a salt of 0 means that there is no password");
    }

    void adopt(RoomSettings settings);
    void enter(ConnectionId id, const Admission& admission, Instant now);
    void receive(ConnectionId id, std::span<const std::uint8_t> bytes, Instant now, Output& out);
    void go_on(ConnectionId id, Instant now, Output& out);
    void leave(ConnectionId id, Instant now, Output& out, CloseReason how);
    [[nodiscard]] MemberName name_of(ConnectionId id) const;
    void note_silence(ConnectionId id);
    void forgive(Duration gap, Instant now);
    // So long must its client prefix wait that its frontend is told so instead of being admitted.
    [[nodiscard]] bool has_guessed_too_often(const Admission& admission, Instant now) const;
    void tick(Instant now, Output& out);
    void close_all(Instant now, Output& out, CloseReason end);
    void close_port(std::uint16_t port, Instant now, Output& out);
    // room_manager_orders.cpp: what the operator wants
    bool close(std::uint64_t number, CloseReason end, Instant now, Output& out);
    [[nodiscard]] Instant next_deadline() const;
    [[nodiscard]] RoomUse use() const;
    [[nodiscard]] std::vector<RoomSnapshot> look() const;
    [[nodiscard]] std::optional<RoomSnapshot> look(std::uint64_t room) const;
    void check_consistency() const;

    // room_manager_voice.cpp: what is said across rooms, and before a closing
    void send_away(ConnectionId id, CloseReason end, Instant now, Output& out);
    RoomsTold say(std::optional<std::uint64_t> room, const std::string& text, Instant now,
                  Output& out);
    void hear_of(const ListedRoom& newer, Instant now, Output& out);
    std::vector<ListedRoom> new_rooms_; // to be told to other workers

    // room_manager_record.cpp: to and from another room manager
    [[nodiscard]] std::vector<std::uint8_t> write(std::uint64_t number, Instant now) const;
    [[nodiscard]] std::vector<std::uint8_t> release(std::uint64_t number, Instant now);
    [[nodiscard]] std::variant<std::uint64_t, record::Fault>
    adopt(std::span<const std::uint8_t> sealed, Instant now, Duration later);
    [[nodiscard]] std::vector<std::uint8_t> write_pending(ConnectionId id) const;
    [[nodiscard]] std::vector<std::uint8_t> release_pending(ConnectionId id);
    [[nodiscard]] std::variant<ConnectionId, record::Fault>
    adopt_pending(std::span<const std::uint8_t> sealed, Duration later);
    // room_giving.cpp: rooms that are with other workers
    [[nodiscard]] std::optional<Ended> name_of_room(std::uint64_t number) const;
    [[nodiscard]] bool may_move(std::uint64_t number) const;
    Whereabouts away_;           // rooms whose home this is
    std::vector<Guess> guesses_; // to be told to other workers
    void note_guess(const Guess& guess, Instant now);
    [[nodiscard]] SharedState count_state(ConnectionId member, SharedState state);
    [[nodiscard]] std::vector<std::uint8_t> write_memory() const;
    [[nodiscard]] std::vector<std::uint8_t> release_memory();
    [[nodiscard]] std::optional<record::Fault> adopt_memory(std::span<const std::uint8_t> sealed,
                                                            Duration later);
    [[nodiscard]] std::vector<std::uint64_t> rooms() const;
    [[nodiscard]] std::optional<std::uint64_t> named(std::uint64_t room) const;
    [[nodiscard]] std::uint64_t last_number() const { return numbers_.last(); }
    void note_number(std::uint64_t given) { numbers_.note(given); }
    [[nodiscard]] std::vector<ConnectionId> members_of(std::uint64_t number) const;
    [[nodiscard]] std::vector<ConnectionId> pending() const;

    RoomSettings settings_;               // rooms look at it
    std::shared_ptr<StateBudget> budget_; // and at this
    std::shared_ptr<StateTrust> trust_ = std::make_shared<StateTrust>();
    std::optional<CloseReason> refusal_of_new_; // of rooms
    std::size_t share_ = SIZE_MAX;              // of rooms, whatever the settings allow
    std::shared_ptr<const fleet::View> fleet_;  // none: there is no fleet
    [[nodiscard]] std::vector<std::uint64_t> hashes() const; // of rooms that others may look for
    [[nodiscard]] std::size_t rooms_max() const
    {
        return std::min<std::size_t>(settings_.rooms, share_);
    }

private:
    void shake_hands(ConnectionId id, PendingClient& client, Instant now, Output& out);
    [[nodiscard]] bool is_for_another(ConnectionId id, PendingClient& client, Output& out) const;
    [[nodiscard]] std::optional<std::uint16_t> owner_elsewhere(const PendingClient& client) const;
    [[nodiscard]] bool pass_on(ConnectionId id, PendingClient& client, Output& out) const;
    void forget_away(const RoomKey& key);
    [[nodiscard]] std::optional<CloseReason> introduce(PendingClient& client, Instant now,
                                                       std::vector<std::uint8_t>& out);
    void look_at_password(PendingClient& client, Instant now, std::vector<std::uint8_t>& out);
    [[nodiscard]] const GuessMemory& guesses_at(const Admission& admission) const;
    enum class Turn : std::uint8_t
    {
        now,
        later, // it waits: its deadline is its turn
        too_often,
    };
    // Whether its password may be looked at.
    [[nodiscard]] Turn turn_of(ConnectionId id, PendingClient& client, Instant now);
    void stop_waiting(PendingClient& client);
    void guessed(Guess guess, Instant now);
    void note_new_room(const PendingClient& client, Instant now);
    void admit(ConnectionId id, PendingClient& client, Instant now, Output& out);
    void turn_away(ConnectionId id, CloseReason end, Output& out);
    void tell_of_others(OpenRoom& open, Instant now, Output& out);
    void list(OpenRoom& open);
    [[nodiscard]] RoomTable& table()
    {
        return among_.rooms == nullptr ? own_table_ : *among_.rooms;
    }
    [[nodiscard]] static Misfit misfit_of(const PendingClient& client, const wire::Info& info,
                                          std::uint32_t room_state_size);
    void remember_misfit(Misfit misfit, Instant now);
    [[nodiscard]] std::map<Misfit, Instant> misfits_of(const Room& room) const;
    void learn(const std::map<Misfit, Instant>& misfits);
    void tell_ended(const RoomKey& key, Output& out) const;
    void forget(std::uint64_t number);  // a room, not its members
    void inherit(std::uint64_t number); // it is forgotten next, and another found in its place
    void move_in(OpenRoom& open, std::vector<std::pair<ConnectionId, PendingClient>> members);
    [[nodiscard]] bool is_misfit(const PendingClient& client, const wire::Info& info,
                                 const Room& room, Instant now) const;
    // Why it may open no room, if it may not.
    [[nodiscard]] std::optional<CloseReason> refusal_of_opener(const wire::Address& prefix) const;
    [[nodiscard]] OpenRoom* room_for(const PendingClient& client, Instant now);
    [[nodiscard]] OpenRoom& open(const PendingClient& client, Instant now, Output& out);
    [[nodiscard]] RoomKey key_of(const PendingClient& client) const;
    // The same, but of another room of that game if it has fled from this one.
    [[nodiscard]] RoomKey key_for(const PendingClient& client, Instant now) const;
    [[nodiscard]] bool has_multitap(const PendingClient& client) const;
    void settle(OpenRoom& open, Instant now, Output& out, std::size_t closings_before);
    void count_idle(OpenRoom& open, std::size_t members);
    [[nodiscard]] Duration idle_batch() const;
    [[nodiscard]] bool has_idled_enough(const OpenRoom* room, const wire::Address& prefix) const;
    void set_deadline(ConnectionId id, PendingClient& client, Instant when);
    // What rooms of this opener may hold of the budget.
    [[nodiscard]] std::shared_ptr<StateBudget> share_of(const wire::Address& opener);
    [[nodiscard]] std::size_t share_size() const;

    std::map<wire::Address, std::weak_ptr<StateBudget>> shares_;
    std::uint32_t salt_;
    AmongWorkers among_;
    NumberSource numbers_;         // of rooms
    std::size_t idle_members_ = 0; // of all rooms
    std::unordered_map<ConnectionId, PendingClient> clients_;
    RoomTable own_table_;                     // if there is none of the process
    std::map<std::uint64_t, OpenRoom> rooms_; // by number: oldest first
    std::map<RoomKey, std::uint64_t> by_key_;
    // A room is looked at when the earliest thing it was ever told to wait for may be due, so that
    // not every input moves an entry.
    Deadlines<std::uint64_t> due_;
    std::vector<std::uint64_t> due_now_; // within tick()
    Deadlines<ConnectionId> entering_;
    std::map<Misfit, Instant> misfits_;          // until then
    GuessMemory password_guesses_{free_guesses}; // of the operator's passwords
    GuessMemory room_guesses_{free_rooms};       // at listeners that find rooms by password
    // Client prefixes of which one waits for its turn, and at which kind of listener. More than one
    // only if they come from other room managers.
    std::multiset<std::pair<bool, wire::Address>> waiting_;
};

} // namespace netplay_relay::room
