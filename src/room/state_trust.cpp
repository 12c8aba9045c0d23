#include "state_trust.hpp"

#include <algorithm>

namespace netplay_relay::room {

namespace {

// Whoever has an IPv6 network of 64 bits has as many more of them as it likes, mostly within 48.
wire::Address network_of(wire::Address address)
{
    if (address.is_ipv4()) return address;
    std::fill(address.bytes.begin() + 6, address.bytes.end(), std::uint8_t{0});
    return address;
}

} // namespace

void StateTrust::note_lie(const wire::Address& prefix, Instant now)
{
    if (Record* record = note(prefix, now)) record->lies = std::min(record->lies + 1, lies_max);
}

void StateTrust::hear_no_more_of(const wire::Address& prefix, Instant now)
{
    if (Record* record = note(prefix, now)) record->lies = lies_max;
}

unsigned StateTrust::lies_of(const wire::Address& prefix, Instant now) const
{
    const Record* record = find(prefix, now);
    return record == nullptr ? 0 : record->lies;
}

bool StateTrust::may_witness(const wire::Address& prefix, Instant now) const
{
    return lies_of(prefix, now) < lies_max;
}

bool StateTrust::is_doubted(const wire::Address& prefix, Instant now) const
{
    return lies_of(prefix, now) > 0 || losses_of(prefix, now) > 0;
}

std::size_t StateTrust::note_loss(const wire::Address& source, const wire::Address& leaver,
                                  Instant now)
{
    Record* record = note(source, now);
    if (record == nullptr || record->losses.size() >= losses_max) return 0;
    const wire::Address network = network_of(leaver);
    if (std::ranges::count(record->losses, network) != 0) return 0;
    record->losses.push_back(network);
    return record->losses.size();
}

void StateTrust::forget_losses(const wire::Address& source)
{
    if (const auto found = known_.find(source); found != known_.end()) found->second.losses.clear();
}

std::size_t StateTrust::losses_of(const wire::Address& source, Instant now) const
{
    const Record* record = find(source, now);
    return record == nullptr ? 0 : record->losses.size();
}

void StateTrust::learn(const StateTrust& elsewhere)
{
    for (const auto& [prefix, record] : elsewhere.known_) {
        if (known_.size() >= trust_max && !known_.contains(prefix)) continue;
        Record& own = known_[prefix];
        own.lies = std::max(own.lies, record.lies);
        own.until = std::max(own.until, record.until);
        for (const wire::Address& network : record.losses)
            if (own.losses.size() < losses_max && std::ranges::count(own.losses, network) == 0)
                own.losses.push_back(network);
    }
}

StateTrust StateTrust::of(const std::vector<wire::Address>& prefixes, Instant now) const
{
    StateTrust some;
    for (const wire::Address& prefix : prefixes)
        if (const Record* known = find(prefix, now)) some.known_.emplace(prefix, *known);
    return some;
}

StateTrust::Record* StateTrust::note(const wire::Address& prefix, Instant now)
{
    std::erase_if(known_, [&](const auto& entry) { return entry.second.until <= now; });
    if (known_.size() >= trust_max && !known_.contains(prefix)) return nullptr;
    Record& record = known_[prefix];
    record.until = now + trust_memory;
    return &record;
}

const StateTrust::Record* StateTrust::find(const wire::Address& prefix, Instant now) const
{
    const auto found = known_.find(prefix);
    return found == known_.end() || found->second.until <= now ? nullptr : &found->second;
}

} // namespace netplay_relay::room
