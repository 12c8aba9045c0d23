// Who is told what happens in a worker: the one that runs it, and its log.
#pragma once

#include "lobby/event.hpp"
#include "lobby/output.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace netplay_relay::worker {

// How much a link has moved, for the line that reports its end.
struct LinkMeter
{
    std::uint64_t to_host = 0;
    std::uint64_t to_guest = 0;
};

// What the worker knows beside the lobby's events.
struct EventFacts
{
    LinkMeter meter;       // of LinkClosed
    bool was_mute = false; // of TurnedAway: it has not said a byte
    // Of SessionOpened, and of who has come into a room: where it has reached us.
    std::optional<wire::Endpoint> came_by;
};

// Those who do not read hold more than they may, or the system refuses memory. In bytes.
struct MemoryShort
{
    std::size_t held = 0;
    std::size_t most = 0;
    std::size_t closed = 0; // connections that had to go for it
    bool is_refused = false;
};

class Observer
{
public:
    virtual ~Observer() = default;

    virtual void report(const lobby::LogEvent& event, const EventFacts& facts) = 0;
    // What the lobby has heard, and what it wants done: not carried out yet. What the event points
    // at lives as long as this call.
    virtual void handled(const lobby::Event& /*event*/, const lobby::Output& /*output*/) {}
    // All that the lobby wanted is carried out.
    virtual void carried_out() {}
    // The last connection is gone.
    virtual void emptied() {}

    // The worker came too late by so much, and has given everybody the time back.
    virtual void stood_still(lobby::Duration /*gap*/) {}
    virtual void memory_short(const MemoryShort& /*what*/) {}
    // A newcomer had to go for this errno.
    virtual void cannot_watch(const wire::Endpoint& /*peer*/, int /*error*/) {}
};

} // namespace netplay_relay::worker
