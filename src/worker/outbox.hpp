// Bytes that a connection would not take at once. Empty nearly always, and then it holds no memory.
#pragma once

#include "base/rare.hpp"
#include "worker/io.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace netplay_relay::worker {

class Outbox
{
public:
    [[nodiscard]] bool empty() const { return kept_.is_usual(); }
    [[nodiscard]] std::size_t size() const { return kept_->bytes.size() - kept_->sent; }

    // Keeps bytes for later. The caller knows the limit.
    void keep(std::span<const std::uint8_t> bytes);

    // Writes what the connection takes. `moved` only if nothing is left.
    [[nodiscard]] IoResult flush(Io& io, Handle handle);

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.kept_);
    }
    // False for one that was taken from bytes and cannot be.
    [[nodiscard]] bool makes_sense() const { return empty() || kept_->sent < kept_->bytes.size(); }

private:
    struct Kept
    {
        std::vector<std::uint8_t> bytes;
        std::size_t sent = 0;

        bool operator==(const Kept&) const = default;

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.bytes, self.sent);
        }
    };

    Rare<Kept> kept_;
};

} // namespace netplay_relay::worker
