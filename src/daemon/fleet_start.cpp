#include "daemon/fleet_start.hpp"

#include "net/listen_problem.hpp"
#include "net/tls_stream.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

constexpr std::size_t file_most = 4096;

struct KeyFile
{
    std::optional<net::FleetKey> key;
    std::string problem;
    std::string warning;
};

KeyFile read_key(const std::string& path)
{
    KeyFile read;
    const net::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat facts = {};
    if (!file.is_open() || fstat(file.value(), &facts) != 0) {
        read.problem = path + " cannot be read: " + std::strerror(errno);
        return read;
    }
    if (!S_ISREG(facts.st_mode)) {
        read.problem = path + " cannot be read: it is no file";
        return read;
    }
    std::array<char, file_most> text{};
    const ssize_t size = ::read(file.value(), text.data(), text.size());
    if (size > 0) read.key = net::parse_fleet_key({text.data(), static_cast<std::size_t>(size)});
    if (!read.key)
        read.problem = path + " must hold at least 32 bytes in hex or base64; \"openssl rand -hex "
                              "32\" makes some";
    if ((facts.st_mode & (S_IROTH | S_IWOTH)) != 0)
        read.warning =
            path + " can be read or written by everybody on this machine: chmod 640 " + path;
    return read;
}

bool has_links(const config::FleetSettings& fleet)
{
    return fleet.node && (fleet.listen || !fleet.nodes.empty());
}

} // namespace

FleetStart start_fleet(const config::Config& config)
{
    FleetStart start;
    const config::FleetSettings& fleet = config.fleet;
    if (!has_links(fleet)) return start;
    const KeyFile file = read_key(fleet.key_file);
    if (!file.key) {
        start.problem = "fleet.key_file: " + file.problem;
        return start;
    }
    if (fleet.listen) {
        net::Listening listening = net::listen_on(*fleet.listen, {});
        if (!listening.socket.is_open()) {
            start.problem =
                "fleet.listen: " +
                net::listen_problem(*fleet.listen, net::Transport::tcp, listening.error);
            return start;
        }
        start.listening = std::move(listening.socket);
    }
    const std::string own_address =
        fleet.listen ? wire::to_text(net::local_endpoint(start.listening.value())) : "";
    start.room_salt = file.key->room_salt;
    net::FleetPlan& plan = start.plan.emplace();
    plan.self = {std::make_shared<const net::TlsContext>(*file.key), *fleet.node, 0};
    plan.own_address = own_address;
    if (const auto& listed = fleet.listed)
        plan.own_address = net::OtherNode{listed->node, listed->host, listed->port}.address();
    plan.others = other_nodes(fleet);
    plan.program = NETPLAY_RELAY_VERSION;
    return start;
}

FleetKeyCheck check_fleet_key(const config::Config& config)
{
    if (!has_links(config.fleet)) return {};
    const KeyFile file = read_key(config.fleet.key_file);
    return {file.problem, file.warning};
}

std::vector<net::OtherNode> other_nodes(const config::FleetSettings& fleet)
{
    std::vector<net::OtherNode> others;
    for (const config::FleetNode& one : fleet.nodes)
        if (one.node != fleet.node) others.push_back({one.node, one.host, one.port});
    return others;
}

std::optional<net::FleetKey> read_fleet_key(const std::string& path) { return read_key(path).key; }

} // namespace netplay_relay::daemon
