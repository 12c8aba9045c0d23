#include "merge.hpp"

#include "wire/netplay_command.hpp"

#include <cstdlib>

namespace netplay_relay::rollback {

namespace {

constexpr std::uint8_t digital_mask = 0x1C;
constexpr std::uint8_t digital_xor = 0x08;
constexpr std::uint8_t digital_vote = 0x0C;
constexpr std::uint8_t analog_mask = 0xE0;
constexpr std::uint8_t analog_average = 0x40;

constexpr std::uint32_t device_keyboard = 3;
constexpr std::uint32_t device_base_mask = 0xFF;

// A word of axes holds two signed halves; the first word of every device, and all of a keyboard's,
// hold buttons.
bool is_buttons(std::uint32_t device, std::size_t word)
{
    return word == 0 || (device & device_base_mask) == device_keyboard;
}

std::uint32_t merge_buttons(std::uint8_t how, std::size_t word, std::span<const PortInput> inputs)
{
    if (how == digital_vote) {
        std::uint32_t merged = 0;
        for (unsigned bit = 0; bit < 32; ++bit) {
            std::size_t votes = 0;
            for (const PortInput& input : inputs)
                votes += input.words[word] >> bit & 1U;
            if (votes * 2 > inputs.size()) merged |= 1U << bit;
        }
        return merged;
    }
    std::uint32_t merged = 0;
    for (const PortInput& input : inputs) {
        if (how == digital_xor)
            merged ^= input.words[word];
        else
            merged |= input.words[word];
    }
    return merged;
}

std::uint32_t merge_axis(std::uint8_t how, std::size_t word, unsigned shift,
                         std::span<const PortInput> inputs)
{
    int farthest = 0;
    int sum = 0;
    for (const PortInput& input : inputs) {
        const int value = static_cast<std::int16_t>(input.words[word] >> shift & 0xFFFFU);
        sum += value;
        if (std::abs(value) > std::abs(farthest)) farthest = value;
    }
    const int merged = how == analog_average ? sum / static_cast<int>(inputs.size()) : farthest;
    return static_cast<std::uint32_t>(merged) & 0xFFFFU;
}

} // namespace

PortInput merge(std::uint32_t device, std::uint8_t share_mode, std::span<const PortInput> inputs)
{
    if (inputs.size() == 1) return inputs.front();
    const auto digital = static_cast<std::uint8_t>(share_mode & digital_mask);
    const auto analog = static_cast<std::uint8_t>(share_mode & analog_mask);

    PortInput merged;
    for (std::size_t word = 0; word < wire::device_words(device); ++word) {
        if (is_buttons(device, word))
            merged.words[word] = merge_buttons(digital, word, inputs);
        else
            merged.words[word] =
                merge_axis(analog, word, 0, inputs) | merge_axis(analog, word, 16, inputs) << 16;
    }
    return merged;
}

} // namespace netplay_relay::rollback
