// The text behind "builtin:arena,".
#include "cores/arena_core.hpp"

#include <algorithm>
#include <charconv>

namespace netplay_relay::cores {

namespace {

using Problem = std::optional<std::string>;

// Takes what is before the separator off the text.
std::string_view take_until(std::string_view& text, char separator)
{
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return taken;
}

template <typename Number>
Problem read(std::string_view name, std::string_view text, std::uint64_t least, std::uint64_t most,
             Number& into)
{
    std::uint64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault == std::errc{} && end == text.data() + text.size() && number >= least &&
        number <= most) {
        into = static_cast<Number>(number);
        return std::nullopt;
    }
    return "arena: " + std::string(name) + " must be a number from " + std::to_string(least) +
           " to " + std::to_string(most) + ", not \"" + std::string(text) + "\"";
}

Problem read_slow(std::string_view text, ArenaOptions& options)
{
    constexpr std::uint64_t longest = 10'000'000; // ten seconds
    const std::string_view every = take_until(text, '/');
    if (Problem problem =
            read("the n of slow=n/microseconds", every, 1, UINT32_MAX, options.slow_every))
        return problem;
    std::uint32_t microseconds = 0;
    Problem problem = read("the time of slow=n/microseconds", text, 1, longest, microseconds);
    options.slow_for = std::chrono::microseconds(microseconds);
    return problem;
}

Problem read_desync(std::string_view name, std::string_view text, ArenaOptions& options)
{
    std::uint32_t frame = 0;
    Problem problem = read(name, text, 0, UINT32_MAX, frame);
    options.desync_at = frame;
    options.desync_once = name == "desync-once";
    return problem;
}

Problem set_switch(std::string_view name, std::string_view text, bool& into)
{
    into = true;
    if (text.empty()) return std::nullopt;
    return "arena: " + std::string(name) + " takes no value";
}

Problem apply(std::string_view name, std::string_view text, ArenaOptions& options)
{
    using Options = ArenaOptions;
    if (name == "players")
        return read(name, text, Options::players_min, Options::players_max, options.players);
    if (name == "state")
        return read(name, text, Options::state_size_min, Options::state_size_max,
                    options.state_size);
    if (name == "battery")
        return read(name, text, 0, Options::battery_size_max, options.battery_size);
    if (name == "instance") return read(name, text, 0, UINT64_MAX, options.instance);
    if (name == "desync" || name == "desync-once") return read_desync(name, text, options);
    if (name == "slow") return read_slow(text, options);
    if (name == "grows") return set_switch(name, text, options.grows);
    if (name == "unserialisable") return set_switch(name, text, options.unserialisable);
    return "arena: there is no option \"" + std::string(name) +
           "\"; there are players, state, battery, grows, desync, desync-once, instance, slow and "
           "unserialisable";
}

} // namespace

std::variant<ArenaOptions, std::string> parse_arena_options(std::string_view text)
{
    ArenaOptions options;
    while (!text.empty()) {
        std::string_view value = take_until(text, ',');
        const std::string_view name = take_until(value, '=');
        if (Problem problem = apply(name, value, options)) return *problem;
    }
    return options;
}

} // namespace netplay_relay::cores
