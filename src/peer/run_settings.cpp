#include "peer/run_settings.hpp"

#include "cores/arena_core.hpp"
#include "cores/libretro_core.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <string_view>

namespace netplay_relay::peer {

namespace {

constexpr std::string_view builtin_arena = "builtin:arena";

// `act(name, field)` for every field: reading and writing cannot differ.
template <class Settings, class Act>
void each_field(Settings& settings, const Act& act)
{
    act("core", settings.core);
    act("content", settings.content);
    act("nick", settings.nick);
    act("password", settings.password);
    act("spectate_password", settings.spectate_password);
    act("salt", settings.salt);
    act("protocol", settings.protocol);
    act("spectate", settings.spectate);
    act("headless", settings.headless);
    act("seed", settings.seed);
    act("buttons", settings.buttons);
    act("input_file", settings.input_file);
    act("device", settings.device);
    act("ports", settings.ports);
    act("connections", settings.connections);
    act("crc_interval", settings.crc_interval);
    act("latency_least", settings.latency_least);
    act("latency_most", settings.latency_most);
    act("latency_given", settings.latency_given);
    act("savestate_max", settings.savestate_max);
    act("watch_memory", settings.watch_memory);
    act("watch_every", settings.watch_every);
}

void pass(std::chrono::microseconds time)
{
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until)
        continue;
}

} // namespace

void to_json(nlohmann::ordered_json& json, const RunSettings& settings)
{
    json = nlohmann::ordered_json::object();
    json["role"] = settings.role == Role::host ? "host" : "client";
    each_field(settings, [&](const char* name, const auto& field) { json[name] = field; });
}

void from_json(const nlohmann::ordered_json& json, RunSettings& settings)
{
    settings.role = json.at("role") == "host" ? Role::host : Role::client;
    each_field(settings, [&](const char* name, auto& field) { json.at(name).get_to(field); });
}

std::string fault_of_core_name(const std::string& core)
{
    const std::string_view name = core;
    if (name.empty()) return "a core has a name";
    if (!name.starts_with("builtin:")) return "";
    const bool arena = name.starts_with(builtin_arena);
    std::string_view rest = arena ? name.substr(builtin_arena.size()) : name;
    if (!arena || (!rest.empty() && rest.front() != ','))
        return "there is no built-in game '" + core + "', only " + std::string(builtin_arena);
    if (!rest.empty()) rest.remove_prefix(1);
    const auto options = cores::parse_arena_options(rest);
    const auto* error = std::get_if<std::string>(&options);
    return error == nullptr ? "" : *error;
}

std::variant<std::unique_ptr<rollback::Core>, std::string>
make_core(const RunSettings& settings, const CoreInspection& inspection)
{
    const std::string_view name = settings.core;
    if (std::string fault = fault_of_core_name(settings.core); !fault.empty()) return fault;
    if (!name.starts_with(builtin_arena)) {
        cores::LibretroOptions options;
        options.headless = settings.headless;
        options.looks_at_pictures = inspection.looks_at_pictures;
        options.unset_memory = inspection.unset_memory;
        return cores::load_libretro_core(settings.core, settings.content, std::move(options));
    }
    std::string_view rest = name.substr(builtin_arena.size());
    if (!rest.empty()) rest.remove_prefix(1);
    auto options = cores::parse_arena_options(rest);
    auto& arena = std::get<cores::ArenaOptions>(options);
    arena.busy = pass;
    arena.instance = settings.salt; // where it is to go apart, every process goes its own way
    return std::make_unique<cores::ArenaCore>(std::move(arena));
}

} // namespace netplay_relay::peer
