// Who told what of which frame: all who play one game must have told the same.
#pragma once

#include "rollback/host_session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace netplay_relay::simulation {

using rollback::Frame;

// Between two savestates that the host serves, a frame has one true state. The next savestate makes
// another truth, from a frame on that some may have told of already: a player knows its own inputs
// before the host does, and the host may serve without them. So truths are numbered.
struct Truth
{
    std::uint32_t states = 0; // served by the host so far
    std::uint32_t resets = 0; // of them, those that began with a reset
    bool operator==(const Truth&) const = default;
};

struct Difference
{
    Frame frame = 0;
    std::string who, whom;
};

class Agreement
{
public:
    // `hash` of the state before that frame.
    void tell(const std::string& who, const Truth& truth, Frame frame, std::uint32_t hash);

    [[nodiscard]] const std::optional<Difference>& first_difference() const { return first_; }
    [[nodiscard]] std::uint64_t compared() const { return compared_; }
    [[nodiscard]] std::uint64_t trace() const { return trace_; }

private:
    struct Told
    {
        std::uint32_t hash = 0;
        std::string who;
    };

    std::unordered_map<std::uint64_t, Told> told_;
    std::optional<Difference> first_;
    std::uint64_t compared_ = 0;
    std::uint64_t trace_ = 0;
};

} // namespace netplay_relay::simulation
