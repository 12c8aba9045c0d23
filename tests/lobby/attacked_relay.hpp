// The lobby, with the limits that it has if nobody changes them, as its players and its attackers
// know it.
#pragma once

#include "script.hpp"

#include <set>
#include <string>

namespace netplay_relay::lobby {

class AttackedRelay
{
public:
    explicit AttackedRelay(Policy policy = quiet_policy()) : talk_(std::move(policy)) {}

    // One more connection; false if it was refused on arrival.
    [[nodiscard]] bool arrives(const std::string& name, const std::string& address);
    // Of one that has arrived; false if it was refused.
    [[nodiscard]] bool hosts(const std::string& host);
    [[nodiscard]] bool joins(const std::string& guest, const std::string& host, Guest kind);
    void accepts(const std::string& host_side, const std::string& guest);
    void byte_moves(const std::string& guest); // in one direction or the other
    void passes(Duration duration);

    // The guests of whom hosts were told, in order.
    [[nodiscard]] Words announced() const { return announced_; }
    [[nodiscard]] bool is_linked(const std::string& guest) const;

private:
    void listen(const Words& words);

    Script talk_;
    Words announced_;
    std::set<std::string> linked_;
};

} // namespace netplay_relay::lobby
