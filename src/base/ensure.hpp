// Checks of our own logic. They stay in release builds: a relay that no longer knows what it is
// doing stops, and its supervisor starts it again. No bytes from outside may ever reach a failing
// one.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace netplay_relay {

// `file` and `line` are the caller's (clang 14 has no std::source_location).
inline void ensure(bool condition, const char* sentence, const char* file = __builtin_FILE(),
                   int line = __builtin_LINE())
{
    if (condition) [[likely]]
        return;
    std::fprintf(stderr, "netplay-relay: our bug: %s (%s:%d)\n", sentence, file, line);
    std::abort();
}

} // namespace netplay_relay
