#include "daemon/journal_fields.hpp"

#include <algorithm>

namespace netplay_relay::daemon {

namespace {

constexpr std::size_t fields_most = 32;
constexpr std::string_view prefix = "NETPLAY_RELAY_";

bool is_key(std::string_view text)
{
    const auto fits = [](char letter) { return (letter >= 'a' && letter <= 'z') || letter == '_'; };
    return !text.empty() && text.size() <= 40 && std::ranges::all_of(text, fits);
}

std::string field(std::string_view key, std::string_view value)
{
    std::string text(prefix);
    for (const char letter : key)
        text += letter == '_' ? '_' : static_cast<char>(letter - 'a' + 'A');
    return text.append("=").append(value);
}

// Cuts "key=value" or any other word off the front of `rest`, with the blank behind it.
void take_word(std::string_view& rest, std::vector<std::string>& fields)
{
    const std::size_t equals = rest.find_first_of("= ");
    const bool has_value = equals != std::string_view::npos && rest[equals] == '=';
    const bool quoted = has_value && rest.substr(equals + 1).starts_with('"');
    const std::size_t begin = !has_value ? 0 : equals + (quoted ? 2 : 1);
    const std::size_t end = std::min(rest.find(quoted ? '"' : ' ', begin), rest.size());
    if (has_value && is_key(rest.substr(0, equals)))
        fields.push_back(field(rest.substr(0, equals), rest.substr(begin, end - begin)));
    const std::size_t blank = std::min(rest.find(' ', end), rest.size());
    rest.remove_prefix(std::min(blank + 1, rest.size()));
}

} // namespace

std::vector<std::string> journal_fields(std::string_view line, char priority)
{
    std::vector<std::string> fields{std::string("MESSAGE=").append(line),
                                    std::string("PRIORITY=") + priority,
                                    "SYSLOG_IDENTIFIER=netplay-relay"};
    const std::size_t blank = std::min(line.find(' '), line.size());
    if (is_key(line.substr(0, blank))) fields.push_back(field("event", line.substr(0, blank)));
    std::string_view rest = line.substr(std::min(blank + 1, line.size()));
    while (!rest.empty() && fields.size() < fields_most)
        take_word(rest, fields);
    return fields;
}

} // namespace netplay_relay::daemon
