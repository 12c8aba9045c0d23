// What the operator says while the relay runs, and what holds from then on.
#pragma once

#include "base/ids.hpp"
#include "wire/address.hpp"
#include "wire/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::lobby {

// There are no more of each; and no more letters of a reason, or of who gave it.
inline constexpr std::size_t bans_max = 4096;
inline constexpr std::size_t reservations_max = 1024;
inline constexpr std::size_t networks_of_reservation_max = 64;
inline constexpr std::size_t order_text_max = 256;

// Of those whom a ban has met so many are ended before the games have their turn.
inline constexpr std::size_t banned_per_turn = 16;

// What is to hold for longer holds for good.
inline constexpr std::chrono::hours order_longest{10 * 365 * 24};

// Whoever comes from there is refused.
struct Ban
{
    wire::Network network;
    std::optional<Instant> until; // nothing: for good
    std::string reason;
    std::string by; // who gave it
    std::optional<Instant> since;
    // As it was read, in seconds of the clock on the wall, which counts: `until` follows when that
    // clock is set.
    std::optional<std::int64_t> until_read{};

    bool operator==(const Ban&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.network, self.reason, self.by, self.until_read);
        archive.times(self.until, self.since);
        archive.check(self.reason.size() <= order_text_max && self.by.size() <= order_text_max);
    }
};

// Nobody means to ban a larger part of the world at once: wider than a /8, or of IPv6 a /16.
[[nodiscard]] inline bool is_too_wide_to_ban(const wire::Network& network)
{
    return network.prefix_bits < (network.is_ipv4() ? 96 + 8 : 16);
}

// A session id promised to hosts of these networks, beside those of the configuration.
struct Reservation
{
    wire::SessionId id; // zero: one is made
    std::vector<wire::Network> networks;
    std::optional<Instant> until; // nothing: for good. A session that has it by then keeps it
    std::optional<std::int64_t> until_read{}; // as that of a ban

    bool operator==(const Reservation&) const = default;

    [[nodiscard]] bool is_for(const wire::Address& host) const;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.id, self.networks, self.until_read);
        archive.times(self.until);
        archive.check(!self.id.is_zero() && !self.networks.empty() &&
                      self.networks.size() <= networks_of_reservation_max);
    }
};

// What an order has come to.
struct Outcome
{
    std::size_t met = 0;  // how many there were that it was about: 0, and nothing has changed
    std::size_t gone = 0; // of bans: how many had to go
    std::size_t told = 0; // of what is said: in how many rooms somebody hears it
    wire::SessionId reserved;
};

} // namespace netplay_relay::lobby
