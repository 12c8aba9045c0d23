// What is known of this machine and of the relay on it, before anybody judges it.
#pragma once

#include "daemon/doctor/findings.hpp"
#include "daemon/memory_plan.hpp"
#include "daemon/open_files.hpp"
#include "wire/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::daemon::doctor {

struct ConfigurationFacts
{
    std::string read; // "/etc/relay.json, NETPLAY_RELAY_LISTEN"
    std::string file; // empty: none
    std::vector<std::string> faults;
    std::vector<std::string> warnings;
};

// What the relay says where the configuration says that it can be asked.
struct RelayFacts
{
    struct ListensAt
    {
        wire::Endpoint endpoint;
        std::string state; // "listening", "address_missing", "no_ipv6"
    };

    std::string url;   // empty: it cannot be asked, for want of a port if `error` says nothing else
    std::string error; // why there is no status
    bool answers = false;
    bool is_here = false; // its process is one of this machine, or container
    int process = 0;
    std::string version{};
    std::string state; // "running"
    double uptime_seconds = 0;
    std::string config_file;
    std::vector<ListensAt> listening; // for players, the status and the page for everybody
    std::optional<std::uint32_t> record_version;
    std::string handover_problem;
    std::string kept_problem; // of what the operator has said, and its files
    bool takes_new = true;
    bool is_replaced = false; // the program on disk is another file by now
    std::uint64_t standstills = 0;
    std::uint64_t log_lines_lost = 0;
    std::vector<wire::Address> players; // an entry for each of them
    std::optional<unsigned> node{};     // of its fleet, if it has links with others
    std::string fleet_problem{};        // what is wrong with the numbers there
};

// The program that asks.
struct OwnFacts
{
    std::string version{};
    std::uint32_t record_version = 0;
    bool is_root = false;
    bool in_container = false;
};

enum class Passage : std::uint8_t
{
    unknown, // it cannot be told for sure
    open,
    blocked
};

// An address that the configuration listens on.
struct PortFacts
{
    std::string key{}; // "listen", "doors", "admin.listen", "public_page.listen", "fleet.listen"
    wire::Endpoint endpoint;
    bool for_players = true;
    int error = 0;            // of binding to it
    std::string holder{};     // "by nginx (process 812)"; empty if that cannot be known
    bool of_relay = false;    // the holder
    bool by_outgoing = false; // no listener has it, but a connection that went out from here
    std::optional<bool> has_address{};
    Passage firewall = Passage::unknown;
    std::string firewall_by{}; // the chain that blocks it
};

// Another node of the fleet, as it answers this machine.
struct NodeFacts
{
    enum class Answer : std::uint8_t
    {
        none,        // nobody is there, or it says nothing
        other_key,   // or none of a fleet
        other_relay, // it is not the node that is meant
        other_version,
        refused, // for another reason
        good
    };

    unsigned node = 0;
    std::string address{}; // "HOST:PORT"
    Answer answer = Answer::none;
    std::string problem{}; // what it is, if it is not good
    std::string version{}; // of the program
    bool drains = false;
    bool takes_new = true;
    std::int64_t clock_ahead_ms = 0; // of its clock, before the one here
};

// Of the fleet that the configuration has links for.
struct FleetLook
{
    unsigned node = 0;         // this one
    std::string key_problem{}; // of what is in fleet.key_file
    bool can_ask = false;      // the key could be read by whoever asks
    std::vector<NodeFacts> others{};
};

// Ports that are opened one by one.
struct RangeFacts
{
    std::string key{}; // "join_ports"
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    std::vector<std::uint16_t> taken{}; // by others than the relay
};

struct FileFacts
{
    std::string what{}; // "configuration", "token", "bans"
    std::string path{};
    bool players_need_it = true; // else only the operator misses it
    bool may_be_missing = false;
    bool is_secret = false;
    bool has_to_be_written = false;
    int error = 0; // of looking at it
    std::uint32_t mode = 0;
    std::string reader{};              // who the relay is, or will be
    std::optional<bool> can_be_used{}; // by the reader: read, or its folder written to
};

// The Unix socket of the operator.
struct SocketFacts
{
    std::string path{};
    bool is_there = false;
    bool is_socket = false;
    int error = 0;             // of connecting to it
    bool begins_later = false; // systemd makes its folder, or the socket itself
    bool has_folder = false;
};

// What systemd says of the relay's units, if it has them.
struct ServiceFacts
{
    bool is_there = false;
    bool begins_at_boot = false; // or its socket does
    bool socket_listens = false; // and starts it with its first player
    bool has_failed = false;     // and systemd starts it no more
    std::string result;          // of the last run: "success", "exit-code"
    std::uint64_t restarts = 0;  // that systemd did by itself
    std::uint64_t files = 0;     // LimitNOFILE
};

struct OpenFileFacts
{
    FileNeeds needs;
    std::uint64_t allowed = 0;
    std::string whose{};         // "the relay (process 812)", "this shell"
    std::uint64_t of_system = 0; // fs.file-max
    std::uint64_t used_of_system = 0;
};

// 0 is what could not be read.
struct KernelFacts
{
    std::uint64_t somaxconn = 0;
    std::uint64_t epoll_watches = 0;
    std::uint64_t syn_backlog = 0;
    std::optional<bool> syncookies;
    std::uint64_t outgoing_first = 0; // net.ipv4.ip_local_port_range
    std::uint64_t outgoing_last = 0;
    std::string reserved; // net.ipv4.ip_local_reserved_ports: "55435,56000-56063"
    bool never_overcommits = false;
    std::uint64_t commit_left = 0; // bytes, where it never overcommits
};

struct MemoryFacts
{
    MemoryPlan plan;
    std::uint64_t machine = 0;   // bytes
    std::uint64_t available = 0; // bytes
    std::uint64_t relay_swapped = 0;
    std::uint64_t relay_resident = 0;
};

struct ClockFacts
{
    std::optional<bool> synchronised;
    int year = 0;
};

struct NameFacts
{
    std::string name; // public_name
    bool is_address = false;
    bool is_reserved = false; // of documents and tests: no DNS has it
    std::string error;
    std::vector<wire::Address> addresses; // that it resolves to
    std::vector<wire::Address> own;       // of this machine, without loopback and link-local
    bool listens_ipv6 = false;
    bool behind_proxy = false;             // who comes without a PROXY header is refused
    std::vector<wire::Address> of_proxy{}; // of the addresses, those of trusted proxies
};

struct Facts
{
    OwnFacts self;
    ConfigurationFacts configuration;
    RelayFacts relay;
    // Of a configuration without faults only.
    std::vector<PortFacts> ports;
    std::vector<RangeFacts> ranges;
    std::vector<FileFacts> files;
    std::optional<SocketFacts> socket;
    std::optional<OpenFileFacts> open_files;
    std::optional<MemoryFacts> memory;
    std::optional<NameFacts> name;
    std::optional<FleetLook> fleet;
    std::uint32_t connections = 0; // limits.connections
    // Of every machine.
    ServiceFacts service;
    KernelFacts kernel;
    ClockFacts clock;
    std::vector<wire::Address> gateways;
    std::uint64_t log_space_left = 0; // bytes where the journal is; 0: unknown
};

[[nodiscard]] bool is_loopback(const wire::Address& address);

[[nodiscard]] Findings judge(const Facts& facts);

// Parts of it, in files of their own.
void judge_configuration(const Facts& facts, Findings& out);
void judge_service(const Facts& facts, Findings& out);
void judge_relay(const Facts& facts, Findings& out);
void judge_upgrade(const Facts& facts, Findings& out);
void judge_ports(const Facts& facts, Findings& out);
void judge_files(const Facts& facts, Findings& out);
void judge_socket(const Facts& facts, Findings& out);
void judge_open_files(const Facts& facts, Findings& out);
void judge_memory(const Facts& facts, Findings& out);
void judge_kernel(const Facts& facts, Findings& out);
void judge_clock(const Facts& facts, Findings& out);
void judge_fleet(const Facts& facts, Findings& out);
void judge_name(const Facts& facts, Findings& out);
void judge_players(const Facts& facts, Findings& out);

} // namespace netplay_relay::daemon::doctor
