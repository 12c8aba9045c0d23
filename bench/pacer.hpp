// When each player sends: one slot per player, evenly over the frame; the seed says whose is which.
#pragma once

#include "modes.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

namespace bench {

constexpr std::uint64_t frame_ns = ns_per_second / frames_per_second;

class Pacer
{
public:
    Pacer(std::size_t players, std::uint64_t seed)
    {
        for (std::size_t i = 0; i < players; ++i)
            order_.push_back(i);
        std::mt19937_64 random(seed);
        std::shuffle(order_.begin(), order_.end(), random);
        frame_started_ = due_ = now_ns();
    }

    std::uint64_t due() const { return due_; }

    // Whose turn it is; nobody's before the next is due.
    std::optional<std::size_t> next(std::uint64_t now)
    {
        if (now < due_) return std::nullopt;
        const std::size_t player = order_[slot_];
        if (++slot_ == order_.size()) {
            slot_ = 0;
            frame_started_ += frame_ns;
        }
        due_ = frame_started_ + frame_ns * slot_ / order_.size();
        return player;
    }

private:
    std::vector<std::size_t> order_; // who sends in which slot of the frame
    std::size_t slot_ = 0;
    std::uint64_t frame_started_ = 0;
    std::uint64_t due_ = 0;
};

} // namespace bench
