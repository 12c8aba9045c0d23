#include "worker/outbox.hpp"

namespace netplay_relay::worker {

void Outbox::keep(std::span<const std::uint8_t> bytes)
{
    if (bytes.empty()) return;
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

IoResult Outbox::flush(Io& io, Handle handle)
{
    while (!bytes_.empty()) {
        const IoResult result = io.write(handle, std::span(bytes_).subspan(sent_));
        if (result.state != IoState::moved) return result;
        sent_ += result.bytes;
        if (sent_ < bytes_.size()) continue;
        std::vector<std::uint8_t>().swap(bytes_);
        sent_ = 0;
    }
    return {IoState::moved, 0, 0};
}

} // namespace netplay_relay::worker
