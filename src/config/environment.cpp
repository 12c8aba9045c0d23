#include "config/environment.hpp"

namespace netplay_relay::config {

namespace {

bool is_foreign(std::string_view name)
{
    return name == "CONFIG" || name == "PORT" || name.starts_with("PORT_") ||
           name.starts_with("SERVICE_");
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

nlohmann::json parsed(const std::string& text)
{
    nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
    if (value.is_discarded()) return text;
    return value; // moved: a copy of what is nested deeply needs a deep stack
}

nlohmann::json split(std::string_view text)
{
    nlohmann::json list = nlohmann::json::array();
    if (trimmed(text).empty()) return list;
    for (;;) {
        const std::size_t comma = text.find(',');
        list.push_back(std::string(trimmed(text.substr(0, comma))));
        if (comma == std::string_view::npos) return list;
        text.remove_prefix(comma + 1);
    }
}

nlohmann::json value_of(const std::string& text, ValueKind kind)
{
    switch (kind) {
    case ValueKind::text: return text;
    case ValueKind::texts: return trimmed(text).starts_with('[') ? parsed(text) : split(text);
    case ValueKind::scalar:
    case ValueKind::json: return parsed(text);
    }
    return text;
}

} // namespace

Environment::Environment(std::span<const std::string> variables)
{
    for (const std::string& variable : variables) {
        const std::size_t equals = variable.find('=');
        if (!variable.starts_with(variable_prefix) || equals == std::string::npos) continue;
        const std::string_view name(variable.data(), equals);
        if (is_foreign(name.substr(variable_prefix.size()))) continue;
        variables_.emplace(name, variable.substr(equals + 1));
    }
}

std::string Environment::name_of(std::string_view path)
{
    std::string name(variable_prefix);
    for (const char letter : path) {
        const bool is_lower = letter >= 'a' && letter <= 'z';
        if (letter == '.')
            name += "__";
        else
            name += is_lower ? static_cast<char>(letter - 'a' + 'A') : letter;
    }
    return name;
}

bool Environment::has(std::string_view path) const { return variables_.contains(name_of(path)); }

bool Environment::has_within(std::string_view path) const
{
    const std::string prefix = name_of(path) + "__";
    const auto next = variables_.lower_bound(prefix);
    return next != variables_.end() && next->first.starts_with(prefix);
}

const nlohmann::json* Environment::find(std::string_view path, ValueKind kind)
{
    const auto variable = variables_.find(name_of(path));
    if (variable == variables_.end()) return nullptr;
    const auto [place, is_new] = read_.try_emplace(variable->first);
    if (is_new) place->second = value_of(variable->second, kind);
    return &place->second;
}

std::vector<std::string> Environment::unread() const
{
    std::vector<std::string> names;
    for (const auto& [name, text] : variables_)
        if (!read_.contains(name)) names.push_back(name);
    return names;
}

} // namespace netplay_relay::config
