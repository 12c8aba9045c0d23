#include "rollback/joiner.hpp"

#include "netplay/savestate.hpp"

namespace netplay_relay::rollback {

Glimpse glimpse_of(Core& core, std::span<const std::uint8_t> state)
{
    return {netplay::crc32(state), netplay::crc32(core.memory()), core.picture()};
}

std::optional<Glimpse> CoreJoiner::join(const Devices& devices, std::span<const std::uint8_t> state)
{
    for (std::size_t port = 0; port < ports_max; ++port)
        core_.plug(port, devices[port]);
    if (const std::size_t size = core_.state_size(); size != state.size()) {
        fault_ = "its states have " + std::to_string(size) + " bytes, those it is sent " +
                 std::to_string(state.size());
        return std::nullopt;
    }
    if (!core_.load(state)) {
        fault_ = "it does not load the state";
        return std::nullopt;
    }
    return look();
}

std::optional<Glimpse> CoreJoiner::run(const FrameInput& input)
{
    core_.run(input);
    return look();
}

std::optional<Glimpse> CoreJoiner::look()
{
    state_.resize(core_.state_size());
    if (!state_.empty() && core_.save(state_)) return glimpse_of(core_, state_);
    fault_ = "it cannot save its state";
    return std::nullopt;
}

} // namespace netplay_relay::rollback
