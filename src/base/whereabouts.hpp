// Where a game is that is not with the worker at which newcomers look for it: of a worker, those
// that are looked for at it and have been given to others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace netplay_relay {

// There is one for each game that is away, which its end takes out: as many as games are allowed.
// With more than these something has gone wrong, and one more is not found.
inline constexpr std::size_t games_away_max = 65536;

class Whereabouts
{
public:
    // `name`: bytes that name the game in whatever worker it is. What was known of it is wrong now.
    void note(std::string name, std::uint16_t worker)
    {
        if (workers_.size() < games_away_max || workers_.contains(name))
            workers_.insert_or_assign(std::move(name), worker);
    }

    void forget(std::string_view name)
    {
        if (const auto found = workers_.find(name); found != workers_.end()) workers_.erase(found);
    }
    // That it has ended there. What is known of another worker came later.
    void forget(std::string_view name, std::uint16_t worker)
    {
        if (find(name) == worker) forget(name);
    }

    [[nodiscard]] bool knows(std::string_view name) const { return workers_.contains(name); }
    [[nodiscard]] std::optional<std::uint16_t> find(std::string_view name) const
    {
        const auto found = workers_.find(name);
        return found == workers_.end() ? std::nullopt : std::optional(found->second);
    }
    // Of the first game whose name begins so.
    [[nodiscard]] std::optional<std::uint16_t> find_by_start(std::string_view start) const
    {
        const auto found = workers_.lower_bound(start);
        if (found == workers_.end() || !found->first.starts_with(start)) return std::nullopt;
        return found->second;
    }

    [[nodiscard]] std::size_t size() const { return workers_.size(); }

private:
    std::map<std::string, std::uint16_t, std::less<>> workers_;
};

} // namespace netplay_relay
