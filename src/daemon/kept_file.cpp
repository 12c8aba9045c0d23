#include "daemon/kept_file.hpp"

#include "net/tcp.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace netplay_relay::daemon {

namespace {

using net::UniqueFd;

// More than all that there may be.
constexpr std::size_t file_bytes_max = 16U << 20U;
constexpr std::size_t problems_told_most = 5;
constexpr int names_most = 100; // of files moved aside

std::string_view directory_of(std::string_view path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

// The text, or nothing and an errno.
std::optional<std::string> read_whole(const std::string& path, int& error)
{
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    std::string text;
    error = errno;
    if (!file.is_open()) return std::nullopt;
    std::array<char, 65536> piece{};
    for (;;) {
        const ssize_t got = ::read(file.value(), piece.data(), piece.size());
        error = got < 0 ? errno : EFBIG;
        if (got == 0) return text;
        if (got < 0 || text.size() > file_bytes_max) return std::nullopt;
        text.append(piece.data(), static_cast<std::size_t>(got));
    }
}

bool write_all(int file, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// At every moment the file is whole, the old one or the new one, also if the power fails. What is
// wrong, if anything is.
std::string write_whole(const std::string& path, std::string_view text)
{
    const std::string beside = path + ".new";
    const auto failed = [](const std::string& what) { return what + ": " + std::strerror(errno); };
    UniqueFd file(
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) return failed(beside);
    if (::fchmod(file.value(), 0600) != 0 || !write_all(file.value(), text) ||
        ::fsync(file.value()) != 0 || std::rename(beside.c_str(), path.c_str()) != 0)
        return failed(path);
    const UniqueFd directory(
        ::open(std::string(directory_of(path)).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open() || ::fsync(directory.value()) != 0) return failed(path);
    return {};
}

// See keep_files_apart() of the log's thread.
void leave_files_and_signals_alone()
{
    sigset_t all;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, nullptr);
    (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_UNSHARE);
}

std::atomic<bool> is_left = false;

} // namespace

bool is_writer_left() { return is_left; }

KeptFile::KeptFile(std::string what, std::string path)
    : what_(std::move(what)), path_(std::move(path))
{
}

std::optional<std::string> KeptFile::read_text()
{
    if (path_.empty()) return std::nullopt;
    int error = 0;
    std::optional<std::string> text = read_whole(path_, error);
    if (!text && error != ENOENT) cannot_read(error);
    return text;
}

void KeptFile::cannot_read(int error)
{
    never_write(path_ + " cannot be read: " + std::strerror(error));
    spdlog::error("{}_not_read file={} problem=\"{}; until a restart nothing is kept there\"",
                  what_, path_, std::strerror(error));
}

// The next one that is written would be without what could not be read of it.
void KeptFile::move_aside(const std::vector<std::string>& problems)
{
    for (std::size_t at = 0; at < std::min(problems.size(), problems_told_most); ++at)
        spdlog::error("{}_damaged file={} problem=\"{}\"", what_, path_, problems[at]);
    for (int number = 1; number <= names_most; ++number) {
        const std::string aside = path_ + ".damaged-" + std::to_string(number);
        if (::link(path_.c_str(), aside.c_str()) != 0 && errno == EEXIST) continue;
        if (::access(aside.c_str(), F_OK) != 0 || ::unlink(path_.c_str()) != 0) break;
        damage_ = path_ + " was damaged: " + problems.front() + "; it is " + aside + " now";
        spdlog::warn("{}_moved_aside file={} to={}", what_, path_, aside);
        return;
    }
    const int error = errno;
    never_write(path_ + " is damaged and cannot be moved aside: " + std::strerror(error));
    spdlog::error("{}_not_kept file={} problem=\"it is damaged and cannot be moved aside: {}; "
                  "until a restart nothing is kept there\"",
                  what_, path_, std::strerror(error));
}

void KeptFile::go_on_unread()
{
    if (path_.empty() || ::access(path_.c_str(), R_OK) == 0 || errno == ENOENT) return;
    cannot_read(errno);
}

void KeptFile::keep_text(std::function<std::string()> text)
{
    if (path_.empty() && !std::exchange(has_told_, true))
        spdlog::warn("{}_not_kept problem=\"admin.bans_file names no file: a restart that is none "
                     "under live games forgets them\"",
                     what_);
    if (path_.empty() || !may_write_) return;
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->next = std::move(text);
        if (std::exchange(shared_->is_writing, true)) return;
    }
    finish(); // the one before has come to its end
    try {
        writer_ = std::thread([shared = shared_, what = what_, path = path_] {
            leave_files_and_signals_alone();
            write_next(*shared, what, path);
        });
    } catch (const std::system_error&) { // no thread is to be had
        write_next(*shared_, what_, path_);
    }
}

void KeptFile::write_next(Shared& shared, const std::string& what, const std::string& path)
{
    for (;;) {
        std::function<std::string()> text;
        {
            const std::lock_guard lock(shared.mutex);
            if (!shared.next) {
                shared.is_writing = false;
                shared.done.notify_all();
                return;
            }
            text = std::exchange(shared.next, {});
        }
        std::string problem = write_whole(path, text());
        const std::lock_guard lock(shared.mutex);
        if (!problem.empty() && !shared.is_left)
            spdlog::error("{}_not_kept file={} problem=\"{}\"", what, path, problem);
        shared.problem = std::move(problem);
    }
}

bool KeptFile::is_writing() const
{
    const std::lock_guard lock(shared_->mutex);
    return shared_->is_writing;
}

std::string KeptFile::problem() const
{
    const std::lock_guard lock(shared_->mutex);
    return shared_->problem;
}

void KeptFile::never_write(std::string problem)
{
    may_write_ = false;
    const std::lock_guard lock(shared_->mutex);
    shared_->problem = std::move(problem);
}

void KeptFile::finish()
{
    if (writer_.joinable()) writer_.join();
}

bool KeptFile::finish_within(std::chrono::milliseconds limit)
{
    std::unique_lock lock(shared_->mutex);
    return shared_->done.wait_for(lock, limit, [&] { return !shared_->is_writing; });
}

void KeptFile::leave()
{
    const std::lock_guard lock(shared_->mutex);
    if (!shared_->is_writing) return;
    shared_->is_left = true;
    if (!writer_.joinable()) return;
    is_left = true;
    writer_.detach();
}

void KeptFile::finish_or_leave(std::chrono::milliseconds limit)
{
    if (finish_within(limit)) return;
    spdlog::error("{}_not_kept file={} problem=\"the disk takes too long: the file may be without "
                  "what was said last\"",
                  what_, path_);
    leave();
}

} // namespace netplay_relay::daemon
