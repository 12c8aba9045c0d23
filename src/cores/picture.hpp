// A checksum of what a core has drawn, to tell two games apart.
#pragma once

#include <cstddef>
#include <cstdint>

namespace netplay_relay::cores {

// Of `height` rows that begin `pitch` bytes apart, each of `width` pixels of 2 or 4 bytes; the
// fourth byte of a pixel is nobody's. Never 0.
[[nodiscard]] std::uint32_t checksum_of_picture(const void* picture, unsigned width,
                                                unsigned height, std::size_t pitch,
                                                std::size_t pixel_size);

} // namespace netplay_relay::cores
