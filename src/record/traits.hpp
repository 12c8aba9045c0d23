// What kind of type something is, to a record.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace netplay_relay::record {

// An enum that goes into a record has a function beside it that tells its last value, which is
// found by the enum's namespace; a greater value is a fault of the record:
//
//     constexpr Colour last_value(Colour) { return Colour::blue; }
template <class Enum>
concept HasLastValue = std::is_enum_v<Enum> && requires(Enum value)
{
    last_value(value);
};

// Bytes that several share. Equal ones are in a record once, and shared again behind it.
using SharedBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

// No instant is farther from the clock's origin, and no duration is longer: 73 years, so that their
// sums and differences are within what the types hold.
inline constexpr std::chrono::nanoseconds farthest{std::int64_t{1} << 61U};

// More elements than this in one container are a fault of the record.
inline constexpr std::size_t elements_max = 1U << 26U;

template <class T>
concept Number = std::integral<T> && !std::same_as<T, bool>;

template <class T, class Archive>
concept HasFields = requires(T& value, Archive& archive)
{
    T::fields(value, archive);
};

template <class T>
inline constexpr bool is_pair = false;
template <class A, class B>
inline constexpr bool is_pair<std::pair<A, B>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;
template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;
template <class T>
inline constexpr bool is_owner = false;
template <class T>
inline constexpr bool is_owner<std::unique_ptr<T>> = true;
template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;
template <class T>
inline constexpr bool is_instant = false;
template <class Clock, class Duration>
inline constexpr bool is_instant<std::chrono::time_point<Clock, Duration>> = true;

template <class T>
concept Sequence = requires(T& all, typename T::value_type one)
{
    all.push_back(std::move(one));
    all.clear();
};
template <class T>
concept Associative = requires(T& all)
{
    typename T::key_type;
    all.clear();
};

} // namespace netplay_relay::record
