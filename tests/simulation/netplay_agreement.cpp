#include "netplay_agreement.hpp"

#include "rng.hpp"

namespace netplay_relay::simulation {

void Agreement::tell(const std::string& who, const Truth& truth, Frame frame, std::uint32_t hash)
{
    trace_ = scramble(trace_ ^ hash ^ std::uint64_t{frame} << 32);
    const std::uint64_t key =
        std::uint64_t{truth.states} << 44 | std::uint64_t{truth.resets} << 32 | frame;
    const auto [told, is_first] = told_.try_emplace(key, Told{hash, who});
    if (is_first) return;
    ++compared_;
    if (told->second.hash == hash || first_) return;
    first_ = Difference{frame, who, told->second.who};
}

} // namespace netplay_relay::simulation
