#include "peer/shell/report.hpp"

#include "peer/decode/escape.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace netplay_relay::peer {

namespace {

double milliseconds(Instant time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

bool ended_as_asked(const ShellResult& result, const RunOptions& options)
{
    if (result.run.end.outcome != PeerOutcome::finished) return false;
    const bool had_an_end =
        options.frames > 0 || options.duration.count() > 0 || options.until_empty;
    return !(result.interrupted && had_an_end);
}

std::string sync_text(const RunResult& run)
{
    const rollback::SessionCounts& counts = run.counts;
    if (run.role == Role::host) {
        if (run.sync == Sync::desync)
            return fmt::format("DESYNC: clients objected to {} of {} CRCs of ours",
                               counts.crcs_objected, counts.crcs_sent);
        if (run.sync == Sync::agreed)
            return fmt::format("{} CRCs sent, no client objected", counts.crcs_sent);
        return "unverified: no CRC was sent to a client";
    }
    if (run.sync == Sync::desync)
        return fmt::format(
            "DESYNC: {} of {} CRCs differed, first at frame {}{}", counts.crcs_failed,
            counts.crcs_checked, *counts.first_failed_crc,
            counts.last_good_crc ? fmt::format(" (last equal at {})", *counts.last_good_crc) : "");
    if (run.sync == Sync::agreed)
        return fmt::format("{} CRCs compared, all equal", counts.crcs_checked);
    return "unverified: the host sent no CRC";
}

// "1-2: 40, 3-4: 5": powers of two, the last open.
std::string depth_text(const std::vector<std::uint64_t>& depths)
{
    std::string text;
    for (std::size_t begin = 1; begin < depths.size(); begin *= 2) {
        const std::size_t end = std::min(begin * 2, depths.size());
        std::uint64_t count = 0;
        for (std::size_t depth = begin; depth < end; ++depth)
            count += depths[depth];
        if (count == 0) continue;
        const std::string range =
            end - begin > 1 ? fmt::format("{}-{}", begin, end - 1) : fmt::format("{}", begin);
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", range, count);
    }
    return text.empty() ? "none" : text;
}

std::string stalls_text(const rollback::SessionCounts& counts)
{
    return fmt::format("{} for others ({:.0f} ms, longest {:.0f}), {} asked by the host",
                       counts.running_fast.count, milliseconds(counts.running_fast.duration),
                       milliseconds(counts.running_fast.longest), counts.requested.count);
}

std::string pings_text(const rollback::PingCounts& pings)
{
    if (pings.count == 0) return "none";
    return fmt::format("{} ({:.1f} ms mean, {:.1f} to {:.1f})", pings.count,
                       milliseconds(pings.sum) / static_cast<double>(pings.count),
                       milliseconds(pings.least), milliseconds(pings.most));
}

} // namespace

ExitCode exit_code(const ShellResult& result, const RunOptions& options)
{
    switch (result.run.end.outcome) {
    case PeerOutcome::refused: return exit_refused;
    case PeerOutcome::failed: return exit_failed;
    default: break;
    }
    if (result.run.sync == Sync::desync) return exit_desync;
    if (!ended_as_asked(result, options)) return exit_lost;
    if (result.run.sync == Sync::unverified && !options.unverified_ok) return exit_unverified;
    return exit_ok;
}

std::string progress_line(const RunResult& run, Instant now)
{
    return fmt::format("{:.0f} s  frame {}  rollbacks {} (deepest {})  late {}  stalls {}  "
                       "ping {:.0f} ms  crc {}/{}",
                       std::chrono::duration<double>(now).count(), run.first_frame + run.frames,
                       run.rollbacks.rollbacks, run.deepest_rollback, run.counts.inputs_late,
                       run.counts.running_fast.count, milliseconds(run.counts.pings.last),
                       run.counts.crcs_checked - run.counts.crcs_failed, run.counts.crcs_checked);
}

std::string report_text(const ShellResult& result, const RunOptions& options)
{
    const RunResult& run = result.run;
    std::string text;
    const auto line = [&](const char* name, const std::string& value) {
        text += fmt::format("{:<12}{}\n", name, value);
    };
    line("ended", fmt::format("{}: {}{}", to_text(run.end.outcome), escaped(run.end.reason),
                              result.interrupted ? " (interrupted)" : ""));
    line("sync", sync_text(run));
    line("core", fmt::format("{} {}, content {:08x}, state {} bytes", run.core_name,
                             run.core_version, run.content_crc, run.state_size));
    if (run.role == Role::client)
        line("host", fmt::format("{}, protocol {}, {}{}{}{}", escaped(run.host_nick), run.protocol,
                                 run.playing ? "playing" : "watching",
                                 run.play_refused.empty() ? "" : " (" + run.play_refused + ")",
                                 run.other_core_version ? ", other core version" : "",
                                 run.other_content ? ", OTHER CONTENT" : ""));
    else
        line("clients", fmt::format("at most {} at once", run.clients_seen));
    line("frames",
         fmt::format("{} from {} on, in {:.1f} s", run.frames, run.first_frame, result.seconds));
    line("rollbacks",
         fmt::format("{}, {} frames replayed, deepest {} of {}", run.rollbacks.rollbacks,
                     run.rollbacks.frames_replayed, run.deepest_rollback, run.ring));
    line("depths", depth_text(run.rollbacks.depths));
    line("stalls", stalls_text(run.counts));
    line("tick", fmt::format("{:.0f} us mean, {:.0f} p99, {:.0f} most", result.ticks.mean(),
                             result.ticks.percentile(0.99), result.ticks.most));
    line("pings", pings_text(run.counts.pings));
    line("inputs", fmt::format("{} received, {} of them late", run.counts.inputs_received,
                               run.counts.inputs_late));
    line("savestates", fmt::format("{} sent, {} received, {} requested", run.counts.states_sent,
                                   run.counts.states_received, run.counts.states_requested));
    line("bytes", fmt::format("{} in, {} out", result.bytes_in, result.bytes_out));
    if (run.final_frame)
        line("final state",
             fmt::format("{:08x} before frame {}", run.final_hash, *run.final_frame));
    line("exit code", std::to_string(exit_code(result, options)));
    return text;
}

std::string report_json(const ShellResult& result, const RunOptions& options)
{
    nlohmann::ordered_json json = result.run;
    json["seconds"] = result.seconds;
    json["interrupted"] = result.interrupted;
    json["tick"] = {{"count", result.ticks.count},
                    {"mean_microseconds", result.ticks.mean()},
                    {"p99_microseconds", result.ticks.percentile(0.99)},
                    {"most_microseconds", result.ticks.most}};
    json["bytes"] = {{"in", result.bytes_in}, {"out", result.bytes_out}};
    if (!result.join_text.empty()) json["join"] = result.join_text;
    json["exit_code"] = static_cast<int>(exit_code(result, options));
    return dump(json, 2) + "\n";
}

} // namespace netplay_relay::peer
