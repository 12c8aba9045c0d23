// Bytes that a connection would not take at once. Empty nearly always, and then it holds no memory.
#pragma once

#include "worker/io.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace netplay_relay::worker {

class Outbox
{
public:
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] std::size_t size() const { return bytes_.size() - sent_; }

    // Keeps bytes for later. The caller knows the limit.
    void keep(std::span<const std::uint8_t> bytes);

    // Writes what the connection takes. `moved` only if nothing is left.
    [[nodiscard]] IoResult flush(Io& io, Handle handle);

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.bytes_, self.sent_);
    }
    // False for one that was taken from bytes and cannot be.
    [[nodiscard]] bool makes_sense() const
    {
        return bytes_.empty() ? sent_ == 0 : sent_ < bytes_.size();
    }

private:
    std::vector<std::uint8_t> bytes_;
    std::size_t sent_ = 0;
};

} // namespace netplay_relay::worker
