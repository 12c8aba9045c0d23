// Who is banned: networks, each for good or until a moment.
#pragma once

#include "base/deadlines.hpp"
#include "lobby/orders.hpp"

#include <cstddef>
#include <map>
#include <vector>

namespace netplay_relay::lobby {

class BanList
{
public:
    // True if somebody of this address is to be refused. It costs one look for each length of a
    // prefix that is there, however many bans there are.
    [[nodiscard]] bool covers(const wire::Address& address) const;

    // Instead of what is there of this network. False if there are too many.
    bool set(Ban ban);
    // One that comes from elsewhere: of two of one network that holds which ends later.
    void adopt(Ban ban);
    bool lift(const wire::Network& network);
    void forget_past(Instant now);

    [[nodiscard]] std::size_t size() const { return bans_.size(); }
    [[nodiscard]] std::vector<Ban> all() const; // by network
    [[nodiscard]] Instant next_deadline() const { return ends_.next(); }
    // Aborts if anything in it contradicts itself. For tests and fuzzers.
    void check_consistency() const;

private:
    struct Entry
    {
        Ban ban;
        Instant ends = no_deadline;
    };
    std::map<wire::Network, Entry> bans_;
    Deadlines<wire::Network> ends_;
    std::map<int, std::size_t> lengths_; // of prefixes, and how many are as long
};

} // namespace netplay_relay::lobby
