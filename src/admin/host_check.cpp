#include "admin/host_check.hpp"

#include "wire/address.hpp"

#include <algorithm>
#include <cctype>

namespace netplay_relay::admin {

namespace {

bool is_port(std::string_view text)
{
    return text.size() <= 5 &&
           std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

bool is_same_name(std::string_view name, std::string_view known)
{
    if (name.ends_with('.')) name.remove_suffix(1);
    return std::ranges::equal(name, known, [](char one, char other) {
        return std::tolower(static_cast<unsigned char>(one)) ==
               std::tolower(static_cast<unsigned char>(other));
    });
}

// Without its port.
std::string_view name_of(std::string_view host)
{
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && is_port(host.substr(colon + 1));
    return has_port ? host.substr(0, colon) : host;
}

} // namespace

bool is_own_host(std::string_view host)
{
    if (wire::parse_address(host)) return true; // an IPv6 one without brackets, too
    const std::string_view name = name_of(host);
    if (name.starts_with('[') && name.ends_with(']')) {
        const auto address = wire::parse_address(name.substr(1, name.size() - 2));
        return address && !address->is_ipv4();
    }
    const auto address = wire::parse_address(name);
    return address ? address->is_ipv4() : is_same_name(name, "localhost");
}

bool is_known_host(std::string_view host, std::span<const std::string> names)
{
    if (is_own_host(host)) return true;
    const std::string_view name = name_of(host);
    if (!name.empty() && name.find_first_of(".:[]") == std::string_view::npos) return true;
    if (name.empty() || name == ".") return false;
    return std::ranges::any_of(names,
                               [&](const std::string& known) { return is_same_name(name, known); });
}

} // namespace netplay_relay::admin
