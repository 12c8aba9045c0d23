#include "wire/netplay_command.hpp"

#include "bytes.hpp"

namespace netplay_relay::wire {

TEST_CASE("the words of a device")
{
    constexpr std::array<std::size_t, 6> words{0, 1, 2, 5, 2, 3};
    for (std::uint32_t device = 0; device < words.size(); ++device) {
        CHECK(device_words(device) == words[device]);
        CHECK(device_words(0x100 + device) == words[device]);
        CHECK(device_words(0xffffff00 | device) == words[device]);
    }
    for (const std::uint32_t device : {6U, 7U, 0xffU, 0x1ffU, 0xffffffffU})
        CHECK(device_words(device) == 0);
}

TEST_CASE("the words of an input grow in place")
{
    InputWords words;
    CHECK(words.size() == 0);
    CHECK(words == InputWords());
    for (std::uint32_t word = 1; word <= input_words_max; ++word)
        words.push_back(word);
    CHECK(words.size() == input_words_max);
    words.push_back(99);
    CHECK(words.size() == input_words_max);
    CHECK(words.view().back() == 16);
    CHECK(InputWords(words.view()) == words);
}

TEST_CASE("inputs compare by the words they hold")
{
    const std::array<std::uint32_t, 2> two{1, 0};
    const InputWords shorter{std::span(two).first(1)};
    const InputWords longer(two);
    CHECK_FALSE(shorter == longer);
    InputWords grown = shorter;
    grown.push_back(0);
    CHECK(grown == longer);
    CHECK_FALSE(grown == InputWords());
}

} // namespace netplay_relay::wire
