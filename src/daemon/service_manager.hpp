// What systemd is told and what it hands over, by its own library; nothing happens where the relay
// was not started by systemd, or is built without that library (NETPLAY_RELAY_SYSTEMD).
#pragma once

#include "net/tcp.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::daemon {

// FDNAMEs in systemd's store, of what a process leaves for its successor.
inline constexpr const char* kept_state = "handover-state";
inline constexpr const char* kept_sockets = "handover-sockets";

// A socket that systemd has opened for us (sd_listen_fds(3)).
struct PassedSocket
{
    net::UniqueFd socket;
    std::string name;      // its FileDescriptorName
    bool is_ours = false;  // a listening TCP socket, a UDP one, IPv4 or IPv6, or a local one
    bool is_stream = true; // if ours
    bool is_local = false; // a listening Unix socket
    wire::Endpoint endpoint;
};

struct PassedSockets
{
    std::vector<PassedSocket> sockets; // in their order, and not blocking
    std::string problem;               // one sentence if they cannot be taken
    net::UniqueFd state;               // that the process before this one has left with systemd,
    net::UniqueFd kept;                // and its sockets: see net/handover.hpp
};
// They are not passed on to a second call.
[[nodiscard]] PassedSockets take_passed_sockets();

// The way to a service manager (NOTIFY_SOCKET). Its socket is open from the beginning: who has run
// out of files must still be able to say that it lives.
class Notifier
{
public:
    Notifier();

    // True if somebody listens.
    [[nodiscard]] bool is_heard() const { return socket_.is_open(); }

    // Says assignments as in sd_notify(3), one a line. Never waits: false if they could not be said
    // now. True if nobody listens.
    [[nodiscard]] bool say(const std::string& assignments) const;

private:
    net::UniqueFd socket_;
    std::string place_; // a path, or an abstract name behind a zero
};

// Whether systemd ends this process to start it again (systemctl restart, an upgrade of the
// package). False if it cannot be asked, or would not keep anything for the successor.
[[nodiscard]] bool is_restarted_by_service_manager();
// Leaves both with systemd, for the successor. Empty, or what went wrong. Waits for systemd.
[[nodiscard]] std::string keep_by_service_manager(int state, int sockets);
// Systemd keeps its copies no longer.
void forget_kept_by_service_manager();

// How often systemd wants to hear WATCHDOG=1 at the latest: 0.1 s to a day.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

// True if this stream is the journal's own.
[[nodiscard]] bool is_journal(int stream);

// Writes an entry of fields "NAME=VALUE" to the journal. False if that failed.
[[nodiscard]] bool write_to_journal(std::span<const std::string> fields);

} // namespace netplay_relay::daemon
