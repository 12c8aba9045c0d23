#include "net/listen_problem.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <pwd.h>
#include <sstream>
#include <system_error>

namespace netplay_relay::net {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view listening_state = "0A";   // TCP_LISTEN
constexpr std::string_view unconnected_state = "07"; // TCP_CLOSE, of UDP: no far end
constexpr std::uint16_t first_free_port = 1024;      // below it a capability is needed

template <class Number>
bool read_number(std::string_view text, int base, Number& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc() && end == text.data() + text.size();
}

// "0100007F:1F90": words of 32 bits as this machine has them in memory, and the port.
std::optional<wire::Endpoint> read_listed_endpoint(std::string_view text)
{
    constexpr std::size_t word_digits = 8;
    const std::size_t colon = text.find(':');
    wire::Endpoint endpoint;
    if (colon != word_digits && colon != 4 * word_digits) return std::nullopt;
    if (!read_number(text.substr(colon + 1), 16, endpoint.port)) return std::nullopt;
    auto* into = endpoint.address.bytes.data();
    if (colon == word_digits) {
        endpoint.address = *wire::parse_address("0.0.0.0");
        into += wire::address_size - sizeof(std::uint32_t);
    }
    for (std::size_t at = 0; at < colon; at += word_digits) {
        std::uint32_t word = 0;
        if (!read_number(text.substr(at, word_digits), 16, word)) return std::nullopt;
        std::memcpy(into, &word, sizeof word);
        into += sizeof word;
    }
    return endpoint;
}

std::string first_line_of(const fs::path& path)
{
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

std::string text_of(const char* path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool has_open(const fs::path& process, const std::string& wanted)
{
    std::error_code error;
    for (fs::directory_iterator at(process / "fd", error), end; !error && at != end;
         at.increment(error)) {
        std::error_code unreadable;
        if (fs::read_symlink(at->path(), unreadable) == wanted) return true;
    }
    return false;
}

// Processes of others are seen by root only.
std::string process_with(std::uint64_t inode)
{
    const std::string wanted = "socket:[" + std::to_string(inode) + "]";
    std::error_code error;
    for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
        const std::string number = at->path().filename();
        unsigned pid = 0;
        if (!read_number(number, 10, pid) || !has_open(at->path(), wanted)) continue;
        return "by " + first_line_of(at->path() / "comm") + " (process " + number + ")";
    }
    return {};
}

std::string name_of_user(std::uint32_t user)
{
    const passwd* known = getpwuid(user);
    return known == nullptr ? std::to_string(user) : known->pw_name;
}

bool is_any_ipv6(const wire::Address& address)
{
    return address.is_wildcard() && !address.is_ipv4();
}

std::string command_to_see(const wire::Endpoint& endpoint, Transport transport)
{
    const char* option = transport == Transport::tcp ? "-ltnp" : "-lunp";
    return std::string("ss ") + option + " sport = :" + std::to_string(endpoint.port);
}

} // namespace

bool collide(const wire::Endpoint& one, const wire::Endpoint& other)
{
    if (one.port != other.port) return false;
    if (one.address == other.address) return true;
    // :: of somebody else may serve IPv4 as well.
    if (is_any_ipv6(one.address) || is_any_ipv6(other.address)) return true;
    return one.address.is_ipv4() == other.address.is_ipv4() &&
           (one.address.is_wildcard() || other.address.is_wildcard());
}

std::vector<ListedSocket> read_listed_sockets(std::string_view text)
{
    std::vector<ListedSocket> all;
    std::istringstream lines{std::string(text)};
    std::string line;
    while (std::getline(lines, line)) {
        // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
        std::istringstream words(line);
        std::array<std::string, 10> fields;
        for (std::string& field : fields)
            words >> field;
        ListedSocket listed;
        const auto endpoint = read_listed_endpoint(fields[1]);
        if (!endpoint || !read_number(std::string_view(fields[7]), 10, listed.user) ||
            !read_number(std::string_view(fields[9]), 10, listed.inode))
            continue;
        listed.endpoint = *endpoint;
        listed.is_bound_only = fields[3] == listening_state || fields[3] == unconnected_state;
        all.push_back(listed);
    }
    return all;
}

std::string who_listens(const wire::Endpoint& endpoint, Transport transport)
{
    const bool tcp = transport == Transport::tcp;
    for (const char* path : {tcp ? "/proc/self/net/tcp" : "/proc/self/net/udp",
                             tcp ? "/proc/self/net/tcp6" : "/proc/self/net/udp6"}) {
        for (const ListedSocket& listed : read_listed_sockets(text_of(path))) {
            if (!listed.is_bound_only || !collide(listed.endpoint, endpoint)) continue;
            const std::string process = process_with(listed.inode);
            return process.empty() ? "by a process of the user " + name_of_user(listed.user)
                                   : process;
        }
    }
    return {};
}

std::string listen_problem(const wire::Endpoint& endpoint, Transport transport, int error)
{
    std::string text = std::strerror(error);
    switch (error) {
    case EADDRINUSE: return text + "; see by whom with: " + command_to_see(endpoint, transport);
    case EACCES:
        if (endpoint.port >= first_free_port) return text;
        return text + "; a port below 1024 needs CAP_NET_BIND_SERVICE, or systemd to listen there "
                      "(netplay-relay.socket)";
    case EADDRNOTAVAIL: return text + "; see which there are with: ip address";
    case EAFNOSUPPORT:
        return text + (endpoint.address.is_ipv4()
                           ? "; IPv4 is not allowed here (RestrictAddressFamilies)"
                           : "; there is no IPv6 here, leave the address out");
    case EINVAL:
        return text + "; an address of one link only (fe80::) needs its interface, which cannot be "
                      "said here: use [::]";
    case EMFILE:
    case ENFILE: return text + "; raise ulimit -n (LimitNOFILE), or fs.file-max";
    case ENOBUFS:
    case ENOMEM: return text + "; this machine or its container is out of memory";
    default: return text;
    }
}

} // namespace netplay_relay::net
