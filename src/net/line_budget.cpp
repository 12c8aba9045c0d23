#include "net/line_budget.hpp"

namespace netplay_relay::net {

bool LineBudget::may_write(Subject subject, bool is_noise, lobby::Instant now)
{
    const bool is_too_much = is_noise && is_too_noisy(now);
    const bool is_full =
        is_noise ? noisy_ >= limits_.noisy_subjects : entries_.size() - noisy_ >= limits_.subjects;
    if (is_too_much || (is_full && !entries_.contains(subject))) subject.address = {};
    const auto [found, is_new] = entries_.try_emplace(subject);
    Entry& entry = found->second;
    if (is_new) {
        ends_.emplace_back(now + limits_.interval, subject);
        entry.is_noise = is_noise;
        noisy_ += is_noise ? 1U : 0U;
    }
    if (is_too_much || entry.written >= (is_noise ? limits_.noise : limits_.lines)) {
        ++entry.suppressed;
        return false;
    }
    ++entry.written;
    if (is_noise) ++noise_;
    return true;
}

bool LineBudget::is_too_noisy(lobby::Instant now)
{
    if (now >= noise_since_ + limits_.interval) {
        noise_since_ = now;
        noise_ = 0;
    }
    return noise_ >= limits_.noise_in_all;
}

std::vector<LineBudget::Suppressed> LineBudget::take_suppressed(lobby::Instant now)
{
    std::vector<Suppressed> all;
    while (!ends_.empty() && ends_.front().first <= now) {
        const auto entry = entries_.find(ends_.front().second);
        if (entry->second.suppressed > 0) all.push_back({entry->first, entry->second.suppressed});
        noisy_ -= entry->second.is_noise ? 1U : 0U;
        entries_.erase(entry);
        ends_.pop_front();
    }
    return all;
}

} // namespace netplay_relay::net
