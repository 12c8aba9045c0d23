// Who is told all that the log tells, as it happens, and without the log's limits of lines.
#pragma once

#include "lobby/output.hpp"
#include "worker/observer.hpp"

#include <string>

namespace netplay_relay::net {

class EventListener
{
public:
    virtual ~EventListener() = default;

    // `join_text`: of SessionOpened. Called by the event loop, for each refused connection as well:
    // it has to be cheap.
    virtual void happened(const lobby::LogEvent& event, const worker::EventFacts& facts,
                          const std::string& join_text) = 0;
    virtual void stood_still(lobby::Duration gap) = 0;
    virtual void memory_short(const worker::MemoryShort& what) = 0;
};

} // namespace netplay_relay::net
