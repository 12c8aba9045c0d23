// The frames of one peer: inputs as they become known, predictions where they are not, the states
// to go back to, and the replay when a prediction was wrong (protocol.md, "Frames").
#pragma once

#include "rollback/core.hpp"
#include "rollback/seats.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace netplay_relay::rollback {

using wire::InputWords;

inline constexpr std::size_t client_ring_frames = 62;
inline constexpr std::size_t server_ring_frames = 124;

using Devices = std::array<std::uint32_t, ports_max>; // the libretro device of each port

struct RollbackCounts
{
    std::uint64_t rollbacks = 0;
    std::uint64_t frames_replayed = 0;
    std::uint64_t states_loaded = 0;   // from outside
    std::vector<std::uint64_t> depths; // how many rollbacks went back i frames, i up to the ring
};

// All frame numbers name the first frame that is not yet done.
class Timeline
{
public:
    // Begins at `start`, with the core as it stands there. The core must outlive the timeline.
    Timeline(Core& core, std::size_t ring_frames, Frame start, const Devices& devices,
             const Seats& seats);

    [[nodiscard]] Frame self() const { return self_; }   // whose local input is read next
    [[nodiscard]] Frame run() const { return run_; }     // which the core runs next
    [[nodiscard]] Frame other() const { return other_; } // never rewound before this one
    [[nodiscard]] Frame read(std::uint32_t client) const { return read_[client]; }
    [[nodiscard]] const Seats& seats() const { return history_.latest(); }
    [[nodiscard]] const Seats& seats_at(Frame frame) const { return history_.at(frame); }
    [[nodiscard]] const Devices& devices() const { return devices_; }
    [[nodiscard]] const RollbackCounts& counts() const { return counts_; }
    [[nodiscard]] Core& core() { return core_; }

    // The words a client's INPUT has for these seats.
    [[nodiscard]] std::size_t input_size(const Seats& seats, std::uint32_t client) const;

    // False while the slot of that frame is still needed for an older one.
    [[nodiscard]] bool has_room(Frame frame) const;

    // The input of a client for its next frame, read(client), which must have room.
    void put_input(std::uint32_t client, const InputWords& words);
    // What was put for that frame; nothing if it is not known (any more).
    [[nodiscard]] const InputWords* input(std::uint32_t client, Frame frame) const;

    // Changes of seats from a frame on; frames already run are replayed. False if there are more of
    // them than an honest server makes.
    bool sit(std::uint32_t client, Frame from, std::uint32_t ports);
    bool leave(std::uint32_t client, Frame from);
    bool share(Frame from, const std::array<std::uint8_t, ports_max>& share_modes);
    bool flip(Frame from);

    // The next input of this client is that of `frame`; those before it will never come.
    void expect(std::uint32_t client, Frame frame);
    void expect_all(Frame frame); // of every client that is not as far

    // Local input for self() was taken.
    void advance_self() { ++self_; }

    // Confirms the frames below `unread`, whose inputs are all known; replays from the first that
    // was run with a wrong prediction. False if the core failed.
    [[nodiscard]] bool confirm(Frame unread);

    // Runs one frame with what is known of its inputs. False if the core failed.
    [[nodiscard]] bool run_frame();

    // Makes a state the truth before frame `frame`, which is not before other(): what was run from
    // there is replayed at the next confirm(). False if the core refused it.
    [[nodiscard]] bool load(Frame frame, std::span<const std::uint8_t> state);

    // The same with the state that a reset core has.
    [[nodiscard]] bool reset(Frame frame);

    // Makes the state as it is run, predictions and all, the truth before self(), and returns it:
    // what serving a savestate means (protocol.md, "Serving a savestate"). Empty if the core
    // failed. The span is valid until the next frame is run.
    [[nodiscard]] std::span<const std::uint8_t> confirm_predictions();

    // The next frame whose state can change no more, in order, each once; nothing if there is none
    // now. Its state, before its input, is state(frame).
    [[nodiscard]] std::optional<Frame> next_confirmed();
    [[nodiscard]] std::span<const std::uint8_t> state(Frame frame) const;
    // True if frame is still in the ring and its state can change no more.
    [[nodiscard]] bool is_confirmed(Frame frame) const;

private:
    struct Slot
    {
        Frame frame = 0;
        std::uint32_t known = 0; // bitmap of clients whose input is here
        bool has_state = false;
        std::vector<std::uint8_t> state; // before the input
        FrameInput used{};               // what the frame was last run with
        std::array<InputWords, clients_max> inputs;
    };

    Slot& slot_of(Frame frame);
    [[nodiscard]] const Slot* find_slot(Frame frame) const;
    [[nodiscard]] FrameInput resolve(Frame frame) const;
    [[nodiscard]] PortInput port_words(const Slot* slot, const Seats& seats, std::uint32_t client,
                                       std::size_t port) const;
    bool save_into(Slot& slot);
    bool rewind(Frame from);
    bool became_truth(Frame frame);
    void begin_truth(Frame frame);
    void replay_from(Frame frame);

    Core& core_;
    Devices devices_;
    std::vector<std::unique_ptr<Slot>> ring_; // each made when a frame comes to it: they are large
    SeatHistory history_;
    std::array<Frame, clients_max> read_{};
    std::array<InputWords, clients_max> last_words_{}; // the prediction for what is not known
    Frame self_;
    Frame run_;
    Frame other_;
    Frame confirmed_;
    Frame truth_from_;                 // of the last state that came from outside or was given away
    std::optional<Frame> replay_from_; // forced by a change of seats or a state
    RollbackCounts counts_;
};

} // namespace netplay_relay::rollback
