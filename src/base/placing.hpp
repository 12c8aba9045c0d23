// To which workers of a process new games go.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace netplay_relay {

// Shares out one game after the other by weight, so that many that come at once do not all come to
// one worker: of each row of them a worker gets its part, evenly spread.
class Placing
{
public:
    Placing() = default;
    // A weight for each worker; none, or nothing but zeros: games stay where they come to.
    explicit Placing(std::vector<std::uint8_t> weights)
        : weights_(std::move(weights)), turns_(weights_.size())
    {
        for (const std::uint8_t weight : weights_)
            sum_ += weight;
    }

    [[nodiscard]] const std::vector<std::uint8_t>& weights() const { return weights_; }

    // Whose the next one is; nothing: it stays.
    [[nodiscard]] std::optional<std::uint16_t> next()
    {
        if (sum_ == 0) return std::nullopt;
        for (std::size_t at = 0; at < turns_.size(); ++at)
            turns_[at] += weights_[at];
        const auto first = std::ranges::max_element(turns_);
        *first -= sum_;
        return static_cast<std::uint16_t>(first - turns_.begin());
    }

private:
    std::vector<std::uint8_t> weights_;
    std::vector<int> turns_; // how long each has waited for its next one
    int sum_ = 0;
};

} // namespace netplay_relay
