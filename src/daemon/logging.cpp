#include "daemon/logging.hpp"

#include "daemon/journal_fields.hpp"
#include "daemon/service_manager.hpp"

#include <csignal>
#include <cstdio>
#include <memory>
#include <spdlog/async.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
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

// Writes entries with fields of their own; where the journal takes none, lines to our output, which
// it reads as well: "<PRIORITY>event key=value ...".
class JournalSink : public spdlog::sinks::base_sink<spdlog::details::null_mutex>
{
protected:
    void sink_it_(const spdlog::details::log_msg& message) override
    {
        const std::string_view line(message.payload.data(), message.payload.size());
        const char priority = syslog_priority(message.level);
        if (write_to_journal(journal_fields(line, priority))) return;
        std::printf("<%c>%.*s\n", priority, static_cast<int>(line.size()), line.data());
    }
    void flush_() override { std::fflush(stdout); }
};

spdlog::sink_ptr make_sink()
{
    if (is_journal(STDOUT_FILENO)) return std::make_shared<JournalSink>();
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v");
    auto sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
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

} // namespace

void start_logging(config::LogLevel level)
{
    // Written by a thread of its own: whoever reads our output slowly must not stop the games.
    spdlog::init_thread_pool(lines_queued, 1);
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
    spdlog::shutdown();
    alarm(0);
}

void change_log_level(config::LogLevel level) { spdlog::set_level(to_spdlog(level)); }

} // namespace netplay_relay::daemon
