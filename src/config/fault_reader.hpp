// Reads one JSON object key by key and collects every fault instead of stopping at the first. What
// the environment has wins over the object.
#pragma once

#include "config/config.hpp"
#include "config/environment.hpp"

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::config {

// A faulty value as a message repeats it: short, and without line ends.
[[nodiscard]] std::string shown(const nlohmann::json& value);

// What `why` says of a text, and of a number as if it were one.
[[nodiscard]] std::string why_not(const nlohmann::json& value,
                                  const std::function<std::string(const std::string&)>& why);

// A key that nobody asked for as a message names it: the same, on one line and in ASCII.
[[nodiscard]] std::string shown_key(const std::string& key);

// What is wrong with a text that was refused.
using Why = std::function<std::string(const std::string&)>;

class FaultReader
{
public:
    enum class Values : unsigned char
    {
        told,   // a fault repeats what is wrong
        secret, // it does not
    };

    // All must outlive the reader. `path` is empty for the whole configuration.
    FaultReader(const nlohmann::json& value, Environment& environment, std::string path,
                std::vector<Fault>& faults, Values values = Values::told);

    // Each of these leaves its target alone if the key is missing or faulty.
    void number(std::string_view key, std::uint64_t least, std::uint64_t most,
                std::uint32_t& target);
    void port(std::string_view key, std::uint16_t& target);
    void seconds(std::string_view key, std::uint64_t least, std::uint64_t most,
                 std::chrono::seconds& target);
    void flag(std::string_view key, bool& target);
    // `expected` says what would be right; `take` returns false for a text that is not, and `why`
    // then gives nothing or what to write instead, beginning with "; ".
    void text(std::string_view key, std::string_view expected,
              const std::function<bool(const std::string&)>& take, const Why& why = {});
    // A text of at most `most` bytes, which no fault repeats.
    void secret(std::string_view key, std::size_t most, std::string& target);
    // A list of at most `most` numbers up to `highest`; those left out are 0.
    void numbers(std::string_view key, std::size_t most, std::uint64_t highest,
                 std::span<std::uint32_t> target);
    // A list of texts; the target is replaced only if every one was taken.
    template <class Value, class Parse>
    void texts(std::string_view key, std::string_view expected, std::size_t most,
               std::vector<Value>& target, Parse parse, const Why& why = {});
    void object(std::string_view key, const std::function<void(FaultReader&)>& read);
    void objects(std::string_view key, std::size_t most,
                 const std::function<void(FaultReader&)>& read, Values values = Values::told);

    void fault(std::string_view key, std::string problem);
    // True if the key was left out.
    [[nodiscard]] bool lacks(std::string_view key) { return find(key, ValueKind::json) == nullptr; }
    [[nodiscard]] bool is_empty_list(std::string_view key);
    // True if this word stands in the place of another value, which would be of that kind.
    [[nodiscard]] bool is_word(std::string_view key, std::string_view word,
                               ValueKind kind = ValueKind::texts);

    // Reports every key that nobody asked for. To be called last.
    void finish();

private:
    [[nodiscard]] const nlohmann::json* find(std::string_view key, ValueKind kind);
    // "; write it without quotes" and the like, for a value of another type than `wanted`.
    [[nodiscard]] std::string hint_for(std::string_view key, const nlohmann::json& value,
                                       std::string_view wanted) const;
    [[nodiscard]] std::string hint_for_unknown(const std::string& key) const;
    [[nodiscard]] std::string path_of(std::string_view key) const;
    // What a fault names: the path, or the variable that the value is from.
    [[nodiscard]] std::string name_of(std::string_view key) const;

    // ", not 5", or nothing of a secret.
    [[nodiscard]] std::string not_this(const nlohmann::json& value) const;

    const nlohmann::json& value_;
    Environment& environment_;
    std::string path_;
    std::vector<Fault>& faults_;
    Values values_;
    std::set<std::string, std::less<>> known_;
};

template <class Value, class Parse>
void FaultReader::texts(std::string_view key, std::string_view expected, std::size_t most,
                        std::vector<Value>& target, Parse parse, const Why& why)
{
    const nlohmann::json* list = find(key, ValueKind::texts);
    if (list == nullptr) return;
    if (!list->is_array() || list->size() > most)
        return fault(key, "must be a list of at most " + std::to_string(most) + " texts, each " +
                              std::string(expected) + hint_for(key, *list, "list"));
    std::vector<Value> values;
    for (std::size_t at = 0; at < list->size(); ++at) {
        const nlohmann::json& item = (*list)[at];
        const auto parsed =
            item.is_string() ? parse(item.get<std::string>()) : decltype(parse(std::string())){};
        if (parsed)
            values.push_back(*parsed);
        else
            fault(std::string(key) + "[" + std::to_string(at) + "]",
                  "must be " + std::string(expected) + not_this(item) + why_not(item, why));
    }
    if (values.size() == list->size()) target = std::move(values);
}

} // namespace netplay_relay::config
