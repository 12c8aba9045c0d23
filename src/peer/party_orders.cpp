#include "peer/party_orders.hpp"

#include <charconv>
#include <limits>
#include <utility>

namespace netplay_relay::inspector {

namespace {

template <class Number>
std::optional<Number> number_in(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

// What stands before the separator; the rest is what stands behind it.
std::string_view take_part(std::string_view& rest, char separator)
{
    const std::size_t end = rest.find(separator);
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
}

std::optional<PartyTarget> target_in(std::string_view text)
{
    PartyTarget to;
    if (text.find(',') == std::string_view::npos) {
        const auto number = number_in<std::int32_t>(text);
        if (!number || *number == std::numeric_limits<std::int32_t>::min()) return std::nullopt;
        to.target = *number;
        return to;
    }
    while (!text.empty()) {
        const auto id = number_in<std::int32_t>(take_part(text, ','));
        if (!id || *id < 1) return std::nullopt;
        to.list.push_back(*id);
    }
    return to;
}

std::optional<Mode> mode_in(std::string_view text)
{
    if (text == "ordered") return Mode::unreliable_ordered;
    for (const Mode mode : {Mode::unreliable, Mode::unreliable_ordered, Mode::reliable})
        if (text == party::word(mode)) return mode;
    return std::nullopt;
}

std::variant<PartyOrder, std::string> parse_kick(std::string_view rest)
{
    const std::string_view whom = take_part(rest, ' ');
    const auto id = number_in<std::int32_t>(whom);
    if (!id || *id < 2) return quoted(whom) + " is not the id of a client";
    return KickOrder{*id, std::string(rest)};
}

} // namespace

std::variant<SendOrder, std::string> parse_send(std::string_view text, char separator)
{
    std::string_view rest = text;
    const std::string_view target = take_part(rest, separator);
    const std::string_view mode = take_part(rest, separator);
    const std::string_view channel = take_part(rest, separator);
    const auto to = target_in(target);
    if (!to) return quoted(target) + " is no target: 0, an id, a negative one, or ids like 2,3";
    const auto how = mode_in(mode);
    if (!how) return quoted(mode) + " is no mode: unreliable, ordered or reliable";
    const auto number = number_in<std::uint8_t>(channel);
    if (!number) return quoted(channel) + " is no channel: 0 to 255";
    return SendOrder{*to, *how, *number, std::string(rest)};
}

std::variant<PartyOrder, std::string> parse_order(std::string_view line)
{
    std::string_view rest = line;
    const std::string_view verb = take_part(rest, ' ');
    if (verb == "quit") return QuitOrder{};
    if (verb == "cut") return CutOrder{};
    if (verb == "kick") return parse_kick(rest);
    if (verb == "refuse") {
        if (rest == "on" || rest == "off") return RefuseOrder{rest == "on"};
        return "refuse on, or refuse off";
    }
    if (verb != "send") return quoted(verb) + " is none of send, kick, refuse, cut, quit";
    auto order = parse_send(rest, ' ');
    if (auto* fault = std::get_if<std::string>(&order)) return std::move(*fault);
    return std::get<SendOrder>(std::move(order));
}

} // namespace netplay_relay::inspector
