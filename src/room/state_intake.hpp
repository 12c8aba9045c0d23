// One savestate on its way in: collected, and inflated as it comes to see that it is whole. What a
// damaged one would do to the members is unknown: they load what they get (protocol.md, trap T29).
#pragma once

#include "base/ids.hpp"
#include "netplay/stream_checker.hpp"
#include "room/output.hpp"
#include "room/state_pools.hpp"
#include "wire/netplay_command.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace netplay_relay::room {

// How many bytes of savestates may be held, on their way in or out: by all rooms together, and of
// that by the rooms that one address has opened. With a pool, by those of all workers.
struct StateBudget
{
    explicit StateBudget(std::size_t bytes = 0, std::shared_ptr<StateBudget> share_of = nullptr,
                         std::shared_ptr<StatePool> of_process = nullptr, std::size_t workers = 1)
        : pool(std::move(of_process)), whole(std::move(share_of))
    {
        if (pool != nullptr) used.draw_on(&pool->used);
        if (pool != nullptr) reserved.draw_on(&pool->reserved);
        limit(bytes, workers);
    }

    void limit(std::size_t bytes, std::size_t workers)
    {
        most = bytes;
        used.draw_by(grain_of(bytes, workers));
        reserved.draw_by(grain_of(bytes, workers));
    }

    // Nearly used up: who takes no more of a state has to go, so that others get theirs.
    [[nodiscard]] bool is_short() const { return used.in_all() > most / 4 * 3; }

    // Both amounts below have the same limit.
    using Count = PooledAmount StateBudget::*;

    [[nodiscard]] bool fits(std::size_t bytes, Count in = &StateBudget::used) const
    {
        return (this->*in).in_all() + bytes <= most && (whole == nullptr || whole->fits(bytes, in));
    }
    void add(std::size_t bytes, Count to = &StateBudget::used)
    {
        this->*to += bytes;
        if (whole != nullptr) whole->add(bytes, to);
    }
    void remove(std::size_t bytes, Count from = &StateBudget::used)
    {
        this->*from -= bytes;
        if ((this->*from).own() == 0) (this->*from).give_all_back();
        if (whole != nullptr) whole->remove(bytes, from);
    }

    std::shared_ptr<StatePool> pool;    // which the amounts below draw on
    std::shared_ptr<StateBudget> whole; // that this is a share of, if any
    std::size_t most = 0;
    PooledAmount used;
    PooledAmount reserved; // for states that are still coming: addresses, not memory
};

// What cannot be made smaller grows a little in a zlib stream, and no honest one more than that.
constexpr std::uint64_t compressed_max(std::uint32_t size)
{
    return std::uint64_t{size} + size / 1000 + 128;
}

// Bytes that count in the budget, where they are added already, until the last who shares them is
// done with them.
[[nodiscard]] std::shared_ptr<std::vector<std::uint8_t>>
counted(std::vector<std::uint8_t> bytes, const std::shared_ptr<StateBudget>& budget);

class StateIntake
{
public:
    // Of `compressed` bytes that are announced to be a state of `size` bytes. What has come
    // counts in the budget until the last who shares it is done with it. What comes beyond the
    // budget is dropped; a bare stream that is made of it counts as well.
    StateIntake(wire::Frame frame, std::uint32_t size, std::size_t compressed, Instant began,
                const std::shared_ptr<StateBudget>& budget, netplay::StateForms forms = {});

    // One that is about to be read from a record: rebuild() makes it whole.
    StateIntake() = default;

    // Nobody will be given it: what has been looked at is not kept. More than a few megabytes that
    // wait for it, or 256 KiB if only the size is wanted, are dropped with all of it.
    void only_look() { kept_ = false; }
    [[nodiscard]] bool is_kept() const { return kept_; }
    ~StateIntake();
    StateIntake(StateIntake&&) noexcept;
    StateIntake& operator=(StateIntake&&) = delete;

    // Takes what it still needs; returns how much that was.
    std::size_t take(std::span<const std::uint8_t> bytes);
    [[nodiscard]] bool is_complete() const { return missing_ == 0; }

    // Checks a part of what is there, so small that nobody waits for it. False: call again.
    bool check_some();
    [[nodiscard]] bool is_good() const;
    [[nodiscard]] bool was_dropped() const { return dropped_; } // for want of memory
    [[nodiscard]] std::uint32_t crc() const; // CRC-32 of the core's state, if it is good
    [[nodiscard]] bool is_wrapped() const { return checker_->is_wrapped(); }
    // Of the core's state, in bytes; size() is that of the container, if it is wrapped.
    [[nodiscard]] std::uint32_t core_size() const
    {
        return static_cast<std::uint32_t>(checker_->core_size());
    }

    [[nodiscard]] wire::Frame frame() const { return frame_; }
    [[nodiscard]] std::uint32_t size() const { return size_; }
    [[nodiscard]] Instant began() const { return began_; }
    void forgive(Duration gap) { began_ += gap; }
    [[nodiscard]] SharedState share() { return data_; }
    // The stream of the core's state alone, once; null if none was wanted, or it came bare.
    [[nodiscard]] SharedState share_bare();

    // In a record is what has come of it. What has been inflated follows from that.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        if constexpr (std::is_const_v<Self>) {
            archive(self.progress(), *self.data_);
        } else {
            self.data_ = std::make_shared<std::vector<std::uint8_t>>();
            archive(self.come_to_, *self.data_);
        }
        archive(self.frame_, self.size_, self.missing_, self.forms_, self.dropped_, self.kept_,
                self.forgotten_);
        archive.times(self.began_);
    }

    // Behind fields(). False if no state can have come like that. One larger than that is dropped,
    // and so is one that is only looked at and has forgotten its beginning: it is asked for again.
    [[nodiscard]] bool rebuild(std::uint32_t size_max, const std::shared_ptr<StateBudget>& budget);

private:
    [[nodiscard]] netplay::CheckerProgress progress() const;
    void reserve(std::size_t more);
    void drop();
    void count_bare();
    void forget_some(); // what has been looked at
    void forget(std::size_t bytes);

    wire::Frame frame_ = 0;
    std::uint32_t size_ = 0;
    std::size_t missing_ = 0;
    std::size_t bare_counted_ = 0; // in the budget
    std::size_t reserved_ = 0;     // likewise, once
    std::size_t looked_at_ = 0;    // so much of `data_`, if it is not kept
    Instant began_{};
    netplay::StateForms forms_;
    std::size_t waiting_max_ = 0; // of what is not looked at yet, if it is not kept
    bool dropped_ = false;
    bool kept_ = true;
    bool over_ = false;      // its check
    bool forgotten_ = false; // some of its bytes, so that nobody could begin its check anew
    netplay::CheckerProgress come_to_; // as read from a record
    std::shared_ptr<StateBudget> budget_;
    std::shared_ptr<std::vector<std::uint8_t>> data_;
    std::unique_ptr<netplay::StreamChecker> checker_;
};

} // namespace netplay_relay::room
