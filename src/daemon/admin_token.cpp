#include "daemon/admin_token.hpp"

#include "net/tcp.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

constexpr const char* credential = "/admin_token";

std::string cannot_be_read(const char* why) { return std::string("cannot be read: ").append(why); }

} // namespace

std::string take_token(std::string_view text, std::string& token)
{
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    const auto is_sent = [](char letter) { return letter > ' ' && letter < 0x7f; };
    if (text.size() > token_letters_max)
        return "holds more than " + std::to_string(token_letters_max) + " characters";
    // What is in it is told to nobody, not even in part.
    if (!std::ranges::all_of(text, is_sent))
        return "must be one line of printable ASCII without blanks";
    if (text.size() < token_letters_min)
        return "must hold at least " + std::to_string(token_letters_min) + " characters, and not " +
               std::to_string(text.size()) + "; \"openssl rand -base64 24\" makes some";
    token = text;
    return {};
}

AdminToken read_admin_token(const std::string& configured, const char* credentials)
{
    AdminToken read;
    read.file = configured;
    if (configured.empty() && credentials != nullptr) {
        read.file = std::string(credentials) + credential;
        if (access(read.file.c_str(), F_OK) != 0) read.file.clear();
    }
    if (read.file.empty()) return read;
    // A reload reads it beside the games: a pipe would keep them waiting.
    const net::UniqueFd file(open(read.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat facts = {};
    if (!file.is_open() || fstat(file.value(), &facts) != 0) {
        read.problem = cannot_be_read(std::strerror(errno));
        return read;
    }
    if (!S_ISREG(facts.st_mode)) {
        read.problem = cannot_be_read("it is no file");
        return read;
    }
    std::array<char, token_letters_max + 3> text{};
    const ssize_t size = ::read(file.value(), text.data(), text.size());
    if (size < 0)
        read.problem = cannot_be_read(std::strerror(errno));
    else
        read.problem = take_token({text.data(), static_cast<std::size_t>(size)}, read.token);
    if ((facts.st_mode & (S_IROTH | S_IWOTH)) != 0)
        read.warning =
            "can be read or written by everybody on this machine: chmod 640 " + read.file;
    return read;
}

std::string warning_of_token(const config::Config& config)
{
    if (config.token_file.empty()) return {};
    const AdminToken read = read_admin_token(config.token_file, nullptr);
    if (!read.problem.empty()) return "admin.token_file: " + read.file + " " + read.problem;
    return read.warning.empty() ? "" : "admin.token_file: " + read.file + " " + read.warning;
}

} // namespace netplay_relay::daemon
