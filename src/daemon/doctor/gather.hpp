// Looks at the machine and the relay for what the doctor judges.
#pragma once

#include "config/config.hpp"
#include "daemon/command_line.hpp"
#include "daemon/doctor/facts.hpp"

namespace netplay_relay::daemon::doctor {

// `line` may name no configuration: then it is the service's, if that is there. `given`: where to
// ask the relay, if not where the configuration says. Takes as long as DNS and the relay do.
[[nodiscard]] Facts gather(CommandLine line, const std::string& given);

// Who the relay is, or will be, for the permissions of files.
struct Reader
{
    std::string name; // empty: whoever asks
    std::uint32_t user = 0;
    std::vector<std::uint32_t> groups;
};

// Parts of it, in files of their own.
[[nodiscard]] RelayFacts look_at_relay(const std::string& url);
[[nodiscard]] Reader look_at_reader(const RelayFacts& relay, bool is_service);
// Whether it may read the file, or write into its folder.
[[nodiscard]] FileFacts look_at_file(FileFacts file, const Reader& reader);
// The same file for whoever is in this folder: absolute, and without links.
[[nodiscard]] std::string whole_path(const std::string& path, const std::string& folder);
// What a process was started with, "STATE_DIRECTORY" for example; empty if it cannot be known.
[[nodiscard]] std::string variable_of(int process, const std::string& name);
[[nodiscard]] SocketFacts look_at_socket(const std::string& path, bool is_service);
[[nodiscard]] std::optional<FleetLook> look_at_fleet(const config::Config& config);
void look_at_ports(const config::Config& config, Facts& facts);
[[nodiscard]] OpenFileFacts look_at_open_files(const config::Config& config,
                                               const RelayFacts& relay, std::uint64_t of_unit);
[[nodiscard]] ServiceFacts look_at_service();
[[nodiscard]] MemoryFacts look_at_memory(const config::Config& config, const RelayFacts& relay);
[[nodiscard]] KernelFacts look_at_kernel();
[[nodiscard]] ClockFacts look_at_clock();
[[nodiscard]] NameFacts look_at_name(const config::Config& config);
[[nodiscard]] std::vector<wire::Address> look_at_gateways();
[[nodiscard]] std::uint64_t look_at_log_space();

// The first number in a file of the kernel's; nothing if there is none.
[[nodiscard]] std::optional<std::uint64_t> number_in(const std::string& file);
// The one behind a word at the begin of a line: "VmSwap:".
[[nodiscard]] std::optional<std::uint64_t> number_behind(const std::string& file,
                                                         const std::string& word);

} // namespace netplay_relay::daemon::doctor
