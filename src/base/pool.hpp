// An amount of which a process has so much in all, whichever of its workers has it: each draws on
// it in bulk, so that none touches what others write for every piece.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <utility>

namespace netplay_relay {

// What all workers have drawn; from any of their threads.
class Pool
{
public:
    void draw(std::size_t amount) { drawn_.fetch_add(amount, std::memory_order_relaxed); }
    void give_back(std::size_t amount) { drawn_.fetch_sub(amount, std::memory_order_relaxed); }
    [[nodiscard]] std::size_t drawn() const { return drawn_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::size_t> drawn_{0};
};

// What is drawn at once where so much is allowed in all: what nobody uses of what is drawn is a
// 32nd of that at most.
[[nodiscard]] constexpr std::size_t grain_of(std::size_t most, std::size_t workers)
{
    constexpr std::size_t grains = 64;
    constexpr std::size_t grain_max = 64U << 10U;
    return std::clamp<std::size_t>(most / (grains * workers), 1, grain_max);
}

// What one worker has of it; without a pool it is all there is.
class PooledAmount
{
public:
    PooledAmount() = default;
    PooledAmount(PooledAmount&&) = delete;
    ~PooledAmount()
    {
        if (pool_ != nullptr) pool_->give_back(drawn_);
    }

    // Once, before there is anything. The pool outlives it.
    void draw_on(Pool* pool) { pool_ = pool; }
    void draw_by(std::size_t grain) { grain_ = grain; }

    PooledAmount& operator+=(std::size_t more)
    {
        own_ += more;
        if (pool_ != nullptr && own_ > drawn_) draw();
        return *this;
    }
    PooledAmount& operator-=(std::size_t less)
    {
        own_ -= less;
        if (drawn_ > own_ + 2 * grain_) give_back();
        return *this;
    }

    // Else some is kept for what comes next.
    void give_all_back()
    {
        if (drawn_ > own_) pool_->give_back(drawn_ - own_);
        drawn_ = std::min(drawn_, own_);
    }

    [[nodiscard]] bool is_pooled() const { return pool_ != nullptr; }
    [[nodiscard]] std::size_t own() const { return own_; }
    // What the others have drawn and not used counts as well.
    [[nodiscard]] std::size_t in_all() const
    {
        return pool_ == nullptr ? own_ : pool_->drawn() - drawn_ + own_;
    }
    // Whether it has drawn more since it was asked.
    [[nodiscard]] bool has_drawn() { return std::exchange(has_drawn_, false); }

private:
    void draw()
    {
        const std::size_t more = own_ - drawn_ + grain_;
        pool_->draw(more);
        drawn_ += more;
        has_drawn_ = true;
    }
    void give_back()
    {
        const std::size_t rest = drawn_ - own_ - grain_;
        pool_->give_back(rest);
        drawn_ -= rest;
    }

    Pool* pool_ = nullptr;
    std::size_t grain_ = 1;
    std::size_t own_ = 0;
    std::size_t drawn_ = 0; // never less than what is its own, if there is a pool
    bool has_drawn_ = false;
};

} // namespace netplay_relay
