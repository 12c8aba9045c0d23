// Checks of our own logic. They stay in release builds: a relay that no longer knows what it is
// doing stops, and its supervisor starts it again. No bytes from outside may ever reach a failing
// one.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace netplay_relay {

inline void ensure(bool condition, const char* sentence,
                   std::source_location where = std::source_location::current())
{
    if (condition) [[likely]]
        return;
    std::fprintf(stderr, "netplay-relay: our bug: %s (%s:%u)\n", sentence, where.file_name(),
                 where.line());
    std::abort();
}

} // namespace netplay_relay
