// What each address has of what is limited for it, counted by all workers of a process together:
// touched when something is opened or ends, and not on the way of a byte.
#pragma once

#include "wire/address.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace netplay_relay::wire {

enum class Counted : std::uint8_t
{
    room,
    party,
    legacy_port,
    waiting_join
};

// By one thread; whoever shares it among several locks it (net/locked_counts.hpp).
class AddressCounts
{
public:
    virtual ~AddressCounts() = default;

    // One more, or one less; also in the networks around the address (wider_networks).
    virtual void add(Counted what, const Address& address);
    virtual void remove(Counted what, const Address& address);
    // What all of a network have that is a wider one, or a client prefix with 128 bits.
    [[nodiscard]] virtual std::size_t around(Counted what, const Network& network) const;
    // What the address has, by its client prefix.
    [[nodiscard]] std::size_t of(Counted what, const Address& address) const;

private:
    std::map<std::pair<Counted, Network>, std::size_t> counts_; // none is 0
};

// That something is open, as long as this lives. Without counts it counts nothing.
class CountedOpening
{
public:
    CountedOpening() = default;
    CountedOpening(AddressCounts* counts, Counted what, const Address& address);
    CountedOpening(CountedOpening&& other) noexcept;
    CountedOpening& operator=(CountedOpening&& other) noexcept;
    ~CountedOpening();

private:
    AddressCounts* counts_ = nullptr;
    Counted what_{};
    Address address_;
};

} // namespace netplay_relay::wire
