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

bool is_localhost(std::string_view name)
{
    if (name.ends_with('.')) name.remove_suffix(1);
    return std::ranges::equal(name, std::string_view("localhost"), [](char one, char other) {
        return std::tolower(static_cast<unsigned char>(one)) == other;
    });
}

} // namespace

bool is_own_host(std::string_view host)
{
    if (wire::parse_address(host)) return true; // an IPv6 one without brackets, too
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && is_port(host.substr(colon + 1));
    std::string_view name = has_port ? host.substr(0, colon) : host;
    if (name.starts_with('[') && name.ends_with(']')) {
        const auto address = wire::parse_address(name.substr(1, name.size() - 2));
        return address && !address->is_ipv4();
    }
    const auto address = wire::parse_address(name);
    return address ? address->is_ipv4() : is_localhost(name);
}

} // namespace netplay_relay::admin
