#include "sync_phases.hpp"

namespace netplay_relay::rollback {

namespace {

constexpr unsigned pad_buttons = 16;

bool is_pad(std::uint32_t device) { return (device & 0xFFU) == 1 || (device & 0xFFU) == 5; }

// Held for a while, as turbo buttons want it, then hammered.
bool is_down(std::uint32_t n)
{
    constexpr std::uint32_t turn = 24, free_until = 2, held_until = 16;
    const std::uint32_t at = n % turn;
    if (at < free_until) return false;
    return at < held_until || at % 4 < 2;
}

} // namespace

std::vector<SyncPhase> phases_of(const SyncTestOptions& options)
{
    std::vector<SyncPhase> phases;
    if (options.alone_frames > 0)
        phases.push_back({SyncPhase::Kind::alone, 0, 0, options.alone_frames});
    if (options.button_frames > 0) {
        phases.push_back({SyncPhase::Kind::rest, 0, 0, options.button_frames});
        for (std::size_t port = 0; port < ports_max; ++port)
            for (unsigned button = 0; button < pad_buttons; ++button)
                if (is_pad(options.devices[port]) && (options.buttons >> button & 1U) != 0)
                    phases.push_back(
                        {SyncPhase::Kind::one_button, port, button, options.button_frames});
    }
    phases.push_back({SyncPhase::Kind::everything, 0, 0, options.frames});
    return phases;
}

FrameInput input_of(const SyncPhase& phase, std::uint32_t n, std::uint32_t frame,
                    const SyncTestOptions& options, const RandomInput& random)
{
    FrameInput input{};
    if (phase.kind == SyncPhase::Kind::one_button && is_down(n))
        input[phase.port].words[0] = 1U << phase.button;
    if (phase.kind != SyncPhase::Kind::everything) return input;
    input = random.frame(frame, options.devices);
    for (std::size_t port = 0; port < ports_max; ++port)
        if (is_pad(options.devices[port])) input[port].words[0] &= options.buttons;
    return input;
}

} // namespace netplay_relay::rollback
