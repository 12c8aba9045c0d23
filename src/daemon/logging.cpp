#include "daemon/logging.hpp"

#include "daemon/journal_fields.hpp"
#include "daemon/service_manager.hpp"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <spdlog/async.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

// What waits for a slow reader; the oldest lines are lost first.
constexpr std::size_t lines_queued = 512;
constexpr unsigned flush_seconds = 1;

char syslog_priority(spdlog::level::level_enum level)
{
    if (level <= spdlog::level::debug) return '7';
    if (level == spdlog::level::warn) return '4';
    return level >= spdlog::level::err ? '3' : '6';
}

// Lines that could not be written; those that waited too long are counted by spdlog.
std::atomic<std::uint64_t> lines_refused{0};
std::atomic<std::uint64_t> lines_lost_before{0}; // by the process before this one

// Asking spdlog for it would wait for the end of spdlog::shutdown(), which waits for the sink.
spdlog::details::thread_pool* pool = nullptr;

// False if the output takes no more: a full disk, or a pipe that nobody reads any more.
bool write_out(std::string_view line)
{
    const bool is_written =
        std::fwrite(line.data(), 1, line.size(), stdout) == line.size() && std::fflush(stdout) == 0;
    if (!is_written) std::clearerr(stdout);
    return is_written;
}

// Counts what is lost, and says so as soon as a line can be written again.
class CountingSink : public spdlog::sinks::base_sink<spdlog::details::null_mutex>
{
protected:
    [[nodiscard]] virtual bool write(const spdlog::details::log_msg& message) = 0;

    void sink_it_(const spdlog::details::log_msg& message) override
    {
        if (const std::uint64_t lost = log_lines_lost() - lines_lost_before; lost > told_) {
            const std::string line = "log_lines_lost lines=" + std::to_string(lost - told_);
            if (write({message.logger_name, spdlog::level::warn, line})) told_ = lost;
        }
        if (!write(message)) ++lines_refused;
    }
    void flush_() override {}

private:
    std::uint64_t told_ = 0;
};

class OutputSink : public CountingSink
{
protected:
    bool write(const spdlog::details::log_msg& message) override
    {
        spdlog::memory_buf_t text;
        formatter_->format(message, text);
        return write_out({text.data(), text.size()});
    }
};

// Writes entries with fields of their own; where the journal takes none, lines to our output, which
// it reads as well: "<PRIORITY>event key=value ...".
class JournalSink : public CountingSink
{
protected:
    bool write(const spdlog::details::log_msg& message) override
    {
        const std::string_view line(message.payload.data(), message.payload.size());
        const char priority = syslog_priority(message.level);
        if (write_to_journal(journal_fields(line, priority))) return true;
        return write_out(std::string("<") + priority + ">" + std::string(line) + "\n");
    }
};

spdlog::sink_ptr make_sink()
{
    if (is_journal(STDOUT_FILENO)) return std::make_shared<JournalSink>();
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v");
    auto sink = std::make_shared<OutputSink>();
    sink->set_formatter(std::move(formatter));
    return sink;
}

spdlog::level::level_enum to_spdlog(config::LogLevel level)
{
    switch (level) {
    case config::LogLevel::debug: return spdlog::level::debug;
    case config::LogLevel::info: return spdlog::level::info;
    case config::LogLevel::warning: return spdlog::level::warn;
    case config::LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

// The kernel counts each use of a file whose table two threads share: twice in every system call
// that a message costs. The log's thread needs no more than our output, and what it opens itself.
// Signals are for the loop: their handler writes to a file of its table.
void keep_files_apart()
{
    sigset_t all;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, nullptr);
    (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_UNSHARE);
}

} // namespace

void start_logging(config::LogLevel level)
{
    // Written by a thread of its own: whoever reads our output slowly must not stop the games.
    spdlog::init_thread_pool(lines_queued, 1, keep_files_apart);
    pool = spdlog::thread_pool().get();
    auto logger = std::make_shared<spdlog::async_logger>(
        "relay", make_sink(), spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
    logger->flush_on(spdlog::level::debug);
    spdlog::set_default_logger(std::move(logger));
    change_log_level(level);
}

void finish_logging(int exit_code)
{
    static volatile std::sig_atomic_t code_at_alarm = 0;
    code_at_alarm = exit_code;
    std::signal(SIGALRM, [](int) { _exit(code_at_alarm); });
    alarm(flush_seconds);
    const auto logger = spdlog::default_logger(); // its sink ends behind the thread that uses it
    spdlog::shutdown();
    alarm(0);
}

std::uint64_t log_lines_lost()
{
    return lines_lost_before + lines_refused + (pool == nullptr ? 0 : pool->overrun_counter());
}

std::size_t log_lines_waiting() { return pool == nullptr ? 0 : pool->queue_size(); }

void count_log_lines_lost(std::uint64_t lines) { lines_lost_before += lines - log_lines_lost(); }

void change_log_level(config::LogLevel level) { spdlog::set_level(to_spdlog(level)); }

} // namespace netplay_relay::daemon
