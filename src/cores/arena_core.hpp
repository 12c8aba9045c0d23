// The built-in game "builtin:arena": whatever is done to its input shows in its state for ever.
#pragma once

#include "rollback/core.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace netplay_relay::cores {

struct ArenaOptions
{
    static constexpr std::size_t players_min = 2, players_max = rollback::ports_max;
    static constexpr std::size_t state_size_min = 1024;
    static constexpr std::size_t state_size_max = std::size_t{16} << 20U;
    static constexpr std::size_t battery_size_max = 256;

    // What makes another game of it: both sides must have the same, and content_crc tells.
    std::size_t players = 2; // figures in the arena; the words of all ports count, however many
    std::size_t state_size = 4096;
    std::size_t battery_size = 0;
    bool grows = false; // the state grows by 256 bytes every 60 frames, up to twice its size

    // Faults to try others with; content_crc does not tell of them.
    std::optional<std::uint32_t> desync_at; // from this frame on, instances go apart
    bool desync_once = false;               // only in this frame: a loaded state heals it
    std::uint64_t instance = 0;             // instances of different numbers go different ways
    bool unserialisable = false;
    std::uint32_t slow_every = 0; // every n-th frame takes longer; 0: none
    std::chrono::microseconds slow_for{0};
    std::function<void(std::chrono::microseconds)> busy; // passes that time; may be empty
};

// Options as written behind the name: "desync=600,state=4194304,slow=60/20000". Returns what is
// wrong with them in a sentence otherwise. Empty text gives the defaults.
[[nodiscard]] std::variant<ArenaOptions, std::string> parse_arena_options(std::string_view text);

class ArenaCore : public rollback::Core
{
public:
    explicit ArenaCore(ArenaOptions options);

    [[nodiscard]] rollback::CoreInfo info() const override;
    void plug(std::size_t port, std::uint32_t device) override;
    [[nodiscard]] std::size_t state_size() override;
    [[nodiscard]] bool save(std::span<std::uint8_t> state) override;
    [[nodiscard]] bool load(std::span<const std::uint8_t> state) override;
    void run(const rollback::FrameInput& input) override;
    void reset() override;
    [[nodiscard]] std::span<std::uint8_t> battery() override;
    [[nodiscard]] std::span<const std::uint8_t> memory() const override { return state_; }

    [[nodiscard]] std::uint64_t frame() const; // frames since the reset
    [[nodiscard]] std::uint32_t score(std::size_t player) const;

private:
    struct Head;
    [[nodiscard]] Head head() const;
    [[nodiscard]] std::size_t size_at(std::uint64_t frame) const;
    void take_input(Head& head, const rollback::FrameInput& input) const;
    void go_apart(Head& head) const;
    void move_figures(Head& head, const rollback::FrameInput& input);
    void stir_field(Head& head);

    ArenaOptions options_;
    std::vector<std::uint8_t> state_; // the head, the battery, and the field of 64-bit words
};

} // namespace netplay_relay::cores
