// The inside of a room, a file for each subject.
#pragma once

#include "asking.hpp"
#include "base/deadlines.hpp"
#include "member.hpp"
#include "netplay/ports.hpp"
#include "place_memory.hpp"
#include "players.hpp"
#include "prefix_memory.hpp"
#include "room/room.hpp"
#include "state_trust.hpp"
#include "voice_text.hpp"
#include "wariness.hpp"
#include "watch_record.hpp"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::room {

// Without players somebody has to count, or spectators give up.
inline constexpr Duration idle_frame = std::chrono::nanoseconds(1'000'000'000 / 60);

// Players wait for the slowest of them, whoever that is.
struct Standstill
{
    Instant since{};
    Instant seen_at{}; // last
    Frame least = 0;   // what was expected of the slowest then

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive);
};

// What a player may cost the others, of the last 16 s and of the last minute.
struct Patience
{
    Duration wait_in_moment{};
    Duration wait_in_minute{};
    std::uint64_t repeats_in_moment = 0;
    std::uint64_t repeats_in_minute = 0;
};

class RoomState
{
public:
    RoomState(RoomIdentity identity, const RoomSettings& settings, Instant now,
              std::shared_ptr<StateBudget> budget, std::shared_ptr<StateTrust> trust);

    [[nodiscard]] std::optional<CloseReason> refusal_of(const netplay::Negotiated& newcomer) const;
    void join(ConnectionId id, const netplay::Negotiated& newcomer, wire::CommandStream stream,
              const wire::Address& prefix);
    void note_silence(ConnectionId id);
    [[nodiscard]] bool is_shut_out(const wire::Address& prefix, Instant now) const
    {
        return !prefixes_.may_come(prefix, now);
    }
    void replace_silent(const wire::Address& prefix, const std::string& nick);
    void make_room_for(const wire::Address& prefix);
    [[nodiscard]] std::optional<CloseReason> crowding_by(const wire::Address& prefix) const;
    void receive(ConnectionId id, std::span<const std::uint8_t> bytes);
    void leave(ConnectionId id, CloseReason how);
    void tick();
    void forgive(Duration gap, Instant now);
    void send_away(ConnectionId id, CloseReason end);
    void close(CloseReason end);
    [[nodiscard]] bool may_be_told_of_another(Instant now) const;
    void tell_of_another(Phrase phrase, const wire::Info& other, std::size_t members);
    [[nodiscard]] bool say_to_all(const std::string& text);
    [[nodiscard]] bool is_checking_state() const;
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    [[nodiscard]] RoomSnapshot look() const;
    void check_consistency() const;

    // room_record.cpp: all there is of it
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive);
    void write(record::Writer& to) const;
    [[nodiscard]] bool read(record::Reader& from, Instant now);
    [[nodiscard]] std::vector<ConnectionId> members() const;
    [[nodiscard]] std::string nick_of(ConnectionId id) const;
    [[nodiscard]] std::vector<wire::Address> prefixes() const;

    // Every call from outside is between these two.
    void begin(Instant now, Output& out);
    void finish();

    RoomIdentity identity_;
    [[nodiscard]] std::size_t size() const { return members_.size(); }
    [[nodiscard]] std::size_t idle_members() const;
    void batch_idle_frames(Duration batch) { idle_batch_ = batch; }
    [[nodiscard]] std::optional<std::uint32_t> state_size() const { return state_size_; }

private:
    // What contradicts itself, in words; null: nothing.
    [[nodiscard]] const char* contradiction() const;
    [[nodiscard]] const char* contradiction_of_places() const;
    // Of what only a record can have wrong.
    [[nodiscard]] bool is_possible() const;
    [[nodiscard]] bool is_possible(const Member& member) const;
    [[nodiscard]] std::size_t words_of(std::uint32_t ports) const;

    // room.cpp: who is there
    [[nodiscard]] Member* find(ConnectionId id);
    [[nodiscard]] Member* find_number(std::uint32_t number);
    [[nodiscard]] std::uint32_t free_number() const;
    [[nodiscard]] std::size_t members_max() const;
    // Of this client prefix, or of its customer.
    [[nodiscard]] std::size_t members_of(const wire::Address& prefix,
                                         wire::Address (*network_of)(wire::Address)) const;
    void dismiss(Member& member, CloseReason end); // closes it
    void part(Member& member, CloseReason end);    // it is out, whoever ended it
    void sync(Member& member);
    [[nodiscard]] bool has_protocol_4() const;
    template <class Do>
    void each_synced(const Do& act)
    {
        for (const auto& member : members_)
            if (member->synced && !member->gone) act(*member);
    }
    template <class Do>
    void each_established(const Do& act)
    {
        for (const auto& member : members_)
            if (member->is_established()) act(*member);
    }
    template <class Do>
    void each_player(const Do& act)
    {
        for (const auto& member : members_)
            if (member->playing && !member->gone) act(*member);
    }
    [[nodiscard]] bool nobody_established() const;
    [[nodiscard]] std::size_t player_count() const { return players_.count; }
    void forget_gone();
    void look_again(); // at what is kept of the members

    // room_commands.cpp: what members say
    void take_commands(Member& member);
    [[nodiscard]] bool take_one(Member& member); // false: nothing more for now
    template <class Unexpected>
    void on(Member& member, const Unexpected& command);
    void on(Member& member, const wire::Input& input);
    void on(Member& member, const wire::Spectate& spectate);
    void on(Member& member, const wire::RequestSavestate& request);
    void on(Member& member, const wire::Reset& reset);
    void on(Member& member, const wire::Chat& chat);
    void on(Member& member, const wire::PingRequest& ping);
    void on(Member& member, const wire::PingResponse& ping);
    void begin_to_play(Member& member, std::uint32_t ports, std::uint8_t share_mode);
    void let_leave();
    void stop_playing(Member& member);
    [[nodiscard]] netplay::PortTable port_table() const;

    // places.cpp: who plays where
    void on(Member& member, const wire::Play& play);
    void serve_wishes();
    [[nodiscard]] std::vector<Member*> wishers() const;
    [[nodiscard]] bool is_for_everybody() const; // not only for friends
    [[nodiscard]] bool plays_here(const wire::Address& prefix) const;
    [[nodiscard]] bool takes_of_reserve(const Member& member, const netplay::PortTable& table,
                                        const wire::Play& play) const;
    void seat(Member& member);
    void tell_wait(const Member& member, Instant from);
    [[nodiscard]] netplay::PortTable places_table() const;
    [[nodiscard]] std::variant<std::uint32_t, wire::ModeRefusal>
    choose_place(const Member& member, const wire::Play& play) const;
    [[nodiscard]] bool could_ever_play(const wire::Play& play) const;
    void remember_place(const Member& member, CloseReason end);
    void recall_place(Member& member);
    [[nodiscard]] bool comes_back(const Member& member) const;
    [[nodiscard]] std::uint32_t kept_ports(const Member* but_for = nullptr) const;

    // frame_clock.cpp: frames
    [[nodiscard]] Member* clock_owner() { return players_.owner; }
    [[nodiscard]] const Member* clock_owner() const { return players_.owner; }
    [[nodiscard]] Players look_at_players() const;
    void expect(Member& member, Frame next);
    void run_clock();
    [[nodiscard]] bool may_close(const Member& owner);
    void close_frame();
    void watch_pace();
    void remove_slow();
    void remove_those_who_hold_up();
    [[nodiscard]] Instant patience_ends(const Member& player, Instant since) const;
    [[nodiscard]] const Member* slowest() const;
    [[nodiscard]] bool is_behind(const Member& player) const;
    [[nodiscard]] bool may_be_waited_for() const;
    [[nodiscard]] bool is_waited_for(const Member& player, Frame least, Frame most) const;
    [[nodiscard]] bool waits_for_others(const Member& member) const;
    [[nodiscard]] Frame least_next() const;
    void end_hold_up();
    void send_stall(Member& player, Frame frame);

    // judging.cpp: who spoils the others' game
    void weigh();
    void weigh(Member& slow, const Weighing& last);
    static void note_late(Member& member, Frame frame, const wire::InputWords& words);
    void note_repeats(Member& member);
    void judge();
    [[nodiscard]] Duration judging_interval() const;
    [[nodiscard]] bool somebody_is_weighed() const;
    [[nodiscard]] Patience patience_with(unsigned doubts) const;
    [[nodiscard]] bool spoils(const Member& player, unsigned doubts) const;
    void warn(Member& player);
    void sentence(Member& player);
    void tell_conduct(RoomEventKind kind, const Member& player);

    // newcomers.cpp: whom the room trusts less
    [[nodiscard]] std::optional<Instant> known_since(const Member& member) const;
    [[nodiscard]] unsigned doubts_about(const Member& player) const;
    [[nodiscard]] bool has_trusted_player() const;
    [[nodiscard]] Instant seat_from(const Member& member) const;
    void open_seats();
    void note_costs(Member& member);

    // idle_clock.cpp: frames without players
    void run_idle_clock();
    void resume_idle_clock();
    void close_idle_frames();
    [[nodiscard]] bool somebody_waits() const;
    [[nodiscard]] Duration idle_batch() const;
    [[nodiscard]] Instant idle_due() const;
    [[nodiscard]] Instant stands_until() const;

    // state_transfer.cpp: savestates
    [[nodiscard]] bool may_say_frames() const;
    [[nodiscard]] bool may_be_ahead(const Member& member) const;
    [[nodiscard]] netplay::StateForms forms_from(const Member& source, bool compare) const;
    [[nodiscard]] bool begin_intake(Member& member);
    [[nodiscard]] bool fill_intake(Member& member);
    void finish_intake(Member& member);
    void take_state(Member& source, StateIntake& state);
    void refuse_state(Member& source, const StateIntake& state);
    void apply_state(const WaitingState& state);
    void apply_waiting_state();
    void want_state();
    void watch_minimum_frames();
    void out_of_step(Member& member, Frame frame);
    void count_said(SaidKind kind) { ++out_->said[static_cast<std::size_t>(kind)]; }
    void check_states();
    // When each of them is to be looked at, or what it waits for is over; no_deadline: never.
    [[nodiscard]] Instant state_deadline() const;
    [[nodiscard]] Instant ahead_until() const;
    [[nodiscard]] static Instant joining_until(const Member& member);
    [[nodiscard]] Instant intake_until(const Member& member) const;

    // state_asking.cpp: whom it asks for one
    [[nodiscard]] Asking next_asking() const;
    void ask_for_state();
    [[nodiscard]] Member* next_source();
    [[nodiscard]] const Member* next_source() const;
    [[nodiscard]] bool awaits_answers() const;
    void ask(Member& source, bool to_compare);
    void watch_requests();
    void no_state_to_be_had();
    [[nodiscard]] Instant request_until() const;
    [[nodiscard]] Instant answer_until(const Member& member) const;

    // core_trial.cpp: whether a newcomer's core can load the room's states
    [[nodiscard]] bool is_core_known(const Member& newcomer) const;
    void begin_trial(Member& newcomer);
    void finish_trial(Member& newcomer, std::uint32_t core_size);
    void take_in(Member& newcomer);
    [[nodiscard]] bool can_be_taken_in(const Member& newcomer) const;
    [[nodiscard]] bool fits(const Member& member, const WaitingState& state) const;
    void dismiss_for_size(Member& member, std::uint32_t room_size);

    // departures.cpp: whether whoever is given a state stays
    void note_given(Member& member, const WaitingState& state);
    void note_departure(const Member& member, CloseReason end);
    void watch_those_given();

    // desync_watch.cpp: whether all have the same game
    void compare_states();
    [[nodiscard]] bool hears_objections() const;
    [[nodiscard]] Member* next_witness();
    void finish_comparison();
    void judge_comparison();
    void blame_witness();
    void give_up_witness();
    [[nodiscard]] RoomEvent event_of_witness(RoomEventKind kind) const;
    void tell_crc(Member& source, Frame frame, std::uint32_t crc);
    [[nodiscard]] bool is_only_for_mode(const Member& member) const;
    void note_objection(Member& member);

    // voice.cpp: what the relay says to them by itself
    [[nodiscard]] static bool knows_chat(const Member& member);
    [[nodiscard]] bool awaits_any_state(const Member& member) const;
    [[nodiscard]] bool hears(const Member& member) const;
    [[nodiscard]] std::string words_for(Phrase phrase, const std::string& nick,
                                        Values more = {}) const;
    void welcome(Member& member);
    void hold(Member& member, std::string text, Duration most);
    void say_what_was_held();
    void say_words(Member& member, const std::string& text);
    void say_if_heard(Member& member, const std::string& text);
    void say_of(Member& slow, Phrase to_others, Phrase to_itself, const Values& values);
    void tell_hold_up();
    void say_farewell(Member& member, CloseReason end);

    // sending.cpp: what members are told
    void say(Member& member, const wire::Command& command);
    [[nodiscard]] std::span<const std::uint8_t> encoded(const wire::Command& command,
                                                        wire::Dialect dialect = {});
    void say_bytes(Member& member, std::span<const std::uint8_t> bytes);
    void say_sync(Member& member);
    void say_mode(const Member& about, Frame frame);
    void say_mode_to(Member& member, const Member& about, Frame frame);
    void say_input(const Member& from, Frame frame, const wire::InputWords& words);
    [[nodiscard]] static bool can_read(const Member& member, const WaitingState& state);
    void say_state(Member& to, const WaitingState& state);
    void list(Member& member);
    void hand_over(Member& member);
    void tell(RoomEventKind kind, const Member* member);
    [[nodiscard]] RoomEvent event(RoomEventKind kind, const Member* member) const;

    const RoomSettings& settings_;
    Devices devices_{};
    std::array<std::uint8_t, wire::ports_max> share_modes_{};
    std::vector<std::unique_ptr<Member>> members_; // in the order they came
    std::vector<Member*> listed_;                  // with something outgoing
    std::vector<std::uint8_t> encoded_;            // what is being said
    Players players_;
    bool somebody_gone_ = false; // and is still in members_
    bool somebody_weighed_ = false;
    bool words_wait_ = false;                     // for some member
    Frame frame_ = 0;                             // the clock: the next frame to close
    std::uint64_t plays_ = 0;                     // so many have begun to play
    std::uint32_t players_max_ = wire::ports_max; // ports that are played
    std::uint64_t wishes_ = 0;                    // so many have asked to
    PlaceMemory places_;
    std::uint32_t kept_seen_ = 0; // ports kept for those who may come back, when wishes were served
    bool places_changed_ = false; // since then somebody has left one, or it is kept no more
    Instant since_{};
    Instant next_idle_frame_{}; // of the batch that is told next, the first
    Duration idle_batch_ = idle_batch_least;
    bool idle_begins_ = true;
    Instant clock_moved_at_{};
    Allowance pace_;
    std::shared_ptr<StateBudget> budget_; // never null
    std::shared_ptr<StateTrust> trust_;   // never null
    std::optional<Instant>
        minimum_frames_since_; // since then some member takes no MODE of the clock's frame

    std::optional<StateRequest> request_;
    std::optional<WaitingState> waiting_state_;
    bool state_wanted_ = false;
    Instant resynced_at_ = Instant::min(); // when a state was asked for last
    Instant watched_at_{};
    WatchRecord watch_;
    Allowance joins_{0.2, 6};
    Instant given_due_ = Instant::max();      // when it is known of the next who stays
    bool join_is_paid_ = false;               // out of joins_, for those who wait for a state now
    std::uint32_t asked_ = 0;                 // bitmap of members asked in vain this time
    std::optional<std::uint32_t> state_size_; // of the core, as first seen
    std::uint32_t platform_ = 0;              // of the first member

    std::uint32_t held_up_by_ = 0; // member number, 0: nobody
    std::uint32_t held_up_players_ = 0;
    Instant held_up_since_{};
    std::optional<Standstill> standstill_;
    Instant judged_at_{};
    PrefixMemory prefixes_;
    Wariness wariness_;
    Instant seats_open_at_ = Instant::max(); // for the first that waits only because it is new
    Allowance words_{0.5, 8};                // phrases of the relay
    std::optional<Instant> told_of_another_at_;

    Instant now_{};
    Output* out_ = nullptr; // only within a call from outside
};

} // namespace netplay_relay::room
