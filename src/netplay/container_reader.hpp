// Finds the core's state in a savestate that comes in pieces: all of it, or what a container of
// protocol 7 holds (protocol.md, "Savestates").
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace netplay_relay::netplay {

class ContainerReader
{
public:
    // With `may_be_wrapped` a state that begins as a container does is one. Without, none is.
    explicit ContainerReader(bool may_be_wrapped)
        : place_(may_be_wrapped ? Place::head : Place::bare)
    {
    }

    // Takes the next bytes of the state. `core` is called with those that are the core's, in order,
    // as spans into `bytes`, or into this reader for up to the first 8 of a bare state.
    template <class Core>
    void read(std::span<const std::uint8_t> bytes, const Core& core);

    // The state is over: what was kept to see whether it is a container is the core's, if it is
    // none.
    template <class Core>
    void finish(const Core& core);

    [[nodiscard]] bool is_wrapped() const { return wrapped_; }
    [[nodiscard]] bool is_bare() const { return place_ == Place::bare; } // it is known to be
    // What the container says, in bytes, once it has.
    [[nodiscard]] std::optional<std::size_t> core_length() const { return core_length_; }
    // Valid once it is over: a bare state, or a container with one core's state that is whole.
    [[nodiscard]] bool is_good() const;

private:
    enum class Place : std::uint8_t
    {
        bare,
        head,       // the first 8 bytes, which tell what it is
        block_head, // the 8 before each block
        core_state,
        other_block, // and what fills blocks up to a multiple of 8
        over,        // behind END: passed over
        damaged,
    };

    std::size_t take_head(std::span<const std::uint8_t> bytes);
    void enter_block();
    void leave_block();

    Place place_;
    bool wrapped_ = false;
    std::optional<std::size_t> core_length_;
    std::array<std::uint8_t, 8> head_{};
    std::size_t head_size_ = 0;
    std::size_t core_left_ = 0;
    std::uint64_t skip_left_ = 0; // a block's length and its padding: more than 32 bits
};

template <class Core>
void ContainerReader::read(std::span<const std::uint8_t> bytes, const Core& core)
{
    while (!bytes.empty()) {
        std::size_t used = bytes.size();
        switch (place_) {
        case Place::bare: core(bytes); break;
        case Place::head:
        case Place::block_head:
            used = take_head(bytes);
            if (place_ == Place::bare) core(std::span<const std::uint8_t>(head_).first(head_size_));
            break;
        case Place::core_state:
            used = std::min(core_left_, bytes.size());
            core_left_ -= used;
            core(bytes.first(used));
            leave_block();
            break;
        case Place::other_block:
            used = static_cast<std::size_t>(std::min<std::uint64_t>(skip_left_, bytes.size()));
            skip_left_ -= used;
            leave_block();
            break;
        case Place::over:
        case Place::damaged: break;
        }
        bytes = bytes.subspan(used);
    }
}

template <class Core>
void ContainerReader::finish(const Core& core)
{
    if (place_ != Place::head) return;
    place_ = Place::bare;
    core(std::span<const std::uint8_t>(head_).first(head_size_));
}

} // namespace netplay_relay::netplay
