#include "rollback/timeline.hpp"

#include "base/ensure.hpp"
#include "merge.hpp"

#include <algorithm>
#include <bit>

namespace netplay_relay::rollback {

Timeline::Timeline(Core& core, std::size_t ring_frames, Frame start, const Devices& devices,
                   const Seats& seats)
    : core_(core), devices_(devices), ring_(ring_frames), history_(seats, start), self_(start),
      run_(start), other_(start), confirmed_(start), truth_from_(start)
{
    read_.fill(start);
    counts_.depths.resize(ring_frames + 1);
    for (std::size_t port = 0; port < ports_max; ++port)
        core_.plug(port, devices_[port]);
}

Timeline::Slot& Timeline::slot_of(Frame frame)
{
    std::unique_ptr<Slot>& slot = ring_[frame % ring_.size()];
    if (slot == nullptr) slot = std::make_unique<Slot>();
    if (slot->frame != frame) {
        slot->frame = frame;
        slot->known = 0;
        slot->has_state = false;
    }
    return *slot;
}

const Timeline::Slot* Timeline::find_slot(Frame frame) const
{
    const Slot* slot = ring_[frame % ring_.size()].get();
    return slot != nullptr && slot->frame == frame ? slot : nullptr;
}

std::size_t Timeline::input_size(const Seats& seats, std::uint32_t client) const
{
    std::size_t words = 0;
    for (std::size_t port = 0; port < ports_max; ++port)
        if ((seats.clients[port] >> client & 1U) != 0) words += wire::device_words(devices_[port]);
    return words;
}

bool Timeline::has_room(Frame frame) const
{
    return frame < other_ || frame - other_ < ring_.size();
}

void Timeline::put_input(std::uint32_t client, const InputWords& words)
{
    const Frame frame = read_[client];
    ensure(has_room(frame), "an input is put where there is room for it");
    ++read_[client];
    if (frame < other_) return; // of a slave: that frame is over
    Slot& slot = slot_of(frame);
    slot.known |= 1U << client;
    slot.inputs[client] = words;
    last_words_[client] = words;
}

const InputWords* Timeline::input(std::uint32_t client, Frame frame) const
{
    const Slot* slot = find_slot(frame);
    if (slot == nullptr || (slot->known >> client & 1U) == 0) return nullptr;
    return &slot->inputs[client];
}

void Timeline::replay_from(Frame frame)
{
    const Frame from = std::max(frame, other_);
    if (from >= run_) return;
    replay_from_ = std::min(from, replay_from_.value_or(from));
}

bool Timeline::sit(std::uint32_t client, Frame from, std::uint32_t ports)
{
    if (history_.full()) return false;
    history_.change(from, [&](Seats& seats) { seats.sit(client, ports); });
    last_words_[client] = {};
    replay_from(from);
    return true;
}

bool Timeline::leave(std::uint32_t client, Frame from)
{
    if (history_.full()) return false;
    history_.change(from, [&](Seats& seats) { seats.leave(client); });
    replay_from(from);
    return true;
}

bool Timeline::share(Frame from, const std::array<std::uint8_t, ports_max>& share_modes)
{
    if (history_.latest().share_modes == share_modes) return true;
    if (history_.full()) return false;
    history_.change(from, [&](Seats& seats) { seats.share_modes = share_modes; });
    replay_from(from);
    return true;
}

bool Timeline::flip(Frame from)
{
    if (history_.full()) return false;
    history_.change(from, [](Seats& seats) { seats.flipped = !seats.flipped; });
    replay_from(from);
    return true;
}

void Timeline::expect(std::uint32_t client, Frame frame)
{
    if (read_[client] == frame) return;
    read_[client] = frame;
    // What another peer of that number sent for later frames is not this one's.
    for (const std::unique_ptr<Slot>& slot : ring_)
        if (slot != nullptr && slot->frame >= frame) slot->known &= ~(1U << client);
}

void Timeline::expect_all(Frame frame)
{
    for (Frame& next : read_)
        next = std::max(next, frame);
}

PortInput Timeline::port_words(const Slot* slot, const Seats& seats, std::uint32_t client,
                               std::size_t port) const
{
    const bool known = slot != nullptr && (slot->known >> client & 1U) != 0;
    const std::span<const std::uint32_t> words =
        (known ? slot->inputs[client] : last_words_[client]).view();
    std::size_t begin = 0;
    for (std::size_t lower = 0; lower < port; ++lower)
        if ((seats.clients[lower] >> client & 1U) != 0)
            begin += wire::device_words(devices_[lower]);

    PortInput input;
    const std::size_t size = std::min(wire::device_words(devices_[port]), port_words_max);
    for (std::size_t i = 0; i < size && begin + i < words.size(); ++i)
        input.words[i] = words[begin + i];
    return input;
}

FrameInput Timeline::resolve(Frame frame) const
{
    const Slot* slot = find_slot(frame);
    const Seats& seats = history_.at(frame);
    FrameInput input{};
    for (std::size_t port = 0; port < ports_max; ++port) {
        if (seats.clients[port] == 0) continue;
        std::array<PortInput, clients_max> of_players;
        std::size_t players = 0;
        for (std::uint32_t left = seats.clients[port]; left != 0; left &= left - 1)
            of_players[players++] =
                port_words(slot, seats, static_cast<std::uint32_t>(std::countr_zero(left)), port);
        input[port] =
            merge(devices_[port], seats.share_modes[port], std::span(of_players).first(players));
    }
    if (seats.flipped) std::swap(input[0], input[1]);
    return input;
}

bool Timeline::save_into(Slot& slot)
{
    const std::size_t size = core_.state_size();
    if (size == 0) return false;
    slot.state.resize(size);
    slot.has_state = core_.save(slot.state);
    return slot.has_state;
}

bool Timeline::run_frame()
{
    Slot& slot = slot_of(run_);
    if (!slot.has_state && !save_into(slot)) return false;
    slot.used = resolve(run_);
    core_.run(slot.used);
    ++run_;
    return true;
}

bool Timeline::rewind(Frame from)
{
    const Slot* begin = find_slot(from);
    if (begin == nullptr || !begin->has_state) return false;
    const Frame until = run_;
    const std::size_t depth = until - from;
    ++counts_.rollbacks;
    ++counts_.depths[std::min(depth, counts_.depths.size() - 1)];
    counts_.frames_replayed += depth;

    if (!core_.load(begin->state)) return false;
    run_ = from;
    core_.repeat_frames(true);
    bool good = true;
    while (good && run_ < until) {
        if (run_ != from) slot_of(run_).has_state = false;
        good = run_frame();
    }
    core_.repeat_frames(false);
    return good;
}

bool Timeline::confirm(Frame unread)
{
    const Frame limit = std::max(other_, std::min(unread, run_));
    const Frame forced = replay_from_.value_or(run_);
    Frame wrong = other_;
    while (wrong < limit && wrong < forced && find_slot(wrong)->used == resolve(wrong))
        ++wrong;
    const bool mispredicted = wrong < limit && wrong < forced;
    if ((mispredicted || forced < run_) && !rewind(mispredicted ? wrong : forced)) return false;
    replay_from_.reset();
    other_ = limit;
    history_.forget_before(other_);
    return true;
}

bool Timeline::became_truth(Frame frame)
{
    if (!core_.load(slot_of(frame).state)) return false;
    replay_from_.reset();
    if (frame < run_)
        replay_from_ = frame;
    else
        run_ = frame; // ahead of all we ran: jump
    self_ = std::max(self_, frame);
    begin_truth(frame);
    ++counts_.states_loaded;
    return true;
}

void Timeline::begin_truth(Frame frame)
{
    other_ = frame;
    confirmed_ = frame;
    truth_from_ = frame;
    expect_all(frame);
    history_.forget_before(frame);
}

bool Timeline::load(Frame frame, std::span<const std::uint8_t> state)
{
    ensure(frame >= other_, "a state is loaded at a frame that is not yet confirmed");
    Slot& slot = slot_of(frame);
    slot.state.assign(state.begin(), state.end());
    slot.has_state = true;
    return became_truth(frame);
}

bool Timeline::reset(Frame frame)
{
    ensure(frame >= other_, "a reset is at a frame that is not yet confirmed");
    // The core goes on from the state before that frame, as far as it is known: what a reset keeps
    // (main memory, on most machines) is taken from there.
    const Slot* before = find_slot(frame);
    if (frame < run_ && before != nullptr && before->has_state && !core_.load(before->state))
        return false;
    core_.reset();
    if (!save_into(slot_of(frame))) return false;
    return became_truth(frame);
}

std::span<const std::uint8_t> Timeline::confirm_predictions()
{
    Slot& slot = slot_of(self_);
    if (!save_into(slot)) return {};
    run_ = self_;
    replay_from_.reset();
    begin_truth(self_);
    return slot.state;
}

std::optional<Frame> Timeline::next_confirmed()
{
    if (confirmed_ > other_ || confirmed_ >= run_) return std::nullopt;
    return confirmed_++;
}

std::span<const std::uint8_t> Timeline::state(Frame frame) const
{
    const Slot* slot = find_slot(frame);
    if (slot == nullptr || !slot->has_state) return {};
    return slot->state;
}

bool Timeline::is_confirmed(Frame frame) const
{
    const Slot* slot = find_slot(frame);
    return slot != nullptr && slot->has_state && frame >= truth_from_ && frame <= other_ &&
           frame < run_;
}

} // namespace netplay_relay::rollback
