#include "config/environment.hpp"

#include "config/json_text.hpp"

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

} // namespace

Environment::Environment(std::span<const std::string> variables)
{
    for (const std::string& variable : variables) {
        const std::size_t equals = variable.find('=');
        if (!variable.starts_with(variable_prefix) || equals == std::string::npos) continue;
        const std::string_view name(variable.data(), equals);
        if (is_foreign(name.substr(variable_prefix.size()))) continue;
        if (equals + 1 == variable.size()) continue;
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

bool Environment::has(std::string_view path) const
{
    return !surveys_ && variables_.contains(name_of(path));
}

bool Environment::has_within(std::string_view path) const
{
    const std::string prefix = name_of(path) + "__";
    const auto next = variables_.lower_bound(prefix);
    return next != variables_.end() && next->first.starts_with(prefix);
}

const nlohmann::json* Environment::find(std::string_view path, ValueKind kind)
{
    if (surveys_) {
        paths_.emplace(path);
        return nullptr;
    }
    const auto variable = variables_.find(name_of(path));
    if (variable == variables_.end()) return nullptr;
    const auto [place, is_new] = read_.try_emplace(variable->first);
    if (is_new) place->second = value_of(variable->first, variable->second, kind);
    return &place->second;
}

nlohmann::json Environment::value_of(const std::string& name, const std::string& text,
                                     ValueKind kind)
{
    switch (kind) {
    case ValueKind::text: return text;
    case ValueKind::texts: return trimmed(text).starts_with('[') ? parsed(name, text) : split(text);
    case ValueKind::scalar:
    case ValueKind::json: return parsed(name, text);
    }
    return text;
}

nlohmann::json Environment::parsed(const std::string& name, const std::string& text)
{
    JsonText read = read_json(text);
    for (Fault& fault : read.given_twice)
        given_twice_.push_back(
            {name + (fault.key.starts_with('[') ? "" : ".") + fault.key, std::move(fault.problem)});
    if (read.problem.empty())
        return std::move(read.value); // moved: a copy of what is nested deeply needs a deep stack
    const std::string_view begin = trimmed(text).substr(0, 1);
    if (begin == "{" || begin == "[") problems_[name] = std::move(read.problem);
    return text;
}

std::string Environment::problem_of(std::string_view path) const
{
    const bool is_name = path.starts_with(variable_prefix);
    const auto found = problems_.find(is_name ? std::string(path) : name_of(path));
    return found == problems_.end() ? std::string() : found->second;
}

std::vector<std::string> Environment::unread() const
{
    std::vector<std::string> names;
    for (const auto& [name, text] : variables_)
        if (!read_.contains(name)) names.push_back(name);
    return names;
}

} // namespace netplay_relay::config
