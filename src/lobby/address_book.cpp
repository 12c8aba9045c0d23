#include "address_book.hpp"

#include <algorithm>
#include <chrono>

namespace netplay_relay::lobby {

namespace {

constexpr std::chrono::seconds cooling_time{5}; // longer than a full bucket takes to drain
constexpr double burst_seconds = 2;

std::uint64_t read_u64(const std::uint8_t* bytes)
{
    std::uint64_t value = 0;
    for (int at = 0; at < 8; ++at)
        value = value << 8 | bytes[at];
    return value;
}

} // namespace

AddressKey AddressKey::of(const wire::Address& address)
{
    AddressKey key;
    key.high = read_u64(address.bytes.data());
    if (address.is_ipv4()) key.low = read_u64(address.bytes.data() + 8);
    return key;
}

wire::Address AddressKey::address() const
{
    wire::Address first;
    for (std::size_t at = 0; at < 8; ++at) {
        first.bytes[at] = static_cast<std::uint8_t>(high >> (56 - 8 * at));
        first.bytes[8 + at] = static_cast<std::uint8_t>(low >> (56 - 8 * at));
    }
    return first;
}

AddressUse& AddressBook::at(const wire::Address& address) { return uses_[AddressKey::of(address)]; }

void AddressBook::add(const wire::Address& address, std::uint32_t NetworkUse::*what)
{
    ++(at(address).*what);
    for (const wire::WiderNetwork& wider : wire::wider_networks(address))
        ++(networks_[wider.network].*what);
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
                          std::uint32_t per_address) const
{
    const auto use = uses_.find(AddressKey::of(address));
    if (use != uses_.end() && use->second.*what >= per_address) return false;
    return std::ranges::all_of(wire::wider_networks(address), [&](const wire::WiderNetwork& wider) {
        const auto found = networks_.find(wider.network);
        return found == networks_.end() ||
               found->second.*what < std::uint64_t{per_address} * wider.factor;
    });
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
    AddressUse& use = at(address);
    const std::chrono::duration<double> passed = now - use.counted_at;
    const double rate = per_second;
    use.spent = std::max(0.0, use.spent - passed.count() * rate);
    use.counted_at = now;
    if (use.spent + 1 > rate * burst_seconds) return false;
    use.spent += 1;
    return true;
}

void AddressBook::cool(const wire::Address& address, Instant now)
{
    const AddressKey key = AddressKey::of(address);
    const auto found = uses_.find(key);
    if (found == uses_.end() || found->second.connections > 0 || found->second.cooling) return;
    found->second.cooling = true;
    cooling_.push_back({now + cooling_time, key});
}

std::vector<std::pair<wire::Address, Arrivals>> AddressBook::arrivals() const
{
    std::vector<std::pair<wire::Address, Arrivals>> all;
    for (const auto& [key, use] : uses_)
        all.push_back({key.address(), {use.spent, use.counted_at}});
    return all;
}

// One that has nothing here is forgotten a little later, as if it had just left.
void AddressBook::learn(const wire::Address& address, const Arrivals& arrivals, Instant now)
{
    if (!knows(address) && arrivals.counted_at + cooling_time <= now) return;
    AddressUse& use = at(address);
    use.spent = std::max(use.spent, arrivals.spent);
    use.counted_at = std::max(use.counted_at, arrivals.counted_at);
    cool(address, now);
}

void AddressBook::forget_cold(Instant now)
{
    while (!cooling_.empty() && cooling_.front().until <= now) {
        const auto found = uses_.find(cooling_.front().key);
        cooling_.pop_front();
        if (found == uses_.end()) continue;
        AddressUse& use = found->second;
        use.cooling = false;
        if (use.connections > 0) continue;
        if (use.counted_at + cooling_time > now) { // it has been back meanwhile
            use.cooling = true;
            cooling_.push_back({now + cooling_time, found->first});
        } else {
            uses_.erase(found);
        }
    }
}

std::optional<Instant> AddressBook::next_deadline() const
{
    if (cooling_.empty()) return std::nullopt;
    return cooling_.front().until;
}

} // namespace netplay_relay::lobby
