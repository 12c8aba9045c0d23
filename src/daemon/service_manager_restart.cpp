// Systemd starts a successor, and keeps two descriptors for it meanwhile. It sends the same signal
// for a stop and for a restart: which of them it is, its job says.
#include "daemon/service_manager.hpp"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

namespace netplay_relay::daemon {

namespace {

using std::chrono::microseconds;

// The games stand still meanwhile.
constexpr microseconds answer_limit = std::chrono::milliseconds(500);
constexpr microseconds keep_limit = std::chrono::seconds(2);

constexpr const char* systemd = "org.freedesktop.systemd1";

struct CloseBus
{
    void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
};
using Bus = std::unique_ptr<sd_bus, CloseBus>;

struct Free
{
    void operator()(char* text) const { std::free(text); }
};
using Text = std::unique_ptr<char, Free>;

struct Unreference
{
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Answer = std::unique_ptr<sd_bus_message, Unreference>;

// Nothing if it does not answer in time: its calls would wait for it without a limit of ours.
Bus open_bus()
{
    sd_bus* opened = nullptr;
    if (sd_bus_open_system(&opened) < 0) return nullptr;
    Bus bus(opened);
    (void)sd_bus_set_method_call_timeout(bus.get(),
                                         static_cast<std::uint64_t>(answer_limit.count()));
    const auto until = std::chrono::steady_clock::now() + answer_limit;
    while (sd_bus_is_ready(bus.get()) == 0) {
        const auto left =
            std::chrono::duration_cast<microseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return nullptr;
        const int done = sd_bus_process(bus.get(), nullptr);
        if (done < 0) return nullptr;
        if (done == 0 && sd_bus_wait(bus.get(), static_cast<std::uint64_t>(left.count())) < 0)
            return nullptr;
    }
    return bus;
}

// The object of the unit that this process is of. Not by its control group: that of process 1 is
// not to be seen from within the unit.
std::string own_unit(sd_bus* bus)
{
    sd_bus_message* given = nullptr;
    const int result = sd_bus_call_method(bus, systemd, "/org/freedesktop/systemd1",
                                          "org.freedesktop.systemd1.Manager", "GetUnitByPID",
                                          nullptr, &given, "u", std::uint32_t{0});
    const Answer answer(given);
    const char* path = nullptr;
    if (result < 0 || sd_bus_message_read(given, "o", &path) < 0) return {};
    return path;
}

// "restart", "stop" or another; empty if systemd does nothing with the unit.
std::string job_of(sd_bus* bus, const std::string& unit)
{
    sd_bus_message* given = nullptr;
    const int result =
        sd_bus_get_property(bus, systemd, unit.c_str(), "org.freedesktop.systemd1.Unit", "Job",
                            nullptr, &given, "(uo)");
    const Answer answer(given);
    std::uint32_t number = 0;
    const char* path = nullptr;
    const bool is_read = result >= 0 && sd_bus_message_read(given, "(uo)", &number, &path) >= 0;
    char* type = nullptr;
    if (is_read && number != 0)
        (void)sd_bus_get_property_string(bus, systemd, path, "org.freedesktop.systemd1.Job",
                                         "JobType", nullptr, &type);
    const Text owned(type);
    return type == nullptr ? std::string() : type;
}

std::uint32_t number_of(sd_bus* bus, const std::string& unit, const char* property)
{
    std::uint32_t number = 0;
    if (sd_bus_get_property_trivial(bus, systemd, unit.c_str(), "org.freedesktop.systemd1.Service",
                                    property, nullptr, 'u', &number) < 0)
        return 0;
    return number;
}

} // namespace

bool is_restarted_by_service_manager()
{
    if (std::getenv("NOTIFY_SOCKET") == nullptr) return false;
    const Bus bus = open_bus();
    if (bus == nullptr) return false;
    const std::string unit = own_unit(bus.get());
    if (unit.empty() || number_of(bus.get(), unit, "FileDescriptorStoreMax") < 2) return false;
    const std::string job = job_of(bus.get(), unit);
    return job == "restart" || job == "try-restart";
}

std::string keep_by_service_manager(int state, int sockets)
{
    // FDPOLL=0: the far end of the queue is closed, which is no reason to forget it.
    const auto keep = [](const char* name, int descriptor) {
        const std::string said = "FDSTORE=1\nFDPOLL=0\nFDNAME=" + std::string(name);
        return sd_pid_notify_with_fds(0, 0, said.c_str(), &descriptor, 1);
    };
    for (const int result : {keep(kept_state, state), keep(kept_sockets, sockets),
                             sd_notify_barrier(0, static_cast<std::uint64_t>(keep_limit.count()))})
        if (result <= 0) {
            forget_kept_by_service_manager();
            return std::string("systemd does not keep the connections: ") +
                   (result == 0 ? "it does not listen" : std::strerror(-result));
        }
    const Bus bus = open_bus();
    if (bus != nullptr && number_of(bus.get(), own_unit(bus.get()), "NFileDescriptorStore") >= 2)
        return {};
    forget_kept_by_service_manager();
    return "systemd does not keep the connections";
}

void forget_kept_by_service_manager()
{
    for (const char* name : {kept_state, kept_sockets})
        (void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

} // namespace netplay_relay::daemon
