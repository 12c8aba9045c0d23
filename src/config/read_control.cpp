#include "config/read_control.hpp"

namespace netplay_relay::config {

namespace {

constexpr std::size_t socket_path_max = 107; // the kernel's for a Unix socket
constexpr std::string_view a_path = "the path of a file from /, or \"\" for none";
constexpr std::string_view a_socket_path =
    "a path of at most 107 bytes from /, such as \"/run/netplay-relay/control\", or \"\" for none";

bool is_path(const std::string& text)
{
    const bool is_directory = text.ends_with('/');
    return text.empty() ||
           (text.front() == '/' && !is_directory && text.find('\0') == std::string::npos);
}

} // namespace

void read_control(FaultReader& admin, Config& config)
{
    admin.text("token_file", a_path, [&](const std::string& text) {
        config.token_file = text;
        return is_path(text);
    });
    admin.text("bans_file", a_path, [&](const std::string& text) {
        config.bans_file = text;
        return is_path(text);
    });
    admin.text("socket", a_socket_path, [&](const std::string& text) {
        config.admin_socket = text;
        return is_path(text) && text.size() <= socket_path_max;
    });
}

} // namespace netplay_relay::config
