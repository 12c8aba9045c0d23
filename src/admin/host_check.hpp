// Whom a request of HTTP is addressed to.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace netplay_relay::admin {

// True for the value of a Host header that means this machine and nobody's domain: localhost or an
// address, with a port or without. A page of a foreign site whose name its owner has made to mean
// 127.0.0.1 (DNS rebinding) sends that name.
[[nodiscard]] bool is_own_host(std::string_view host);

// True as well for a name without a dot, as containers and machines of a LAN have them, and for one
// of `names`: whoever owns a domain cannot give those another meaning.
[[nodiscard]] bool is_known_host(std::string_view host, std::span<const std::string> names);

} // namespace netplay_relay::admin
