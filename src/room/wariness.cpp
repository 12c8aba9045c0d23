#include "wariness.hpp"

#include <algorithm>

namespace netplay_relay::room {

void Wariness::note_sentence(Instant now)
{
    const unsigned before = sentences(now);
    if (before == 0) first_ = now;
    sentences_ = before + 1;
    last_ = now;
}

void Wariness::note_loss(Duration lost, Duration most, Instant now)
{
    if (now - lost_at_ >= wariness_memory) lost_ = {};
    lost_ += lost;
    lost_at_ = now;
    if (lost_ < most) return;
    lost_ = {};
    note_sentence(now);
}

void Wariness::note_seat(Instant now) { seated_at_ = now; }

unsigned Wariness::sentences(Instant now) const
{
    return now - last_ < wariness_memory ? sentences_ : 0;
}

Instant Wariness::seats_from(Instant now) const
{
    const unsigned count = sentences(now);
    if (count < 2) return Instant::min();
    const Duration wait = count == 2 ? watch_first : watch_first_later;
    const Instant behind_newcomer =
        seated_at_ == Instant::min() ? seated_at_ : seated_at_ + between_newcomers;
    return std::max(last_ + wait, behind_newcomer);
}

} // namespace netplay_relay::room
