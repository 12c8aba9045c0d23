// What each address has, and how fast it comes back for more.
#pragma once

#include "base/allowance.hpp"
#include "base/deadlines.hpp"
#include "lobby/ids.hpp"
#include "wire/address.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace netplay_relay::lobby {

// One IPv4 address, or the first 64 bits of an IPv6 address: what is limited as one.
struct AddressKey
{
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    auto operator<=>(const AddressKey&) const = default;

    [[nodiscard]] static AddressKey of(const wire::Address& address);
    [[nodiscard]] wire::Address address() const; // the first of them
};

struct AddressKeyHash
{
    std::size_t operator()(const AddressKey& key) const noexcept
    {
        return std::hash<std::uint64_t>{}(key.high * 0x9e3779b97f4a7c15ULL ^ key.low);
    }
};

// What an address has, or a wider network.
struct NetworkUse
{
    std::uint32_t connections = 0;
    std::uint32_t sessions = 0;
    bool operator==(const NetworkUse&) const = default;
};

struct AddressUse : NetworkUse
{
    std::uint32_t waiting_joins = 0;
    Allowance arrivals;
    Instant cools_until = no_deadline; // its record may be forgotten then
};

using NetworkUses = std::map<wire::Network, NetworkUse>;

class AddressBook
{
public:
    // The record of this address, made if there is none. Connections and sessions are counted by
    // add() and remove().
    AddressUse& at(const wire::Address& address);

    void add(const wire::Address& address, std::uint32_t NetworkUse::*what);
    void remove(const wire::Address& address, std::uint32_t NetworkUse::*what);

    // Whether this address and all networks around it have less than they may, if one address may
    // have so many.
    [[nodiscard]] bool may_add(const wire::Address& address, std::uint32_t NetworkUse::*what,
                               std::uint32_t per_address) const;

    // Of the widest network around it; nothing if nobody there has anything, or it is private.
    [[nodiscard]] NetworkUse use_around(const wire::Address& address) const;
    [[nodiscard]] const NetworkUses& networks() const { return networks_; }

    // Counts one arrival. False if that is more than `per_second`, with twice as many at once.
    bool admit_arrival(const wire::Address& address, std::uint32_t per_second, Instant now);

    // To be called when an address may have nothing left: its record is forgotten a little later,
    // so that hanging up does not reset its rate.
    void cool(const wire::Address& address, Instant now);

    // Of all that are remembered, by any address of theirs; and of another book.
    [[nodiscard]] std::vector<std::pair<wire::Address, Allowance>> arrivals() const;
    void learn(const wire::Address& address, const Allowance& arrivals, Instant now);

    void forget_cold(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const { return if_any(cooling_.next()); }

    [[nodiscard]] bool knows(const wire::Address& address) const
    {
        return uses_.contains(AddressKey::of(address));
    }
    [[nodiscard]] std::size_t size() const { return uses_.size(); }
    [[nodiscard]] const auto& uses() const { return uses_; }

private:
    std::unordered_map<AddressKey, AddressUse, AddressKeyHash> uses_;
    NetworkUses networks_; // those that have anything
    Deadlines<AddressKey> cooling_;
};

} // namespace netplay_relay::lobby
