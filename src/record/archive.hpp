// Plain data as bytes, and back: what a live game needs when it moves to another worker.
//
// A type says what it consists of once, for both directions:
//
//     template <class Self, class Archive>
//     static void fields(Self& self, Archive& archive)
//     {
//         archive(self.frame, self.members);
//     }
//
// Reader takes bytes from anywhere: whatever they are, it fails instead of crashing, and takes no
// more memory than some times their size. That the values make sense together is for the type to
// check. All numbers are little-endian.
//
// A module that knows nothing of records has `fields` all the same: they are only a template.
#pragma once

#include "base/byte_order.hpp"
#include "record/traits.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace netplay_relay::record {

class Writer
{
public:
    template <class... T>
    void operator()(const T&... values)
    {
        (put(values), ...);
    }

    // See Reader.
    template <class... T>
    void times(const T&... values)
    {
        (put(values), ...);
    }
    void check(bool) {}

    [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }
    [[nodiscard]] std::vector<std::uint8_t> take() { return std::move(bytes_); }

private:
    template <class T>
    void put(const T& value)
    {
        if constexpr (HasFields<const T, Writer>) {
            T::fields(value, *this);
        } else if constexpr (std::same_as<T, bool>) {
            put_number(static_cast<std::uint8_t>(value));
        } else if constexpr (Number<T>) {
            put_number(static_cast<std::make_unsigned_t<T>>(value));
        } else if constexpr (std::is_enum_v<T>) {
            put(static_cast<std::underlying_type_t<T>>(value));
        } else if constexpr (std::same_as<T, float> || std::same_as<T, double>) {
            using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
            put_number(std::bit_cast<Bits>(value));
        } else if constexpr (is_duration<T>) {
            put(static_cast<std::int64_t>(value.count()));
        } else if constexpr (is_instant<T>) {
            put(static_cast<std::int64_t>(value.time_since_epoch().count()));
        } else if constexpr (is_pair<T>) {
            put(value.first);
            put(value.second);
        } else if constexpr (is_optional<T> || is_owner<T>) {
            put(static_cast<bool>(value));
            if (value) put(*value);
        } else if constexpr (is_variant<T>) {
            put(static_cast<std::uint8_t>(value.index()));
            std::visit([this](const auto& held) { put(held); }, value);
        } else if constexpr (std::same_as<T, std::monostate>) {
        } else if constexpr (std::same_as<T, SharedBytes>) {
            put_shared(value);
        } else if constexpr (is_array<T>) {
            for (const auto& one : value)
                put(one);
        } else if constexpr (std::same_as<T, std::vector<std::uint8_t>> ||
                             std::same_as<T, std::string>) {
            put(static_cast<std::uint32_t>(value.size()));
            bytes_.insert(bytes_.end(), value.begin(), value.end());
        } else {
            static_assert(Sequence<T> || Associative<T>, "a type without fields");
            put(static_cast<std::uint32_t>(value.size()));
            for (const auto& one : value)
                put(one);
        }
    }

    void put_shared(const SharedBytes& value)
    {
        if (value == nullptr) return put_number(std::uint32_t{0});
        const std::string_view text(reinterpret_cast<const char*>(value->data()), value->size());
        const auto next = static_cast<std::uint32_t>(shared_.size() + 1);
        const auto [known, is_new] = shared_.try_emplace(text, next, value);
        put_number(known->second.first);
        if (is_new) put(*value);
    }

    template <std::unsigned_integral T>
    void put_number(T value)
    {
        for (const std::uint8_t byte : little_endian(value))
            bytes_.push_back(byte);
    }

    std::vector<std::uint8_t> bytes_;
    // By what they are, of which there may be many: the number of each, and who keeps it.
    std::unordered_map<std::string_view, std::pair<std::uint32_t, SharedBytes>> shared_;
};

class Reader
{
public:
    // `later`: so much later it is by the clock of whoever adopts. Every instant is moved by it but
    // the least and the greatest, which mean never.
    explicit Reader(std::span<const std::uint8_t> bytes, std::chrono::nanoseconds later = {})
        : rest_(bytes), later_(later)
    {
    }

    template <class... T>
    void operator()(T&... values)
    {
        (get(values), ...);
    }

    // Instants, or optional ones, that are never the least or the greatest.
    template <class... T>
    void times(T&... values)
    {
        (get_time(values), ...);
    }
    // A fault if it does not hold.
    void check(bool holds)
    {
        if (!holds) fail();
    }

    // Shared bytes are made so, to be counted somewhere.
    void share_by(std::function<SharedBytes(std::vector<std::uint8_t>)> share)
    {
        share_ = std::move(share);
    }

    // For what does not make sense; nothing is read any more.
    void fail() { failed_ = true; }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool is_complete() const { return !failed_ && rest_.empty(); }

private:
    template <class T>
    void get(T& value)
    {
        if (failed_) return;
        if constexpr (HasFields<T, Reader>) {
            T::fields(value, *this);
        } else if constexpr (std::same_as<T, bool>) {
            const auto number = get_number<std::uint8_t>();
            if (number > 1) return fail();
            value = number == 1;
        } else if constexpr (Number<T>) {
            value = static_cast<T>(get_number<std::make_unsigned_t<T>>());
        } else if constexpr (std::is_enum_v<T>) {
            static_assert(HasLastValue<T>, "an enum without last_value()");
            get_enum(value, last_value(value));
        } else if constexpr (std::same_as<T, float> || std::same_as<T, double>) {
            using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
            value = std::bit_cast<T>(get_number<Bits>());
        } else if constexpr (is_duration<T>) {
            std::int64_t count = 0;
            get(count);
            const std::int64_t most = std::chrono::duration_cast<T>(farthest).count();
            if (count < -most || count > most ||
                static_cast<std::int64_t>(static_cast<typename T::rep>(count)) != count)
                return fail();
            value = T(static_cast<typename T::rep>(count));
        } else if constexpr (is_instant<T>) {
            get_instant(value);
        } else if constexpr (is_pair<T>) {
            get(value.first);
            get(value.second);
        } else if constexpr (is_optional<T>) {
            bool is_there = false;
            get(is_there);
            value.reset();
            if (is_there) get(value.emplace());
        } else if constexpr (is_owner<T>) {
            bool is_there = false;
            get(is_there);
            value.reset();
            if (!is_there) return;
            value = std::make_unique<typename T::element_type>();
            get(*value);
        } else if constexpr (is_variant<T>) {
            get_variant(value);
        } else if constexpr (std::same_as<T, std::monostate>) {
        } else if constexpr (std::same_as<T, SharedBytes>) {
            get_shared(value);
        } else if constexpr (is_array<T>) {
            for (auto& one : value)
                get(one);
        } else if constexpr (std::same_as<T, std::vector<std::uint8_t>> ||
                             std::same_as<T, std::string>) {
            const std::size_t size = get_size();
            if (failed_) return;
            value.assign(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(size));
            rest_ = rest_.subspan(size);
        } else if constexpr (Associative<T>) {
            get_associative(value);
        } else {
            static_assert(Sequence<T>, "a type without fields");
            value.clear();
            for (std::size_t left = get_size(); left > 0 && !failed_; --left) {
                typename T::value_type one{};
                get(one);
                if (!failed_) value.push_back(std::move(one));
            }
        }
    }

    template <class T>
    void get_associative(T& value)
    {
        value.clear();
        for (std::size_t left = get_size(); left > 0 && !failed_; --left) {
            bool is_new = false;
            if constexpr (requires { typename T::mapped_type; }) {
                std::pair<typename T::key_type, typename T::mapped_type> one{};
                get(one);
                if (!failed_) is_new = value.insert(std::move(one)).second;
            } else {
                typename T::key_type one{};
                get(one);
                if (!failed_) is_new = value.insert(std::move(one)).second;
            }
            if (!is_new) fail();
        }
    }

    template <class T>
    void get_instant(T& value)
    {
        using Length = typename T::duration;
        std::int64_t count = 0;
        get(count);
        value = T(Length(count));
        if (value == T::min() || value == T::max()) return;
        std::int64_t moved = 0;
        const std::int64_t most = std::chrono::duration_cast<Length>(farthest).count();
        if (__builtin_add_overflow(count, std::chrono::duration_cast<Length>(later_).count(),
                                   &moved) ||
            moved < -most || moved > most)
            return fail();
        value = T(Length(moved));
    }

    template <class T>
    void get_time(T& value)
    {
        get(value);
        if constexpr (is_optional<T>)
            check(!value || (*value != T::value_type::min() && *value != T::value_type::max()));
        else
            check(value != T::min() && value != T::max());
    }

    template <class Enum>
    void get_enum(Enum& value, Enum last)
    {
        std::underlying_type_t<Enum> number{};
        get(number);
        if (std::cmp_less(number, 0) || number > static_cast<std::underlying_type_t<Enum>>(last))
            return fail();
        value = static_cast<Enum>(number);
    }

    void get_shared(SharedBytes& value)
    {
        const auto number = get_number<std::uint32_t>();
        value = nullptr;
        if (failed_ || number == 0) return;
        if (number <= shared_.size()) {
            value = shared_[number - 1];
            return;
        }
        std::vector<std::uint8_t> bytes;
        if (number != shared_.size() + 1) return fail();
        get(bytes);
        if (failed_) return;
        value = share_ ? share_(std::move(bytes))
                       : std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
        shared_.push_back(value);
    }

    template <class... T>
    void get_variant(std::variant<T...>& value)
    {
        const auto index = get_number<std::uint8_t>();
        if (index >= sizeof...(T)) return fail();
        std::size_t at = 0;
        (void)((at++ == index ? (get(value.template emplace<T>()), true) : false) || ...);
    }

    // Of a container: each element takes a byte at least, but for those of no size at all.
    std::size_t get_size()
    {
        const auto size = get_number<std::uint32_t>();
        if (size > rest_.size() || size > elements_max) {
            fail();
            return 0;
        }
        return size;
    }

    template <std::unsigned_integral T>
    T get_number()
    {
        if (failed_ || rest_.size() < sizeof(T)) {
            fail();
            return 0;
        }
        const T value = load_little<T>(rest_);
        rest_ = rest_.subspan(sizeof(T));
        return value;
    }

    std::span<const std::uint8_t> rest_;
    std::chrono::nanoseconds later_;
    bool failed_ = false;
    std::vector<SharedBytes> shared_;
    std::function<SharedBytes(std::vector<std::uint8_t>)> share_;
};

} // namespace netplay_relay::record
