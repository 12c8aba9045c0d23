// The relay that answers, and its files.
#include "admin/status_client.hpp"
#include "daemon/doctor/gather.hpp"
#include "daemon/doctor/read_status.hpp"
#include "daemon/local_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <limits>
#include <pwd.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace netplay_relay::daemon::doctor {

namespace {

constexpr const char* service_user = "netplay-relay";

constexpr std::uint32_t may_read = 4;
constexpr std::uint32_t may_write = 2;
constexpr std::uint32_t may_enter = 1;

std::string proc(int process, const char* file)
{
    return "/proc/" + std::to_string(process) + "/" + file;
}

bool is_relay_process(int process)
{
    std::ifstream file(proc(process, "comm"));
    std::string name;
    return process > 0 && std::getline(file, name) && name == "netplay-relay";
}

bool is_deleted(int process)
{
    std::array<char, 4096> target{};
    const ssize_t size = readlink(proc(process, "exe").c_str(), target.data(), target.size());
    return size > 0 &&
           std::string_view(target.data(), static_cast<std::size_t>(size)).ends_with(" (deleted)");
}

std::vector<std::uint32_t> numbers_behind(const std::string& file, const std::string& word)
{
    std::ifstream lines(file);
    std::vector<std::uint32_t> all;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(word)) continue;
        std::istringstream numbers(line.substr(word.size()));
        for (std::uint32_t number = 0; numbers >> number;)
            all.push_back(number);
    }
    return all;
}

std::string user_name(std::uint32_t user)
{
    const passwd* known = getpwuid(user);
    return known == nullptr ? std::to_string(user) : known->pw_name;
}

bool has_right(const struct stat& file, const Reader& reader, std::uint32_t right)
{
    const bool in_group = std::ranges::find(reader.groups, file.st_gid) != reader.groups.end();
    const unsigned shift = file.st_uid == reader.user ? 6 : in_group ? 3 : 0;
    return reader.user == 0 || (file.st_mode >> shift & right) == right;
}

// Of each folder on the way, and of the last part.
bool can_use(const std::string& path, const Reader& reader, std::uint32_t right)
{
    struct stat found = {};
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1))
        if (stat(path.substr(0, slash).c_str(), &found) != 0 ||
            !has_right(found, reader, may_enter))
            return false;
    return stat(path.c_str(), &found) == 0 && has_right(found, reader, right);
}

std::string absolute(const std::string& path)
{
    std::array<char, 4096> folder{};
    if (path.starts_with('/') || getcwd(folder.data(), folder.size()) == nullptr) return path;
    return std::string(folder.data()) + "/" + path;
}

} // namespace

std::string whole_path(const std::string& path, const std::string& folder)
{
    if (path.empty()) return {};
    std::error_code ignored;
    const auto whole =
        std::filesystem::weakly_canonical(std::filesystem::path(folder) / path, ignored);
    return ignored ? path : whole.string();
}

std::string variable_of(int process, const std::string& name)
{
    std::ifstream file(proc(process, "environ"), std::ios::binary);
    for (std::string one; std::getline(file, one, '\0');)
        if (one.starts_with(name + "=")) return one.substr(name.size() + 1);
    return {};
}

SocketFacts look_at_socket(const std::string& path, bool is_service)
{
    SocketFacts socket;
    socket.path = path;
    socket.begins_later = is_service && path.starts_with("/run/");
    socket.has_folder =
        access(absolute(path).substr(0, absolute(path).rfind('/') + 1).c_str(), F_OK) == 0;
    struct stat found = {};
    socket.is_there = lstat(path.c_str(), &found) == 0;
    socket.is_socket = socket.is_there && S_ISSOCK(found.st_mode);
    if (socket.is_socket) socket.error = error_of_connecting(path);
    return socket;
}

RelayFacts look_at_relay(const std::string& url)
{
    RelayFacts relay;
    relay.url = url;
    if (url.empty()) return relay;
    const admin::Fetched fetched = admin::fetch_status(url);
    relay.error = fetched.error;
    if (relay.error.empty()) read_status(fetched.body, relay);
    relay.is_here = relay.answers && is_relay_process(relay.process);
    relay.is_replaced = relay.is_here && is_deleted(relay.process);
    if (relay.is_here)
        relay.config_file = whole_path(relay.config_file, proc(relay.process, "cwd"));
    return relay;
}

Reader look_at_reader(const RelayFacts& relay, bool is_service)
{
    Reader reader;
    if (relay.is_here) {
        const std::string status = proc(relay.process, "status");
        const auto users = numbers_behind(status, "Uid:");
        const auto groups = numbers_behind(status, "Gid:");
        if (users.size() < 2 || groups.size() < 2) return reader;
        reader.user = users[1]; // the effective one
        reader.groups = numbers_behind(status, "Groups:");
        reader.groups.push_back(groups[1]);
        reader.name = user_name(reader.user);
        return reader;
    }
    const passwd* known = is_service ? getpwnam(service_user) : nullptr;
    if (known == nullptr) return reader;
    std::array<gid_t, 256> groups{};
    int count = static_cast<int>(groups.size());
    if (getgrouplist(service_user, known->pw_gid, groups.data(), &count) < 0) count = 0;
    reader.groups.assign(groups.begin(), groups.begin() + count);
    reader.user = known->pw_uid;
    reader.name = service_user;
    return reader;
}

FileFacts look_at_file(FileFacts file, const Reader& reader)
{
    const std::string path = absolute(file.path);
    const std::string folder = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
    struct stat found = {};
    if (stat(path.c_str(), &found) != 0) file.error = errno;
    file.mode = found.st_mode;
    file.reader = reader.name;
    if (reader.name.empty() && file.has_to_be_written) {
        file.can_be_used = access(folder.c_str(), W_OK | X_OK) == 0;
    } else if (reader.name.empty()) {
        if (file.error == 0 && access(path.c_str(), R_OK) != 0) file.error = errno;
    } else if (file.has_to_be_written) {
        file.can_be_used = can_use(folder, reader, may_write | may_enter);
    } else if (file.error == 0) {
        file.can_be_used = can_use(path, reader, may_read);
    }
    return file;
}

} // namespace netplay_relay::daemon::doctor
