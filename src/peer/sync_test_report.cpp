#include "peer/sync_test_report.hpp"

#include "peer/decode/buttons.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <optional>
#include <string_view>

namespace netplay_relay::peer {

namespace {

using Json = nlohmann::ordered_json;
using rollback::Cause;
using rollback::Cost;
using rollback::Differences;
using rollback::StateDifference;
using rollback::SyncTestReport;

[[gnu::format(printf, 1, 2)]] std::string print(const char* format, ...)
{
    std::array<char, 200> text{};
    std::va_list values;
    va_start(values, format);
    const int length = std::vsnprintf(text.data(), text.size(), format, values);
    va_end(values);
    return length < 0 ? std::string() : std::string(text.data());
}

std::string line(std::string_view label, const std::string& text)
{
    std::string padded(label);
    padded.resize(16, ' ');
    return padded + text + "\n";
}

std::string text_of(const Cost& cost)
{
    if (cost.calls == 0) return "never";
    return print("%10.1f us, at most %10.1f us", cost.mean, cost.most);
}

std::string text_of(std::uint32_t count, const std::optional<StateDifference>& first)
{
    if (!first) return "none differs";
    return print("%u differ; the first after frame %u in %zu bytes, from %zu to %zu", count,
                 first->frame, first->bytes, first->first, first->last);
}

std::string text_of(const Differences& found)
{
    std::string text = text_of(found.states, found.first);
    return text + print(" (of %u frames; the game itself in %u)", found.frames, found.games);
}

std::string text_of_joined(const SyncTestReport& report)
{
    std::string text = print("%u times, %u of them saved another state at once; ", report.joins,
                             report.joins_differ);
    if (!report.join_fault.empty())
        text += print("frame %u: ", report.join_fault_at) + report.join_fault + "; ";
    return text + text_of(report.joined);
}

std::string name_of(const Cause& cause)
{
    return std::string(button_name(cause.button)) + print(" of pad %zu", cause.port + 1);
}

std::string causes_of(const SyncTestReport& report)
{
    if (report.options.button_frames == 0) return "not looked for";
    if (report.rest.games > 0) return "even without any button, games differ";
    std::string text;
    for (const Cause& cause : report.causes)
        text += (text.empty() ? "" : ", ") + name_of(cause);
    if (report.rest.states > 0)
        text = "even without any button, states differ" +
               (text.empty() ? text : "; the game itself with " + text);
    return text.empty() ? "no single button" : text;
}

std::string devices_of(const SyncTestReport& report)
{
    std::string text;
    for (const std::uint32_t device : report.options.devices)
        text += (text.empty() ? "" : ",") + std::to_string(device);
    while (text.ends_with(",0"))
        text.resize(text.size() - 2);
    return text;
}

std::string size_of(const SyncTestReport& report)
{
    std::string text = std::to_string(report.state_size) + " bytes";
    if (report.state_size_changed)
        text += ", and " + std::to_string(report.state_size_last) + " at last";
    else if (report.state_size_told != 0 && report.state_size_told != report.state_size)
        text += ", of which the core wants " + std::to_string(report.state_size_told) + " at last";
    return text;
}

Json json_of(const Cost& cost)
{
    return {
        {"calls", cost.calls}, {"mean_microseconds", cost.mean}, {"max_microseconds", cost.most}};
}

Json json_of(std::uint32_t count, const std::optional<StateDifference>& first)
{
    Json json{{"count", count}, {"first", nullptr}};
    if (first)
        json["first"] = {{"frame", first->frame},
                         {"first_byte", first->first},
                         {"last_byte", first->last},
                         {"bytes", first->bytes},
                         {"sizes", {first->sizes[0], first->sizes[1]}}};
    return json;
}

Json json_of(const Differences& found)
{
    Json json = json_of(found.states, found.first);
    json["frames"] = found.frames;
    json["games"] = found.games;
    return json;
}

Json json_of(const Cause& cause)
{
    return {{"frames", cause.frames}, {"states", cause.states}, {"games", cause.games}};
}

Json json_of(const std::vector<Cause>& causes)
{
    Json list = Json::array();
    for (const Cause& cause : causes) {
        Json json{{"pad", cause.port + 1}, {"button", button_name(cause.button)}};
        json.update(json_of(cause));
        list.push_back(std::move(json));
    }
    return list;
}

Json json_of(const std::optional<std::uint32_t>& frame)
{
    return frame ? Json(*frame) : Json(nullptr);
}

// Names come out of a core, which may write them in anything.
Json json_of(const std::string& text)
{
    const std::string safe = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
    return Json::parse(safe);
}

} // namespace

std::string to_text(const SyncTestReport& report)
{
    const auto& core = report.core;
    std::string text = line("core", core.name + (core.version.empty() ? "" : " " + core.version));
    text += line("content", print("CRC-32 %08x, %.4f frames per second", core.content_crc,
                                  core.frames_per_second));
    text += line("game", print("%u frames, the last %u with several buttons; each rolled back %u "
                               "frames, seed %llu, devices ",
                               report.frames_run, report.options.frames, report.options.depth,
                               static_cast<unsigned long long>(report.options.seed)) +
                             devices_of(report));
    text += line("state", size_of(report));
    text += line("reloaded", text_of(report.reloads_that_differ, report.first_reload_difference));
    text += line("repeated", text_of(report.replays));
    text += line("joined", text_of_joined(report));
    text += line("causes", causes_of(report));
    text += line("save", text_of(report.save));
    text += line("load", text_of(report.load));
    text += line("run", text_of(report.run));
    text += line("rollback", text_of(report.rollback));
    text += line("frame", print("%10.1f us, enough for rollbacks of %u frames",
                                report.frame_microseconds, report.depth_that_fits));
    std::string verdict = name_of(report.verdict);
    for (char& letter : verdict)
        if (letter == '_') letter = ' ';
    text += line("verdict", verdict + ": " + report.reason);
    return text + line("players see", report.players_see);
}

Json to_json(const SyncTestReport& report)
{
    const auto& options = report.options;
    const auto& core = report.core;
    return {
        {"core",
         {{"name", json_of(core.name)},
          {"version", json_of(core.version)},
          {"content_crc", print("%08x", core.content_crc)},
          {"frames_per_second", core.frames_per_second}}},
        {"options",
         {{"frames", options.frames},
          {"depth", options.depth},
          {"seed", options.seed},
          {"buttons", options.buttons},
          {"button_frames", options.button_frames},
          {"alone_frames", options.alone_frames},
          {"devices", options.devices}}},
        {"frames_run", report.frames_run},
        {"state_size", report.state_size},
        {"state_size_last", report.state_size_last},
        {"state_size_told", report.state_size_told},
        {"state_size_changed", report.state_size_changed},
        {"save_failed_at", json_of(report.save_failed_at)},
        {"load_refused_at", json_of(report.load_refused_at)},
        {"reloads_that_differ",
         json_of(report.reloads_that_differ, report.first_reload_difference)},
        {"replays_that_differ", json_of(report.replays)},
        {"joins",
         {{"count", report.joins},
          {"differ_at_once", report.joins_differ},
          {"fault", report.join_fault.empty() ? Json(nullptr) : json_of(report.join_fault)},
          {"frames_that_differ", json_of(report.joined)}}},
        {"differ_at_rest", json_of(report.rest)},
        {"causes", json_of(report.causes)},
        {"save", json_of(report.save)},
        {"load", json_of(report.load)},
        {"run", json_of(report.run)},
        {"rollback", json_of(report.rollback)},
        {"frame_microseconds", report.frame_microseconds},
        {"depth_that_fits", report.depth_that_fits},
        {"verdict", name_of(report.verdict)},
        {"reason", json_of(report.reason)},
        {"plays", report.plays},
        {"players_see", report.players_see},
    };
}

} // namespace netplay_relay::peer
