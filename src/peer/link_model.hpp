// One direction of a TCP-like link: bytes come late, in bursts and not at all for a while, but all
// of them and in order.
#pragma once

#include "rollback/session.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace netplay_relay::peer {

using rollback::Instant;

struct LinkModelSettings
{
    Instant latency{0};
    Instant jitter{0};           // added to the latency: 0 to this much, at random
    Instant stall_every{0};      // nothing arrives for a while, about as often; 0: never
    Instant stall_length{0};     // half to one and a half of it
    std::uint64_t bandwidth = 0; // bytes per second, 0: unlimited
    std::uint64_t seed = 0;
    bool operator==(const LinkModelSettings&) const = default;
};

// Options as a user writes them, times in milliseconds, each at most once:
// "latency=150,jitter=40,stall=5000/300,bandwidth=100000,seed=7". Returns what is wrong with them
// in a sentence otherwise. Empty text is a link without delay.
[[nodiscard]] std::variant<LinkModelSettings, std::string> parse_link_model(std::string_view text);

class LinkModel
{
public:
    explicit LinkModel(LinkModelSettings settings);

    // Bytes enter the link. `now` never goes back, here and below.
    void push(std::span<const std::uint8_t> bytes, Instant now);
    // When the next byte comes out; nothing if none is under way.
    [[nodiscard]] std::optional<Instant> next_due() const;
    // Appends all that has come out by now.
    void take_due(Instant now, std::vector<std::uint8_t>& out);
    // Bytes under way: whoever fills the link should stop at a limit.
    [[nodiscard]] std::size_t pending() const { return bytes_.size() - begin_; }

private:
    struct Arrival
    {
        Instant at{0};
        std::size_t size = 0;
    };

    [[nodiscard]] Instant leaves_at(std::size_t size, Instant now);
    [[nodiscard]] Instant after_stalls(Instant arrival);
    [[nodiscard]] Instant below(Instant limit);
    void plan_stall(Instant after);

    LinkModelSettings settings_;
    std::uint64_t drawn_ = 0;
    std::vector<std::uint8_t> bytes_; // those from begin_ on are under way
    std::size_t begin_ = 0;
    std::deque<Arrival> arrivals_;
    Instant line_free_{0}; // when the last byte has left, at the given bandwidth
    Instant last_arrival_{0};
    std::optional<Instant> stall_begin_;
    Instant stall_end_{0};
};

} // namespace netplay_relay::peer
