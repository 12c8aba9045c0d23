#include "address_book.hpp"

#include "base/byte_order.hpp"

#include <algorithm>
#include <chrono>

namespace netplay_relay::lobby {

namespace {

constexpr std::chrono::seconds cooling_time{5}; // longer than a full bucket takes to drain

} // namespace

AddressKey AddressKey::of(const wire::Address& address)
{
    AddressKey key;
    key.high = load_big<std::uint64_t>(address.bytes);
    if (address.is_ipv4()) key.low = load_big<std::uint64_t>(address.bytes, 8);
    return key;
}

wire::Address AddressKey::address() const
{
    wire::Address first;
    std::ranges::copy(big_endian(high), first.bytes.begin());
    std::ranges::copy(big_endian(low), first.bytes.begin() + 8);
    return first;
}

AddressUse& AddressBook::at(const wire::Address& address) { return uses_[AddressKey::of(address)]; }

void AddressBook::add_waiting(const wire::Address& address)
{
    ++at(address).waiting_joins;
    if (counts_ != nullptr) counts_->add(wire::Counted::waiting_join, address);
}

void AddressBook::remove_waiting(const wire::Address& address)
{
    --at(address).waiting_joins;
    if (counts_ != nullptr) counts_->remove(wire::Counted::waiting_join, address);
}

std::size_t AddressBook::waiting_joins(const wire::Address& address)
{
    if (counts_ != nullptr) return counts_->of(wire::Counted::waiting_join, address);
    return at(address).waiting_joins;
}

void AddressBook::add(const wire::Address& address, std::uint32_t NetworkUse::*what)
{
    AddressUse& use = at(address);
    ++(use.*what);
    if (workers_ > 1) note_use(network_of(address), {use, 0, 1});
    for (const wire::WiderNetwork& wider : wire::wider_networks(address)) {
        NetworkUse& around = networks_[wider.network];
        ++(around.*what);
        if (workers_ > 1) note_use(wider.network, {around, 0, wider.factor});
    }
}

void AddressBook::remove(const wire::Address& address, std::uint32_t NetworkUse::*what)
{
    --(at(address).*what);
    for (const wire::WiderNetwork& wider : wire::wider_networks(address)) {
        const auto entry = networks_.find(wider.network);
        --(entry->second.*what);
        if (entry->second == NetworkUse{}) networks_.erase(entry);
    }
}

bool AddressBook::may_add(const wire::Address& address, std::uint32_t NetworkUse::*what,
                          std::uint32_t per_address)
{
    const auto use = uses_.find(AddressKey::of(address));
    const std::uint32_t has = use == uses_.end() ? 0 : use->second.*what;
    bool may = has < most_of(network_of(address), what, per_address, 1);
    for (const wire::WiderNetwork& wider : wire::wider_networks(address)) {
        const auto found = networks_.find(wider.network);
        const std::uint32_t around = found == networks_.end() ? 0 : found->second.*what;
        may = may && around < most_of(wider.network, what, per_address, wider.factor);
    }
    if (!may && workers_ > 1) wants_shares_ = true;
    return may;
}

NetworkUse AddressBook::use_around(const wire::Address& address) const
{
    const std::vector<wire::WiderNetwork> around = wire::wider_networks(address);
    if (around.empty()) return {};
    const auto found = networks_.find(around.back().network);
    return found == networks_.end() ? NetworkUse{} : found->second;
}

bool AddressBook::admit_arrival(const wire::Address& address, std::uint32_t per_second, Instant now)
{
    Allowance& arrivals = at(address).arrivals;
    if (workers_ > 1) return allow_arrival(network_of(address), arrivals, per_second, now);
    arrivals.change(per_second, per_second * burst_seconds);
    return arrivals.spend(now);
}

void AddressBook::cool(const wire::Address& address, Instant now)
{
    const AddressKey key = AddressKey::of(address);
    const auto found = uses_.find(key);
    if (found == uses_.end() || found->second.connections > 0) return;
    AddressUse& use = found->second;
    if (use.cools_until == no_deadline) cooling_.set(key, use.cools_until, now + cooling_time);
}

std::vector<std::pair<wire::Address, Allowance>> AddressBook::arrivals() const
{
    std::vector<std::pair<wire::Address, Allowance>> all;
    for (const auto& [key, use] : uses_)
        all.emplace_back(key.address(), use.arrivals);
    return all;
}

// One that has nothing here is forgotten a little later, as if it had just left.
void AddressBook::learn(const wire::Address& address, const Allowance& arrivals, Instant now)
{
    if (!knows(address) && arrivals.counted_at() + cooling_time <= now) return;
    at(address).arrivals.learn(arrivals);
    cool(address, now);
}

void AddressBook::forget_cold(Instant now)
{
    while (const auto key = cooling_.due(now)) {
        AddressUse& use = uses_.at(*key);
        const bool has_been_back = use.arrivals.counted_at() + cooling_time > now;
        if (use.connections == 0 && has_been_back) {
            cooling_.set(*key, use.cools_until, now + cooling_time);
            continue;
        }
        cooling_.clear(*key, use.cools_until);
        if (use.connections == 0) uses_.erase(*key);
    }
}

} // namespace netplay_relay::lobby
