#include "wire/netplay_command.hpp"

#include "base/ensure.hpp"

#include <algorithm>

namespace netplay_relay::wire {

InputWords::InputWords(std::span<const std::uint32_t> words)
{
    ensure(words.size() <= input_words_max, "more words than one INPUT takes");
    std::ranges::copy(words, words_.begin());
    size_ = static_cast<std::uint8_t>(words.size());
}

void InputWords::push_back(std::uint32_t word)
{
    if (size_ < words_.size()) words_[size_++] = word;
}

bool InputWords::operator==(const InputWords& other) const
{
    return std::ranges::equal(view(), other.view());
}

std::size_t device_words(std::uint32_t device)
{
    // None, joypad, mouse, keyboard, light gun, analog.
    constexpr std::array<std::size_t, 6> words{0, 1, 2, 5, 2, 3};
    const std::size_t kind = device & 0xFF;
    return kind < words.size() ? words[kind] : 0;
}

} // namespace netplay_relay::wire
