// How far a room trusts newcomers, after others have spoilt its game: an address that was sent away
// is known, and the next one that comes is not.
#pragma once

#include "base/ids.hpp"

#include <chrono>

namespace netplay_relay::room {

// When nobody was sent away for so long, all is forgotten.
inline constexpr std::chrono::minutes wariness_memory{10};
// From the second on, newcomers only watch for so long behind each, and behind their own coming:
// a frontend that loads the state for seconds is through with it by then.
inline constexpr std::chrono::seconds watch_first{15};
// Behind the third and each further one it is on purpose.
inline constexpr std::chrono::seconds watch_first_later{300};
// And one after the other.
inline constexpr std::chrono::seconds between_newcomers{60};
// Whoever comes behind more of them is doubted no more than behind so many.
inline constexpr unsigned doubts_max = 5;

class Wariness
{
public:
    void note_sentence(Instant now);
    // A newcomer that plays no more kept the others waiting for so long. Together they may do what
    // one may, which is `most`; then it counts as a sentence.
    void note_loss(Duration lost, Duration most, Instant now);
    void note_seat(Instant now); // of a newcomer

    // So many were sent away, one soon after the other.
    [[nodiscard]] unsigned sentences(Instant now) const;
    // When the first of them was.
    [[nodiscard]] Instant since() const { return first_; }
    // When all is forgotten.
    [[nodiscard]] Instant ends() const { return last_ + wariness_memory; }
    // No newcomer is given a seat before then.
    [[nodiscard]] Instant seats_from(Instant now) const;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.sentences_, self.lost_);
        archive.times(self.first_, self.last_, self.lost_at_);
        archive(self.seated_at_); // if ever
        archive.check(self.seated_at_ != Instant::max());
    }

private:
    unsigned sentences_ = 0;
    Instant first_{};
    Instant last_{};
    Duration lost_{}; // counted towards the next one,
    Instant lost_at_{};
    Instant seated_at_ = Instant::min();
};

} // namespace netplay_relay::room
