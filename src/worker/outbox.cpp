#include "worker/outbox.hpp"

namespace netplay_relay::worker {

void Outbox::keep(std::span<const std::uint8_t> bytes)
{
    if (bytes.empty()) return;
    auto& [kept, sent] = kept_.change();
    kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(sent));
    sent = 0;
    kept.insert(kept.end(), bytes.begin(), bytes.end());
}

IoResult Outbox::flush(Io& io, Handle handle)
{
    while (!empty()) {
        auto& [kept, sent] = kept_.change();
        const IoResult result = io.write(handle, std::span(kept).subspan(sent));
        if (result.state != IoState::moved) return result;
        sent += result.bytes;
        if (sent == kept.size()) kept_.reset();
    }
    return {IoState::moved, 0, 0};
}

} // namespace netplay_relay::worker
