#include "admin/control_body.hpp"

#include "text/text.hpp"

#include <algorithm>

namespace netplay_relay::admin {

namespace http = boost::beast::http;

namespace {

// A form of another site's page can be sent with the visitor's browser, but not as this type.
bool is_json(const Request& request)
{
    const auto field = request[http::field::content_type];
    std::string_view type(field.data(), field.size());
    type = type.substr(0, type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t'))
        type.remove_suffix(1);
    constexpr std::string_view wanted = "application/json";
    return std::ranges::equal(type, wanted, [](char one, char other) {
        return (one >= 'A' && one <= 'Z' ? static_cast<char>(one - 'A' + 'a') : one) == other;
    });
}

// A key as a sentence names it.
std::string named(std::string_view key)
{
    constexpr std::size_t letters = 40;
    return "\"" + text::in_ascii(text::cut(key, letters), "\"") + "\"";
}

} // namespace

ControlBody::ControlBody(const Request& request)
{
    if (!is_json(request))
        problem_ = "the body must be JSON, with the field Content-Type: application/json";
    else
        parse(request.body());
}

void ControlBody::parse(const std::string& body)
{
    std::set<std::string> keys;
    std::optional<std::string> twice;
    const auto look = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        if (event == nlohmann::json::parse_event_t::key && depth == 1 &&
            !keys.insert(parsed.get<std::string>()).second)
            twice = parsed.get<std::string>();
        return true;
    };
    value_ = nlohmann::json::parse(body, look, false);
    if (value_.is_discarded())
        problem_ = "the body is not JSON";
    else if (!value_.is_object())
        problem_ = "the body must be a JSON object, such as {}";
    else if (twice)
        problem_ = named(*twice) + " must not be there twice";
    if (!problem_.empty()) value_ = nlohmann::json::object();
}

const nlohmann::json* ControlBody::find(std::string_view key)
{
    known_.emplace(key);
    const auto found = value_.find(std::string(key));
    return found == value_.end() ? nullptr : &*found;
}

bool ControlBody::has(std::string_view key) const { return value_.contains(std::string(key)); }

void ControlBody::must_have(std::string_view key)
{
    if (!has(key)) fault(key, "must be there");
}

void ControlBody::fault(std::string_view key, std::string_view problem)
{
    if (problem_.empty()) problem_ = named(key).append(" ").append(problem);
}

std::optional<std::uint64_t> ControlBody::number(std::string_view key, std::uint64_t least,
                                                 std::uint64_t most)
{
    const nlohmann::json* value = find(key);
    if (value == nullptr) return std::nullopt;
    const bool fits = value->is_number_unsigned() && value->get<std::uint64_t>() >= least &&
                      value->get<std::uint64_t>() <= most;
    if (fits) return value->get<std::uint64_t>();
    fault(key,
          "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
}

std::optional<bool> ControlBody::flag(std::string_view key)
{
    const nlohmann::json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    fault(key, "must be true or false");
    return std::nullopt;
}

std::optional<std::string> ControlBody::text(std::string_view key, std::size_t most)
{
    const nlohmann::json* value = find(key);
    if (value == nullptr) return std::nullopt;
    const auto* given = value->get_ptr<const nlohmann::json::string_t*>();
    if (given == nullptr || given->size() > most)
        fault(key, "must be a text of at most " + std::to_string(most) + " bytes");
    else if (text::plain(*given) != *given)
        fault(key, "must be on one line, without control characters");
    else
        return *given;
    return std::nullopt;
}

std::optional<std::vector<std::string>> ControlBody::texts(std::string_view key, std::size_t most)
{
    const nlohmann::json* value = find(key);
    if (value == nullptr) return std::nullopt;
    const auto is_text = [](const nlohmann::json& one) { return one.is_string(); };
    if (value->is_array() && value->size() <= most && std::ranges::all_of(*value, is_text))
        return value->get<std::vector<std::string>>();
    fault(key, "must be a list of at most " + std::to_string(most) + " texts");
    return std::nullopt;
}

std::string ControlBody::problem()
{
    for (const auto& [key, value] : value_.items())
        if (!known_.contains(key)) fault(key, "is no key that is known here");
    return problem_;
}

} // namespace netplay_relay::admin
