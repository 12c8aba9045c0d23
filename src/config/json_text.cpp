#include "config/json_text.hpp"

#include "config/fault_reader.hpp"
#include "config/json_fault.hpp"

#include <cstddef>
#include <iterator>
#include <map>
#include <memory>

namespace netplay_relay::config {

namespace {

using nlohmann::json;

// Of so many keys it is said that they are there twice: a file may consist of nothing else.
constexpr std::size_t told_most = 32;
// A longer path is not said whole.
constexpr std::size_t path_levels_most = 16;

// Goes over the text for the parser, and tells how far that is.
class Cursor
{
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Cursor(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}

    reference operator*() const { return *at_; }
    Cursor& operator++()
    {
        *furthest_ = ++at_;
        return *this;
    }
    Cursor operator++(int)
    {
        const Cursor before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Cursor& other) const { return at_ == other.at_; }

private:
    const char* at_;
    const char** furthest_;
};

// One object or list that is being read. Lists may be nested deeply, so they cost little.
struct Level
{
    struct Keys
    {
        std::map<std::string, std::size_t> lines; // where each was given
        std::string newest;
    };
    std::unique_ptr<Keys> keys; // of an object
    std::size_t items = 0;      // of a list
};

class Watch
{
public:
    Watch(std::string_view text, std::vector<Fault>& faults)
        : text_(text), seen_(text.data()), faults_(faults)
    {
    }

    // The parser reads no further than the closing quote of a key before it tells of it.
    void on(json::parse_event_t event, const json& parsed, const char* at)
    {
        using Event = json::parse_event_t;
        if (event == Event::key) return take_key(parsed.get_ref<const std::string&>(), at);
        const bool is_end = event == Event::object_end || event == Event::array_end;
        if (is_end) {
            levels_.pop_back();
            return;
        }
        if (!levels_.empty() && !levels_.back().keys) ++levels_.back().items;
        if (event == Event::object_start) levels_.push_back({std::make_unique<Level::Keys>()});
        if (event == Event::array_start) levels_.emplace_back();
    }

private:
    void take_key(const std::string& key, const char* at)
    {
        for (; seen_ != at; ++seen_)
            if (*seen_ == '\n') ++line_;
        Level::Keys& keys = *levels_.back().keys;
        keys.newest = key;
        const auto [first, is_new] = keys.lines.try_emplace(key, line_);
        if (is_new || faults_.size() >= told_most) return;
        std::string problem = "is given twice";
        if (text_.find('\n') != std::string_view::npos)
            problem += first->second == line_ ? ", in line " + std::to_string(line_)
                                              : ", in line " + std::to_string(first->second) +
                                                    " and in line " + std::to_string(line_);
        faults_.push_back({path(), problem + ": only one of them would count"});
    }

    [[nodiscard]] std::string path() const
    {
        std::string all;
        const std::size_t first =
            levels_.size() > path_levels_most ? levels_.size() - path_levels_most : 0;
        if (first > 0) all = "...";
        for (std::size_t at = first; at < levels_.size(); ++at) {
            const Level& level = levels_[at];
            if (level.keys)
                all += (all.empty() ? "" : ".") + shown_key(level.keys->newest);
            else
                all += "[" + std::to_string(level.items - 1) + "]";
        }
        return all;
    }

    std::string_view text_;
    const char* seen_;
    std::size_t line_ = 1;
    std::vector<Level> levels_;
    std::vector<Fault>& faults_;
};

// Where, and not what: a password may stand there.
std::string place_in(std::string_view text, std::size_t byte)
{
    return "something is wrong in line " + std::to_string(line_of(text, byte == 0 ? 0 : byte - 1)) +
           " or before";
}

} // namespace

JsonText read_json(std::string_view text)
{
    JsonText read;
    const char* at = text.data();
    Watch watch(text, read.given_twice);
    const json::parser_callback_t see = [&](int, json::parse_event_t event, json& parsed) {
        watch.on(event, parsed, at);
        return true;
    };
    const char* const end = text.data() + text.size();
    try {
        read.value = json::parse(Cursor(text.data(), &at), Cursor(end, &at), see, true, true);
        return read;
    } catch (const json::parse_error& error) {
        read.problem = json_fault(text);
        if (read.problem.empty()) read.problem = place_in(text, error.byte);
    } catch (const json::exception&) {
        read.problem = "a number is too large in line " +
                       std::to_string(line_of(text, static_cast<std::size_t>(at - text.data())));
    }
    read.is_empty = read.problem == "it is empty";
    return read;
}

} // namespace netplay_relay::config
