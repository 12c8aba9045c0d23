// In the place of service_manager.cpp where there is no systemd.
#include "daemon/service_manager.hpp"

namespace netplay_relay::daemon {

PassedSockets take_passed_sockets() { return {}; }
Notifier::Notifier() = default;
bool Notifier::say(const std::string&) const { return true; }
bool is_restarted_by_service_manager() { return false; }
std::string keep_by_service_manager(int, int) { return "there is no service manager"; }
void forget_kept_by_service_manager() {}
std::optional<std::chrono::microseconds> watchdog_interval() { return std::nullopt; }
bool is_journal(int) { return false; }
bool write_to_journal(std::span<const std::string>) { return false; }

} // namespace netplay_relay::daemon
