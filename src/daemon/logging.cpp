#include "daemon/logging.hpp"

#include <csignal>
#include <cstdlib>
#include <memory>
#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace netplay_relay::daemon {

namespace {

// What waits for a slow reader; the oldest lines are lost first.
constexpr std::size_t lines_queued = 512;
constexpr unsigned flush_seconds = 1;

// The syslog priority of a line, as journald reads it at its start.
class PriorityFlag : public spdlog::custom_flag_formatter
{
public:
    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& out) override
    {
        char priority = '6';
        if (message.level == spdlog::level::debug) priority = '7';
        if (message.level == spdlog::level::warn) priority = '4';
        if (message.level >= spdlog::level::err) priority = '3';
        out.push_back('<');
        out.push_back(priority);
        out.push_back('>');
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override
    {
        return spdlog::details::make_unique<PriorityFlag>();
    }
};

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
        "relay", std::make_shared<spdlog::sinks::stdout_sink_mt>(), spdlog::thread_pool(),
        spdlog::async_overflow_policy::overrun_oldest);
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    const bool journald = std::getenv("JOURNAL_STREAM") != nullptr;
    formatter->add_flag<PriorityFlag>('*').set_pattern(journald ? "%*%v"
                                                                : "%Y-%m-%dT%H:%M:%S.%eZ %l %v");
    logger->set_formatter(std::move(formatter));
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
