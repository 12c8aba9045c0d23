// The game of somebody who joins: begun with a state that another sent, then played on.
#pragma once

#include "rollback/core.hpp"
#include "rollback/timeline.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netplay_relay::rollback {

// CRC-32s of what a game is after a frame.
struct Glimpse
{
    std::uint32_t state = 0;
    std::uint32_t memory = 0;  // main memory; 0 if the core shows none
    std::uint32_t picture = 0; // 0 if the core has drawn none
    bool operator==(const Glimpse&) const = default;
};

class Joiner
{
public:
    virtual ~Joiner() = default;

    // Plugs the devices and makes the state the present. Nothing if that cannot be, see fault().
    [[nodiscard]] virtual std::optional<Glimpse> join(const Devices& devices,
                                                      std::span<const std::uint8_t> state) = 0;
    // One frame, as everybody sees it. Nothing if the core could not be saved, or is gone.
    [[nodiscard]] virtual std::optional<Glimpse> run(const FrameInput& input) = 0;
    // The state of the newest glimpse.
    [[nodiscard]] virtual std::vector<std::uint8_t> state() = 0;
    // Why there was no glimpse, a sentence.
    [[nodiscard]] virtual std::string fault() const = 0;
};

// Each call begins a game in a process of its own; a test may have other ways.
using Joiners = std::function<std::unique_ptr<Joiner>()>;

// A joiner with a core at hand, which must outlive it.
class CoreJoiner : public Joiner
{
public:
    explicit CoreJoiner(Core& core) : core_(core) {}

    [[nodiscard]] std::optional<Glimpse> join(const Devices& devices,
                                              std::span<const std::uint8_t> state) override;
    [[nodiscard]] std::optional<Glimpse> run(const FrameInput& input) override;
    [[nodiscard]] std::vector<std::uint8_t> state() override { return state_; }
    [[nodiscard]] std::string fault() const override { return fault_; }

private:
    [[nodiscard]] std::optional<Glimpse> look();

    Core& core_;
    std::vector<std::uint8_t> state_;
    std::string fault_;
};

// Of a state that was just saved, and of what the core shows besides.
[[nodiscard]] Glimpse glimpse_of(Core& core, std::span<const std::uint8_t> state);

} // namespace netplay_relay::rollback
