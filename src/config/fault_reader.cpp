#include "config/fault_reader.hpp"

#include "spelling/spelling.hpp"

#include <algorithm>

namespace netplay_relay::config {

// Long or odd values are not repeated whole in a message; nor are nested ones, however deep.
std::string shown(const nlohmann::json& value)
{
    if (value.is_array()) return "a list";
    if (value.is_object()) return "an object";
    constexpr std::size_t most = 60;
    std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    if (text.size() > most) text = text.substr(0, most) + "...";
    return text;
}

std::string why_not(const nlohmann::json& value,
                    const std::function<std::string(const std::string&)>& why)
{
    if (!why) return {};
    if (value.is_string()) return why(value.get<std::string>());
    return value.is_number_unsigned() ? why(value.dump()) : std::string();
}

std::string shown_key(const std::string& key)
{
    const std::string quoted = shown(key);
    return quoted.substr(1, quoted.size() - (quoted.ends_with('"') ? 2 : 1));
}

FaultReader::FaultReader(const nlohmann::json& value, Environment& environment, std::string path,
                         std::vector<Fault>& faults, Values values)
    : value_(value), environment_(environment), path_(std::move(path)), faults_(faults),
      values_(values)
{
    if (value_.is_object()) return;
    // A variable that is no JSON comes here as a text, and may have a password in it.
    const bool is_variable = path_.starts_with(variable_prefix) || environment_.has(path_);
    const std::string problem = environment_.problem_of(path_);
    faults_.push_back({path_, "must be an object { ... }" +
                                  (is_variable ? ", not a text that is none" : not_this(value_)) +
                                  (problem.empty() ? "" : ": " + problem)});
}

std::string FaultReader::not_this(const nlohmann::json& value) const
{
    return values_ == Values::secret ? "" : ", not " + shown(value);
}

void FaultReader::number(std::string_view key, std::uint64_t least, std::uint64_t most,
                         std::uint32_t& target)
{
    const nlohmann::json* value = find(key, ValueKind::scalar);
    if (value == nullptr) return;
    const bool fits = value->is_number_unsigned() && value->get<std::uint64_t>() >= least &&
                      value->get<std::uint64_t>() <= most;
    if (fits)
        target = static_cast<std::uint32_t>(value->get<std::uint64_t>());
    else
        fault(key, "must be a whole number from " + std::to_string(least) + " to " +
                       std::to_string(most) + not_this(*value) + hint_for(key, *value, "number"));
}

void FaultReader::port(std::string_view key, std::uint16_t& target)
{
    std::uint32_t wide = target;
    number(key, 0, 65535, wide);
    target = static_cast<std::uint16_t>(wide);
}

void FaultReader::seconds(std::string_view key, std::uint64_t least, std::uint64_t most,
                          std::chrono::seconds& target)
{
    auto wide = static_cast<std::uint32_t>(target.count());
    number(key, least, most, wide);
    target = std::chrono::seconds(wide);
}

void FaultReader::numbers(std::string_view key, std::size_t most, std::uint64_t highest,
                          std::span<std::uint32_t> target)
{
    const nlohmann::json* list = find(key, ValueKind::json);
    if (list == nullptr) return;
    const auto fits = [&](const nlohmann::json& item) {
        return item.is_number_unsigned() && item.get<std::uint64_t>() <= highest;
    };
    if (!list->is_array() || list->empty() || list->size() > most ||
        !std::ranges::all_of(*list, fits))
        return fault(key, "must be a list of 1 to " + std::to_string(most) +
                              " whole numbers from 0 to " + std::to_string(highest) +
                              not_this(*list));
    std::ranges::fill(target, 0U);
    for (std::size_t at = 0; at < list->size(); ++at)
        target[at] = (*list)[at].get<std::uint32_t>();
}

void FaultReader::flag(std::string_view key, bool& target)
{
    const nlohmann::json* value = find(key, ValueKind::scalar);
    if (value == nullptr) return;
    if (value->is_boolean())
        target = value->get<bool>();
    else
        fault(key, "must be true or false" + not_this(*value) + hint_for(key, *value, "flag"));
}

void FaultReader::text(std::string_view key, std::string_view expected,
                       const std::function<bool(const std::string&)>& take, const Why& why)
{
    const nlohmann::json* value = find(key, ValueKind::text);
    if (value == nullptr) return;
    if (!value->is_string() || !take(value->get<std::string>()))
        fault(key, "must be " + std::string(expected) + not_this(*value) +
                       (value->is_string() ? why_not(*value, why) : hint_for(key, *value, "text")));
}

void FaultReader::secret(std::string_view key, std::size_t most, std::string& target)
{
    const nlohmann::json* value = find(key, ValueKind::text);
    if (value == nullptr) return;
    if (value->is_string() && value->get_ref<const std::string&>().size() <= most)
        target = value->get<std::string>();
    else
        fault(key, "must be a text of at most " + std::to_string(most) + " bytes");
}

void FaultReader::object(std::string_view key, const std::function<void(FaultReader&)>& read)
{
    static const nlohmann::json nothing = nlohmann::json::object();
    const nlohmann::json* value = find(key, ValueKind::json);
    const bool has_more = environment_.has_within(path_of(key));
    if (value == nullptr && (has_more || environment_.surveys())) value = &nothing;
    if (value == nullptr) return;
    FaultReader inner(*value, environment_, has_more ? path_of(key) : name_of(key), faults_);
    read(inner);
    inner.finish();
}

void FaultReader::objects(std::string_view key, std::size_t most,
                          const std::function<void(FaultReader&)>& read, Values values)
{
    const nlohmann::json* list = find(key, ValueKind::json);
    if (list == nullptr) return;
    if (!list->is_array() || list->size() > most)
        return fault(key, "must be a list of at most " + std::to_string(most) + " objects { ... }" +
                              hint_for(key, *list, "objects"));
    for (std::size_t at = 0; at < list->size(); ++at) {
        FaultReader inner((*list)[at], environment_, name_of(key) + "[" + std::to_string(at) + "]",
                          faults_, values);
        read(inner);
        inner.finish();
    }
}

void FaultReader::fault(std::string_view key, std::string problem)
{
    faults_.push_back({name_of(key), std::move(problem)});
}

bool FaultReader::is_empty_list(std::string_view key)
{
    const nlohmann::json* value = find(key, ValueKind::texts);
    return value != nullptr && value->is_array() && value->empty();
}

bool FaultReader::is_word(std::string_view key, std::string_view word, ValueKind kind)
{
    const nlohmann::json* value = find(key, kind);
    if (value == nullptr) return false;
    // Where a list is wanted, a variable's text is one already.
    const bool is_alone = value->is_array() && value->size() == 1;
    return (is_alone ? value->front() : *value) == nlohmann::json(std::string(word));
}

void FaultReader::finish()
{
    if (!value_.is_object()) return;
    std::string allowed;
    for (const std::string& key : known_)
        allowed += (allowed.empty() ? "" : ", ") + key;
    for (const auto& [key, value] : value_.items())
        if (!known_.contains(key))
            fault(values_ == Values::secret && key.find("://") != std::string::npos
                      ? "a URL as a key"
                      : shown_key(key),
                  "is no key here" + hint_for_unknown(key) + "; known are: " + allowed);
}

// The key that is meant, or the object that has a key of this name.
std::string FaultReader::hint_for_unknown(const std::string& key) const
{
    const std::vector<std::string> known(known_.begin(), known_.end());
    if (const std::string meant = spelling::did_you_mean(key, known); !meant.empty()) return meant;
    for (const std::string& path : environment_.paths())
        if (path.ends_with("." + key)) return "; there is " + path;
    return {};
}

std::string FaultReader::hint_for(std::string_view key, const nlohmann::json& value,
                                  std::string_view wanted) const
{
    const std::string path = path_of(key);
    const std::string_view whole = std::string_view(path).substr(0, path.find('['));
    if (environment_.has(whole)) {
        const std::string problem = environment_.problem_of(whole);
        return problem.empty() ? "" : ": " + problem;
    }
    if ((wanted == "list" && value.is_string()) || (wanted == "objects" && value.is_object()))
        return "; write it in brackets: [ ... ]";
    if (wanted == "text" && (value.is_number() || value.is_boolean()))
        return "; write it in quotes";
    if (!value.is_string()) return {};
    const auto& text = value.get_ref<const std::string&>();
    const bool is_number =
        !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    const bool is_flag = text == "true" || text == "false";
    if ((wanted == "number" && is_number) || (wanted == "flag" && is_flag))
        return "; write it without quotes";
    return {};
}

const nlohmann::json* FaultReader::find(std::string_view key, ValueKind kind)
{
    known_.emplace(key);
    if (const nlohmann::json* given = environment_.find(path_of(key), kind)) return given;
    if (!value_.is_object()) return nullptr;
    const auto found = value_.find(std::string(key));
    return found == value_.end() ? nullptr : &*found;
}

std::string FaultReader::path_of(std::string_view key) const
{
    if (key.empty()) return path_;
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

std::string FaultReader::name_of(std::string_view key) const
{
    const std::string path = path_of(key);
    const std::size_t bracket = std::min(path.find('['), path.size()); // of an item of a list
    const std::string_view whole = std::string_view(path).substr(0, bracket);
    return environment_.has(whole) ? Environment::name_of(whole) + path.substr(bracket) : path;
}

} // namespace netplay_relay::config
