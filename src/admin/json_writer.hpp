// Writes JSON at the end of a text, value by value, with no tree of values before it.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netplay_relay::admin {

// Commas come by themselves. That objects and lists are closed, and have keys or none, is up to
// whoever writes.
class JsonWriter
{
public:
    // `text` must outlive it; it is empty, or ends where a value may follow.
    explicit JsonWriter(std::string& text) : text_(text) {}

    void begin_object() { begin('{'); }
    void end_object() { text_ += '}'; }
    void begin_list() { begin('['); }
    void end_list() { text_ += ']'; }

    // A word of ours: it is not escaped.
    void key(std::string_view word);

    // Of what is no UTF-8 each wrong byte becomes U+FFFD.
    void value(std::string_view text);
    void value(const std::string& text) { value(std::string_view(text)); }
    void value(const char* text) { value(std::string_view(text)); }
    void value(bool yes) { put(yes ? "true" : "false"); }
    void value(std::nullptr_t) { put("null"); }
    // As short as it can be, with a point in it: "0.0". null where it is no number.
    void value(double number);
    template <std::unsigned_integral Number>
    void value(Number number)
    {
        whole(static_cast<std::uint64_t>(number));
    }
    template <std::signed_integral Number>
    void value(Number number)
    {
        whole(static_cast<std::int64_t>(number));
    }
    template <class Value>
    void value(const std::optional<Value>& one)
    {
        if (one)
            value(*one);
        else
            value(nullptr);
    }

    template <class Value>
    void member(std::string_view word, const Value& one)
    {
        key(word);
        value(one);
    }
    template <class Write>
    void object(std::string_view word, const Write& write)
    {
        key(word);
        begin_object();
        write();
        end_object();
    }
    template <class Write>
    void list(std::string_view word, const Write& write)
    {
        key(word);
        begin_list();
        write();
        end_list();
    }

private:
    void begin(char bracket);
    void separate();
    void put(std::string_view written);
    void whole(std::uint64_t number);
    void whole(std::int64_t number);

    std::string& text_;
};

} // namespace netplay_relay::admin
