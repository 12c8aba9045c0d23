// A value that is the default one nearly always, and costs no more than a pointer then.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace netplay_relay {

template <class T>
class Rare
{
public:
    Rare() = default;
    Rare(T value) : own_(value == T{} ? nullptr : std::make_unique<T>(std::move(value))) {}
    Rare(const Rare& other) : own_(other.own_ ? std::make_unique<T>(*other.own_) : nullptr) {}
    Rare(Rare&&) noexcept = default;
    Rare& operator=(Rare other) noexcept
    {
        own_ = std::move(other.own_);
        return *this;
    }
    ~Rare() = default;

    [[nodiscard]] const T& value() const
    {
        static const T usual{};
        return own_ ? *own_ : usual;
    }
    const T& operator*() const { return value(); }
    const T* operator->() const { return &value(); }
    // True while it takes no memory.
    [[nodiscard]] bool is_usual() const { return own_ == nullptr; }

    // For what is to differ from now on.
    [[nodiscard]] T& change()
    {
        if (!own_) own_ = std::make_unique<T>();
        return *own_;
    }
    void reset() { own_.reset(); }

    // In a record it is the value itself.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        if constexpr (std::is_const_v<Self>) {
            archive(self.value());
        } else {
            T value{};
            archive(value);
            self = Rare(std::move(value));
        }
    }

private:
    std::unique_ptr<T> own_;
};

} // namespace netplay_relay
