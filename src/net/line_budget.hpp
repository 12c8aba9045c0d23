// How often a line of one kind is written about one address: one that is noisy hides nobody else.
#pragma once

#include "lobby/ids.hpp"
#include "wire/address.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace netplay_relay::net {

enum class LineKind : std::uint8_t
{
    session_opened,
    session_closed,
    link_opened,
    link_closed,
    turned_away,
    room_event,
    member_gone,
    party_event,
    peer_gone,
    without_port,
};

struct LineBudgetLimits
{
    lobby::Duration interval = std::chrono::seconds{10};
    std::uint32_t noise = 20; // of one reason and one address: who is refused, and so comes again
    std::uint32_t noise_in_all = 400; // of all addresses; more of it is counted, and told as one
    std::uint32_t lines = 200; // the same of those who were let in; no honest ones come near it
    // Of how many addresses and reasons at a time. Who comes from many addresses to be refused
    // takes no place from those who were let in, and does not fill the log.
    std::size_t noisy_subjects = 256;
    std::size_t subjects = 4096; // of the others
};

class LineBudget
{
public:
    // What a line is counted as. Addresses are those of client prefixes.
    struct Subject
    {
        wire::Address address;
        LineKind kind{};
        std::uint8_t reason = 0; // of its kind
        auto operator<=>(const Subject&) const = default;
    };
    struct Suppressed
    {
        Subject subject;
        std::uint64_t lines = 0;
        bool operator==(const Suppressed&) const = default;
    };

    explicit LineBudget(LineBudgetLimits limits = {}) : limits_(limits) {}

    // Counts one line. False if it is one too many. `now` never goes back. When so many subjects
    // are known, or there was too much noise in all, the others of one kind and reason are one
    // subject, with the address "::".
    [[nodiscard]] bool may_write(Subject subject, bool is_noise, lobby::Instant now);

    // Of those whose interval is over: how many lines were not written. Each is told once.
    [[nodiscard]] std::vector<Suppressed> take_suppressed(lobby::Instant now);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    struct Entry
    {
        std::uint32_t written = 0;
        std::uint64_t suppressed = 0;
        bool is_noise = false;
    };

    [[nodiscard]] bool is_too_noisy(lobby::Instant now);

    LineBudgetLimits limits_;
    lobby::Instant noise_since_{};
    std::uint32_t noise_ = 0; // lines written since then
    std::map<Subject, Entry> entries_;
    std::size_t noisy_ = 0;                               // of them
    std::deque<std::pair<lobby::Instant, Subject>> ends_; // of intervals, in their order
};

} // namespace netplay_relay::net
