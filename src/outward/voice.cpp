#include "outward/voice.hpp"

#include <spdlog/spdlog.h>

namespace netplay_relay::outward {

void Voice::info(const std::string& line)
{
    const std::lock_guard guard(mutex_);
    if (!ended_) spdlog::info("{}", line);
}

void Voice::warn(const std::string& line)
{
    const std::lock_guard guard(mutex_);
    if (!ended_) spdlog::warn("{}", line);
}

void Voice::debug(const std::string& line)
{
    const std::lock_guard guard(mutex_);
    if (!ended_) spdlog::debug("{}", line);
}

void Voice::end()
{
    const std::lock_guard guard(mutex_);
    ended_ = true;
}

} // namespace netplay_relay::outward
