// What each address has, and how fast it comes back for more.
#pragma once

#include "base/allowance.hpp"
#include "base/deadlines.hpp"
#include "lobby/address_shares.hpp"
#include "lobby/ids.hpp"
#include "wire/address.hpp"
#include "wire/address_counts.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
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

// What is limited as one, as a network.
[[nodiscard]] wire::Network network_of(const wire::Address& address);

// An address may come so many seconds' worth at once.
inline constexpr double burst_seconds = 2;

struct AddressKeyHash
{
    std::size_t operator()(const AddressKey& key) const noexcept
    {
        return std::hash<std::uint64_t>{}(key.high * 0x9e3779b97f4a7c15ULL ^ key.low);
    }
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
    // One of several workers, each with a book of its own: what an address may have is a share.
    // `counts`: what addresses have at all of them; may be none, else it outlives the book.
    explicit AddressBook(std::size_t workers = 1, wire::AddressCounts* counts = nullptr)
        : workers_(workers), counts_(counts)
    {
    }
    void adopt(const AddressLimits& limits) { limits_ = limits; }

    // Those that have more than half of an equal part here; and what is known of these.
    [[nodiscard]] ShareUses heavy(Instant now);
    [[nodiscard]] ShareUses uses_of(std::span<const wire::Network> networks, Instant now) const;
    // From now on. Of networks that are not in it each worker allows its equal part.
    void set_shares(std::shared_ptr<const NetworkShares> shares);
    // It is time to share out anew: one has become heavy, or has used up its share.
    [[nodiscard]] bool wants_shares() const { return wants_shares_; }
    // One more of this address is beyond its share here, and perhaps not beyond what it may have at
    // all workers together: the next share may have room for it, and is asked for.
    [[nodiscard]] bool waits_for_share(const wire::Address& address, Instant now, bool asks);
    // It has a session, as far as that is known here.
    [[nodiscard]] bool hosts(const wire::Address& address) const;

    // The record of this address, made if there is none. Connections and sessions are counted by
    // add() and remove().
    AddressUse& at(const wire::Address& address);

    // Guests that wait; how many of an address do so at all workers.
    void add_waiting(const wire::Address& address);
    void remove_waiting(const wire::Address& address);
    [[nodiscard]] std::size_t waiting_joins(const wire::Address& address);

    void add(const wire::Address& address, std::uint32_t NetworkUse::*what);
    void remove(const wire::Address& address, std::uint32_t NetworkUse::*what);

    // Whether this address and all networks around it have less than they may, if one address may
    // have so many.
    [[nodiscard]] bool may_add(const wire::Address& address, std::uint32_t NetworkUse::*what,
                               std::uint32_t per_address);

    // Of the widest network around it; nothing if nobody there has anything, or it is private.
    [[nodiscard]] NetworkUse use_around(const wire::Address& address) const;
    [[nodiscard]] const NetworkUses& networks() const { return networks_; }

    // Counts one arrival. False if that is more than `per_second`, with twice as many at once, or
    // its share of that.
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
    // address_book_shares.cpp
    [[nodiscard]] const NetworkShare* share_of(const wire::Network& network) const;
    [[nodiscard]] std::uint64_t most_of(const wire::Network& network,
                                        std::uint32_t NetworkUse::*what, std::uint32_t per_address,
                                        std::uint32_t factor) const;
    [[nodiscard]] bool allow_arrival(const wire::Network& network, Allowance& arrivals,
                                     std::uint32_t per_second, Instant now);
    [[nodiscard]] ShareUse use_of(const wire::Network& network, Instant now) const;
    void note_use(const wire::Network& network, const ShareUse& use);

    std::size_t workers_;
    wire::AddressCounts* counts_;
    AddressLimits limits_;
    std::shared_ptr<const NetworkShares> shares_;  // of those that are known to all; may be none
    std::map<wire::Network, std::uint32_t> heavy_; // here, with their factors
    bool wants_shares_ = false;
    std::unordered_map<AddressKey, AddressUse, AddressKeyHash> uses_;
    NetworkUses networks_; // those that have anything
    Deadlines<AddressKey> cooling_;
};

} // namespace netplay_relay::lobby
