#include "wire/told_reason.hpp"

#include <array>
#include <cstddef>

namespace netplay_relay::wire {

namespace {

struct Entry
{
    std::string_view word;
    std::string_view meaning;
};

// In the order of the values.
constexpr std::array entries{
    Entry{},
    Entry{"connections_full", "it has as many connections as it may have"},
    Entry{"address_connections_full", "your address has as many connections as one may have"},
    Entry{"arriving_too_fast", "your address connects too often"},
    Entry{"draining", "it takes in nothing new, and ends with its last game"},
    Entry{"host_denied", "its access lists do not let your address host"},
    Entry{"join_denied", "its access lists do not let your address join"},
    Entry{"manual_ip_off", "it wants a whole join text, with the session id"},
    Entry{"sessions_full", "it has as many sessions as it may have"},
    Entry{"address_sessions_full", "your address has as many sessions as one may have"},
    Entry{"session_full", "the session has as many guests as it may have"},
    Entry{"waiting_full", "as many guests wait for this host as may"},
    Entry{"address_waiting_full", "as many guests of your address wait as may"},
    Entry{"displaced", "another guest took the place, as nothing was said here"},
    Entry{"address_links_full", "as many guests of your address are in the session as may"},
    Entry{"password_too_often", "your address has tried too many passwords, and has to wait"},
    Entry{"banned_address", "its operator has banned your address"},
    Entry{"closed_to_new", "its operator lets nothing new begin for now"},
};

const Entry& entry(ToldReason reason)
{
    const auto at = static_cast<std::size_t>(reason);
    return entries[at < entries.size() ? at : 0];
}

} // namespace

std::string_view word(ToldReason reason) { return entry(reason).word; }

ToldReason told_reason(std::string_view word)
{
    for (std::size_t at = 1; at < entries.size(); ++at)
        if (entries[at].word == word) return static_cast<ToldReason>(at);
    return ToldReason::untold;
}

std::string sentence(ToldReason reason)
{
    const Entry& found = entry(reason);
    if (found.word.empty()) return {};
    return std::string(found.word).append(": ").append(found.meaning);
}

} // namespace netplay_relay::wire
