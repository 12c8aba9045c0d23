// How much of something may be done: so much a second, and so much at once.
#pragma once

#include "base/ids.hpp"

#include <algorithm>
#include <chrono>

namespace netplay_relay {

// A leaky bucket. `now` may go back: then nothing is earned.
class Allowance
{
public:
    Allowance() = default; // of nothing, until change()
    Allowance(double rate, double burst) : rate_(rate), burst_(burst) {}

    // Another rate from now on; what is spent stays so.
    void change(double rate, double burst)
    {
        rate_ = rate;
        burst_ = burst;
    }

    // False if that is too much now.
    [[nodiscard]] bool spend(Instant now, double amount = 1)
    {
        if (!may_spend(now, amount)) return false;
        spent_ += amount;
        return true;
    }

    [[nodiscard]] bool may_spend(Instant now, double amount = 1)
    {
        const double seconds = std::chrono::duration<double>(now - counted_at_).count();
        spent_ = std::max(0.0, spent_ - std::max(seconds, 0.0) * rate_);
        counted_at_ = now;
        return spent_ + amount <= burst_;
    }

    // When one more can be spent: `now` if it can already.
    [[nodiscard]] Instant next(Instant now) const
    {
        const double lacking = spent_ + 1 - burst_;
        if (lacking <= 0) return now;
        const std::chrono::duration<double> wait(lacking / rate_);
        return std::max(now, counted_at_ + std::chrono::duration_cast<Duration>(wait) +
                                 std::chrono::microseconds(1));
    }

    [[nodiscard]] Instant counted_at() const { return counted_at_; } // spent last, or asked

    // So much is not earned again yet.
    [[nodiscard]] double spent(Instant now) const
    {
        const double seconds = std::chrono::duration<double>(now - counted_at_).count();
        return std::max(0.0, spent_ - std::max(seconds, 0.0) * rate_);
    }

    // What was spent elsewhere: the worse of both holds.
    void learn(const Allowance& elsewhere)
    {
        spent_ = std::max(spent_, elsewhere.spent_);
        counted_at_ = std::max(counted_at_, elsewhere.counted_at_);
    }

    // What it consists of, for records (src/record/archive.hpp). What it allows is fixed.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        constexpr double most = 1e9;
        archive(self.spent_);
        archive.check(self.spent_ >= 0 && self.spent_ <= (self.rate_ > 0 ? self.burst_ : most));
        archive.times(self.counted_at_);
    }

private:
    double rate_ = 0;
    double burst_ = 0;
    double spent_ = 0;
    Instant counted_at_{};
};

} // namespace netplay_relay
