#include "packing.hpp"

#include "netplay/savestate.hpp"

namespace netplay_relay::rollback {

namespace {

constexpr std::uint32_t container_protocol = 7;

} // namespace

PackedState pack_state(const netplay::Negotiated& negotiated, std::span<const std::uint8_t> state)
{
    std::vector<std::uint8_t> plain = negotiated.protocol >= container_protocol
                                          ? netplay::wrap_state(state)
                                          : std::vector<std::uint8_t>(state.begin(), state.end());
    const auto size = static_cast<std::uint32_t>(plain.size());
    if (negotiated.zlib) return {size, netplay::compress(plain)};
    return {size, std::move(plain)};
}

UnpackedState unpack_state(const netplay::Negotiated& negotiated, const wire::LoadSavestate& load,
                           std::size_t size_max)
{
    const bool may_be_wrapped = negotiated.protocol >= container_protocol;
    if (load.size > size_max) return {UnpackFault::size, {}};

    std::vector<std::uint8_t> state;
    if (negotiated.zlib) {
        auto plain = netplay::decompress(load.data, load.size);
        if (!plain) return {UnpackFault::damaged, {}};
        state = std::move(*plain);
    } else {
        if (load.data.size() != load.size) return {UnpackFault::size, {}};
        state.assign(load.data.begin(), load.data.end());
    }
    if (may_be_wrapped && netplay::is_wrapped(state)) {
        const auto inside = netplay::unwrap_state(state);
        if (!inside) return {UnpackFault::damaged, {}};
        return {UnpackFault::none, {inside->begin(), inside->end()}};
    }
    return {UnpackFault::none, std::move(state)};
}

} // namespace netplay_relay::rollback
