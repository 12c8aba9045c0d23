#include "peer/sync_test_report.hpp"

#include "support/catch.hpp"

#include <nlohmann/json.hpp>

namespace netplay_relay::peer {

namespace {

rollback::SyncTestReport example()
{
    rollback::SyncTestReport report;
    report.core = {"tiny", "0.1", 0xABCD, 60};
    report.frames_run = 600;
    report.state_size = report.state_size_last = 5070;
    report.replays = {4800, 3673, 3600, rollback::StateDifference{6, 80, 2388, 13, {5070, 5070}}};
    report.options.button_frames = 24;
    report.causes = {{1, 9, 72, 40, 38}};
    report.joins = 38;
    report.save = {5400, 9.5, 103.25};
    report.verdict = rollback::SyncVerdict::game_differs;
    report.reason = "the same input led to another state";
    return report;
}

} // namespace

TEST_CASE("sync test report: for people")
{
    const std::string text = to_text(example());
    CHECK_THAT(text, Contains("core            tiny 0.1\n"));
    CHECK_THAT(text, Contains("CRC-32 0000abcd"));
    CHECK_THAT(text, Contains("devices 1,1\n"));
    CHECK_THAT(text, Contains("reloaded        none differs\n"));
    CHECK_THAT(text, Contains("3673 differ; the first after frame 6 in 13 bytes, from 80 to 2388"));
    CHECK_THAT(text, Contains("9.5 us, at most      103.2 us"));
    CHECK_THAT(text, Contains("load            never\n"));
    CHECK_THAT(text, Contains("verdict         game differs: the same input led to another"));
    CHECK_THAT(text, Contains("(of 4800 frames; the game itself in 3600)"));
    CHECK_THAT(text, Contains("joined          38 times"));
    CHECK_THAT(text, Contains("causes          X of pad 2\n"));
}

TEST_CASE("sync test report: for programs")
{
    const nlohmann::ordered_json json = to_json(example());
    const auto at = [&](const char* place) {
        return json.at(nlohmann::ordered_json::json_pointer(place)).dump();
    };
    CHECK(at("/core/name") == "\"tiny\"");
    CHECK(at("/core/content_crc") == "\"0000abcd\"");
    CHECK(at("/options/depth") == "8");
    CHECK(at("/replays_that_differ/count") == "3673");
    CHECK(at("/replays_that_differ/first/first_byte") == "80");
    CHECK(at("/replays_that_differ/first/last_byte") == "2388");
    CHECK(at("/reloads_that_differ/first") == "null");
    CHECK(at("/save/mean_microseconds") == "9.5");
    CHECK(at("/save_failed_at") == "null");
    CHECK(at("/verdict") == "\"game_differs\"");
    CHECK(at("/replays_that_differ/games") == "3600");
    CHECK(at("/joins/count") == "38");
    CHECK(at("/joins/fault") == "null");
    CHECK(at("/causes/0/pad") == "2");
    CHECK(at("/causes/0/button") == "\"X\"");

    auto report = example();
    report.core.name = "tiny \xFF";
    CHECK_NOTHROW(to_json(report).dump());
}

} // namespace netplay_relay::peer
