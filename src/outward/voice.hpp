// The log, for a thread that may outlive it.
#pragma once

#include <mutex>
#include <string>

namespace netplay_relay::outward {

class Voice
{
public:
    void info(const std::string& line);
    void warn(const std::string& line);
    void debug(const std::string& line);
    // From now on nothing is logged.
    void end();

private:
    std::mutex mutex_;
    bool ended_ = false;
};

} // namespace netplay_relay::outward
