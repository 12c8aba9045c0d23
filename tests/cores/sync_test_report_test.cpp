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
    report.first_replay_difference = rollback::StateDifference{6, 80, 2388, 13, {5070, 5070}};
    report.replays_that_differ = 3673;
    report.save = {5400, 9.5, 103.25};
    report.verdict = rollback::SyncVerdict::replay_differs;
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
    CHECK_THAT(text, Contains("verdict         replay differs: the same input led to another"));
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
    CHECK(at("/verdict") == "\"replay_differs\"");

    auto report = example();
    report.core.name = "tiny \xFF";
    CHECK_NOTHROW(to_json(report).dump());
}

} // namespace netplay_relay::peer
