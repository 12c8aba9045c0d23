#include "admin/json_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace netplay_relay::admin {

namespace {

// Above it a number has no decimals to speak of, and more digits than fit below.
constexpr double plain_below = 1e15;

bool is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

template <class Number>
std::string_view digits(std::array<char, 32>& room, Number number)
{
    const auto result = std::to_chars(room.data(), room.data() + room.size(), number);
    return {room.data(), result.ptr};
}

} // namespace

// What ends in a bracket or a colon waits for a value; strings end in a quotation mark.
void JsonWriter::separate()
{
    if (text_.empty()) return;
    const char last = text_.back();
    if (last != '{' && last != '[' && last != ':') text_ += ',';
}

void JsonWriter::begin(char bracket)
{
    separate();
    text_ += bracket;
}

void JsonWriter::put(std::string_view written)
{
    separate();
    text_ += written;
}

void JsonWriter::key(std::string_view word)
{
    separate();
    text_ += '"';
    text_ += word;
    text_ += "\":";
}

void JsonWriter::value(std::string_view text)
{
    separate();
    if (std::ranges::all_of(text, is_plain)) {
        text_ += '"';
        text_ += text;
        text_ += '"';
        return;
    }
    using Json = nlohmann::json;
    text_ += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

void JsonWriter::value(double number)
{
    if (!(std::abs(number) < plain_below)) return put(nlohmann::json(number).dump());
    std::array<char, 400> room{}; // the smallest has some 340 digits
    const auto result =
        std::to_chars(room.data(), room.data() + room.size(), number, std::chars_format::fixed);
    const std::string_view written(room.data(), result.ptr);
    put(written);
    if (written.find('.') == std::string_view::npos) text_ += ".0";
}

void JsonWriter::whole(std::uint64_t number)
{
    std::array<char, 32> room{};
    put(digits(room, number));
}

void JsonWriter::whole(std::int64_t number)
{
    std::array<char, 32> room{};
    put(digits(room, number));
}

} // namespace netplay_relay::admin
