#include "cores/picture.hpp"

#include <cstring>

namespace netplay_relay::cores {

namespace {

template <typename Pixel>
std::uint32_t add_row(std::uint32_t sum, const unsigned char* row, unsigned width,
                      std::uint32_t visible)
{
    constexpr std::uint32_t prime = 0x01000193; // FNV-1's
    for (unsigned x = 0; x < width; ++x) {
        Pixel pixel = 0;
        std::memcpy(&pixel, row + x * sizeof pixel, sizeof pixel);
        sum = (sum ^ (pixel & visible)) * prime;
    }
    return sum;
}

} // namespace

std::uint32_t checksum_of_picture(const void* picture, unsigned width, unsigned height,
                                  std::size_t pitch, std::size_t pixel_size)
{
    constexpr std::uint32_t begin = 0x811C9DC5; // FNV's as well
    std::uint32_t sum = (begin ^ width) * 31 + height;
    for (unsigned y = 0; y < height; ++y) {
        const auto* row = static_cast<const unsigned char*>(picture) + y * pitch;
        sum = pixel_size == 4 ? add_row<std::uint32_t>(sum, row, width, 0xFFFFFF)
                              : add_row<std::uint16_t>(sum, row, width, 0xFFFF);
    }
    return sum == 0 ? 1 : sum;
}

} // namespace netplay_relay::cores
