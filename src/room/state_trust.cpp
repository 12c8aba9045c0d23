#include "state_trust.hpp"

#include <algorithm>

namespace netplay_relay::room {

void StateTrust::note_lie(const wire::Address& household, Instant now)
{
    if (Record* record = note(household, now)) record->lies = std::min(record->lies + 1, lies_max);
}

void StateTrust::hear_no_more_of(const wire::Address& household, Instant now)
{
    if (Record* record = note(household, now)) record->lies = lies_max;
}

unsigned StateTrust::lies_of(const wire::Address& household, Instant now) const
{
    const Record* record = find(household, now);
    return record == nullptr ? 0 : record->lies;
}

bool StateTrust::may_witness(const wire::Address& household, Instant now) const
{
    return lies_of(household, now) < lies_max;
}

bool StateTrust::is_doubted(const wire::Address& household, Instant now) const
{
    return lies_of(household, now) > 0;
}

StateTrust::Record* StateTrust::note(const wire::Address& household, Instant now)
{
    std::erase_if(known_, [&](const auto& entry) { return entry.second.until <= now; });
    if (known_.size() >= trust_max && !known_.contains(household)) return nullptr;
    Record& record = known_[household];
    record.until = now + trust_memory;
    return &record;
}

const StateTrust::Record* StateTrust::find(const wire::Address& household, Instant now) const
{
    const auto found = known_.find(household);
    return found == known_.end() || found->second.until <= now ? nullptr : &found->second;
}

} // namespace netplay_relay::room
