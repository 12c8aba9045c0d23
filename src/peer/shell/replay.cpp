#include "peer/shell/replay.hpp"

#include "peer/decode/escape.hpp"
#include "peer/peer_run.hpp"
#include "peer/shell/input_file.hpp"
#include "peer/shell/report.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <set>

namespace netplay_relay::peer {

namespace {

using nlohmann::ordered_json;

int complain(const std::string& sentence)
{
    std::fprintf(stderr, "netplay-peer: %s\n", escaped(sentence).c_str());
    return exit_failed;
}

void feed(PeerRun& run, const RunEvent& event)
{
    switch (event.kind) {
    case EventKind::opened: run.opened(event.connection, event.at); break;
    case EventKind::received: run.received(event.connection, event.bytes, event.at); break;
    case EventKind::closed: run.closed(event.connection, event.at); break;
    case EventKind::tick: (void)run.tick(event.at); break;
    case EventKind::left: run.leave(event.at); break;
    case EventKind::result: break;
    }
}

// Output is not sent to anybody, but it must not gather either.
void forget_output(PeerRun& run, const RunEvent& event, std::set<ConnectionNumber>& open)
{
    if (event.kind == EventKind::opened) open.insert(event.connection);
    if (event.kind == EventKind::closed) open.erase(event.connection);
    (void)run.take_events();
    for (const ConnectionNumber connection : open)
        run.out(connection).clear();
}

int tell(const ordered_json& expected, const ordered_json& actual, bool json)
{
    const bool same = expected == actual;
    if (json) {
        const ordered_json report = {{"reproduced", same}, {"result", actual}};
        std::printf("%s\n", dump(report, 2).c_str());
    } else {
        std::printf("%u frames, final state %08x: %s\n", actual["frames"].get<unsigned>(),
                    actual["final_hash"].get<unsigned>(),
                    same ? "reproduced exactly" : "NOT what was recorded");
    }
    if (same) return exit_ok;
    for (const auto& [key, value] : expected.items())
        if (!actual.contains(key) || actual[key] != value)
            std::fprintf(stderr, "%s: recorded %s, now %s\n", escaped(key).c_str(),
                         dump(value).c_str(),
                         actual.contains(key) ? dump(actual[key]).c_str() : "nothing");
    return exit_desync;
}

int replay(RecordingReader& recording, bool json)
{
    RunSettings settings;
    ordered_json::parse(recording.settings_json()).get_to(settings);
    if (settings.salt == 0) return complain("the settings in the recording are damaged");
    auto core = make_core(settings);
    if (const auto* error = std::get_if<std::string>(&core)) return complain(*error);
    auto input = load_input(settings);
    if (const auto* error = std::get_if<std::string>(&input)) return complain(*error);

    std::set<ConnectionNumber> open;
    PeerRun run(settings, *std::get<std::unique_ptr<rollback::Core>>(core),
                std::move(std::get<InputSource>(input)), Instant{0});
    while (const auto event = recording.next()) {
        if (event->kind != EventKind::result) {
            feed(run, *event);
            forget_output(run, *event, open);
            continue;
        }
        const std::string text(event->bytes.begin(), event->bytes.end());
        return tell(ordered_json::parse(text),
                    ordered_json::parse(dump(ordered_json(run.result()))), json);
    }
    return complain(recording.fault().empty() ? "the recording has no end" : recording.fault());
}

} // namespace

int replay_file(const std::string& path, bool json)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) return complain("cannot read " + path);
    auto opened = RecordingReader::open(file);
    if (const auto* error = std::get_if<std::string>(&opened))
        return complain(path + ": " + *error);
    try {
        return replay(std::get<RecordingReader>(opened), json);
    } catch (const nlohmann::json::exception&) {
        return complain(path + ": the settings in the recording are damaged");
    }
}

} // namespace netplay_relay::peer
