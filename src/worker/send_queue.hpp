// What a member of a room, or a peer of a party, is still to be sent. Savestates and messages in it
// are shared with others: it keeps its own place in them and no copy.
#pragma once

#include "room/output.hpp"
#include "worker/io.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace netplay_relay::worker {

// A member that has this much to read, savestates aside, or so many of those, is too slow.
inline constexpr std::size_t member_backlog_max = 256U << 10U;
inline constexpr std::size_t member_states_max = 4;
// So is one that takes this long for a savestate; its frontend has given up long before.
inline constexpr std::chrono::seconds member_state_limit{30};
// How often a connection that has not taken all is looked at.
inline constexpr std::chrono::seconds member_look{5};
// So much waits for a peer of a party at most; the party manager sends less by itself.
inline constexpr std::size_t peer_backlog_max = 4U << 20U;
// While the memory for savestates is nearly used up, so is one that takes less than this from one
// look to the next, 5 s later: others wait for theirs.
inline constexpr std::uint64_t member_progress_least = 64U << 10U;

class SendQueue
{
public:
    [[nodiscard]] bool empty() const { return pieces_.empty(); }
    [[nodiscard]] std::size_t backlog() const { return backlog_; } // bytes, without savestates
    [[nodiscard]] std::size_t states() const { return states_; }
    [[nodiscard]] std::size_t size() const { return size_; } // bytes, with savestates

    void push(std::vector<std::uint8_t> bytes);
    void push(room::SharedState state);
    // The same for messages, of which many are small: those are copied, behind each other.
    void push_message(SharedBytes message);

    // Writes what the connection takes, at most about `budget` bytes. `moved` if nothing is left or
    // the budget is spent.
    [[nodiscard]] IoResult flush(Io& io, Handle handle, std::size_t budget);

    std::uint64_t taken_at_look = 0; // bytes that the member had taken when it was last looked at
    Instant states_since{};          // when the first savestate here was to be sent

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.pieces_, self.taken_at_look, self.states_since);
    }
    // Counts what was taken from bytes. False if that cannot be.
    [[nodiscard]] bool count_again();

    // `change` takes each savestate and gives what takes its place, of the same bytes.
    template <class Change>
    void change_states(const Change& change)
    {
        for (Piece& piece : pieces_)
            if (piece.state) piece.state = change(std::move(piece.state));
    }

    // What is left if that is at most `most` bytes, else nothing: to be sent before somebody is
    // closed.
    [[nodiscard]] std::vector<std::uint8_t> pending_output(std::size_t most) const;

private:
    struct Piece
    {
        std::vector<std::uint8_t> bytes;
        room::SharedState state; // instead of `bytes`
        std::size_t sent = 0;

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.bytes, self.state, self.sent);
        }

        [[nodiscard]] std::span<const std::uint8_t> rest() const
        {
            return std::span(state ? *state : bytes).subspan(sent);
        }
    };

    std::deque<Piece> pieces_;
    std::size_t size_ = 0;
    std::size_t backlog_ = 0;
    std::size_t states_ = 0;
};

} // namespace netplay_relay::worker
