#include "daemon/control_groups.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>

namespace netplay_relay::daemon {

namespace {

// As a path that begins with a slash; empty if there is none.
std::string own_control_group(const std::string& own)
{
    std::ifstream file(own);
    const std::string head = "0::";
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(head)) return line.substr(head.size());
    return {};
}

// A number at the front, which is taken away.
std::optional<std::uint64_t> take_number(std::string_view& text)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

} // namespace

std::vector<std::string> directories_of(const ControlGroups& groups)
{
    std::vector<std::string> directories;
    std::string group = own_control_group(groups.own);
    for (bool is_root = group.empty(); !is_root;) {
        is_root = group == "/";
        directories.push_back(groups.mounted + (is_root ? "" : group));
        group = group.substr(0, std::max<std::size_t>(group.rfind('/'), 1));
    }
    return directories;
}

std::optional<std::uint32_t> cores_left_by(std::string_view cpu_max)
{
    const auto quota = take_number(cpu_max);
    if (!quota || !cpu_max.starts_with(' ')) return std::nullopt;
    cpu_max.remove_prefix(1);
    const auto period = take_number(cpu_max);
    if (!period || *period == 0) return std::nullopt;
    const std::uint64_t cores = *quota / *period + (*quota % *period != 0 ? 1 : 0);
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(cores, 1, UINT32_MAX));
}

std::uint32_t usable_cores(std::uint32_t there, const ControlGroups& groups)
{
    std::uint32_t least = std::max(there, 1U);
    for (const std::string& directory : directories_of(groups)) {
        std::ifstream file(directory + "/cpu.max");
        std::string line;
        if (!std::getline(file, line)) continue; // the root has none
        if (const auto left = cores_left_by(line)) least = std::min(least, *left);
    }
    return least;
}

} // namespace netplay_relay::daemon
