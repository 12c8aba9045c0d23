// A line of the log as fields of the journal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::daemon {

// Of "turned_away peer=198.51.100.23:55902 reason=unknown_session":
//     MESSAGE=turned_away peer=198.51.100.23:55902 reason=unknown_session
//     PRIORITY=6
//     SYSLOG_IDENTIFIER=netplay-relay
//     NETPLAY_RELAY_EVENT=turned_away
//     NETPLAY_RELAY_PEER=198.51.100.23:55902
//     NETPLAY_RELAY_REASON=unknown_session
// A value is what stands in quotes, or goes up to the next blank. At most 32 fields; what is no
// "key=value" is in MESSAGE only. `priority` is syslog's, 0 to 7.
[[nodiscard]] std::vector<std::string> journal_fields(std::string_view line, char priority);

} // namespace netplay_relay::daemon
