#include "cores/libretro_core.hpp"

#include "rollback/random_input.hpp"
#include "rollback/sync_test.hpp"
#include "support/catch.hpp"

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

namespace netplay_relay::cores {

namespace {

using rollback::Core;
using rollback::SyncVerdict;

// A content file for as long as a test runs.
class ContentFile
{
public:
    explicit ContentFile(const std::string& bytes)
    {
        static int count = 0;
        path_ = std::filesystem::current_path() / ("tiny" + std::to_string(count++) + ".tiny");
        std::ofstream(path_, std::ios::binary) << bytes;
    }
    ~ContentFile() { std::filesystem::remove(path_); }
    ContentFile(const ContentFile&) = delete;
    ContentFile& operator=(const ContentFile&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

std::unique_ptr<Core> loaded(const std::string& content, LibretroOptions options = {})
{
    const ContentFile file(content);
    auto result = load_libretro_core(TINY_CORE, file.path(), std::move(options));
    if (const auto* problem = std::get_if<std::string>(&result)) FAIL(*problem);
    return std::move(std::get<std::unique_ptr<Core>>(result));
}

std::string problem_of(const std::string& core, const std::string& content)
{
    const auto result = load_libretro_core(core, content);
    const auto* problem = std::get_if<std::string>(&result);
    return problem == nullptr ? "" : *problem;
}

rollback::SyncTestReport sync_tested(const std::string& content)
{
    const auto core = loaded(content);
    return rollback::sync_test(*core, {},
                               [] { return std::chrono::steady_clock::now().time_since_epoch(); });
}

std::string shown(const Core& core, std::size_t at)
{
    return reinterpret_cast<const char*>(core.memory().data() + at);
}

std::uint32_t number(const Core& core, std::size_t at)
{
    std::uint32_t value = 0;
    std::memcpy(&value, core.memory().data() + at, sizeof value);
    return value;
}

std::vector<std::uint8_t> state_of(Core& core)
{
    std::vector<std::uint8_t> state(core.state_size());
    REQUIRE(core.save(state));
    return state;
}

} // namespace

TEST_CASE("libretro: what a core says of itself")
{
    const auto core = loaded("w123456789");
    CHECK(core->info().name == "tiny");
    CHECK(core->info().version == "0.1");
    CHECK(core->info().frames_per_second == Approx(50));
    CHECK(core->info().content_crc == 0xDAE2DB1F);
    CHECK(core->memory().size() == 256);
    CHECK(core->battery().size() == 16);
}

TEST_CASE("libretro: what a core finds around it")
{
    LibretroOptions options;
    options.variables = {{"tiny_chosen", "b"}};
    const auto core = loaded("w", options);
    CHECK(shown(*core, 32) == "first");
    CHECK(shown(*core, 56) == "two");
    CHECK(shown(*core, 80) == "red");
    CHECK(shown(*core, 104) == "b");
    CHECK(std::filesystem::is_directory(shown(*core, 200)));
    CHECK(core->memory()[152] == 3);  // picture and sound wanted, no fast states
    CHECK(core->memory()[153] == 0);  // no state for anybody
    CHECK(core->memory()[154] == 16); // players
    CHECK(core->memory()[155] == 0);
}

TEST_CASE("libretro: what a core is told while something is done")
{
    LibretroOptions options;
    const auto told = [](const Core& core, std::size_t at) {
        return std::pair<int, int>(core.memory()[at], core.memory()[at + 1]);
    };
    constexpr std::size_t running = 156, saving = 158, loading = 176;
    for (const bool headless : {false, true}) {
        INFO(headless);
        options.headless = headless;
        const auto core = loaded("e", options);
        core->run({});
        CHECK(told(*core, running) == std::pair(headless ? 0 : 3, 0));
        const std::vector<std::uint8_t> state = state_of(*core);
        CHECK(told(*core, saving) == std::pair(4, 3)); // fast states, for netplay
        REQUIRE(core->load(state));
        CHECK(told(*core, loading) == std::pair(4, 3));
        core->repeat_frames(true);
        core->run({});
        CHECK(told(*core, running) == std::pair(0, 0));
        core->repeat_frames(false);
        core->run({});
        CHECK(told(*core, running) == std::pair(headless ? 0 : 3, 0));
    }
}

TEST_CASE("libretro: input arrives, devices are plugged in")
{
    const auto one = loaded("w"), other = loaded("w");
    rollback::FrameInput input;
    input[1].words[0] = 1U << 8U;
    one->run(input);
    other->run({});
    CHECK(number(*one, 0) == 1);
    CHECK(number(*one, 4) != number(*other, 4));

    one->plug(0, 5);
    CHECK(one->memory()[160] == 5);
    one->reset();
    other->reset();
    input = {};
    input[0].words[2] = 0x1234'0000;
    one->run(input);
    other->run(input);
    CHECK(number(*one, 4) != number(*other, 4)); // a joypad has no right stick
}

TEST_CASE("libretro: instances know nothing of each other, and leave nothing behind")
{
    std::string directory;
    {
        const auto one = loaded("w");
        auto other = loaded("w");
        directory = shown(*one, 200);
        const std::string others = shown(*other, 200);
        CHECK(directory != others);
        CHECK(std::filesystem::exists(others));
        for (int frame = 0; frame < 5; ++frame)
            one->run({});
        other->run({});
        CHECK(number(*one, 0) == 5);
        CHECK(number(*other, 0) == 1);
        REQUIRE(other->load(state_of(*one)));
        CHECK(state_of(*other) == state_of(*one));
        other.reset();
        CHECK_FALSE(std::filesystem::exists(others));
        one->run({});
        CHECK(number(*one, 0) == 6);
        CHECK(std::filesystem::exists(directory));
    }
    CHECK_FALSE(std::filesystem::exists(directory));
}

TEST_CASE("libretro: faults of loading are told")
{
    const ContentFile refused("r"), well("w");
    CHECK_THAT(problem_of("/nowhere/core.so", well.path()), Contains("there is no file"));
    CHECK_THAT(problem_of(well.path(), well.path()), Contains("cannot load"));
    CHECK_THAT(problem_of(TINY_CORE_OTHER_VERSION, well.path()), Contains("speaks version 2"));
    CHECK_THAT(problem_of(TINY_CORE, ""), Contains("tiny needs content (tiny|tny)"));
    CHECK_THAT(problem_of(TINY_CORE, "/nowhere/a.tiny"), Contains("cannot read the content"));
    CHECK_THAT(problem_of(TINY_CORE, refused.path()), Contains("refused the content"));
    CHECK(problem_of(TINY_CORE_WITHOUT_CONTENT, "").empty());
    for (const char* library : {"/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6"})
        if (std::filesystem::exists(library))
            CHECK_THAT(problem_of(library, ""), Contains("is not a libretro core"));
}

TEST_CASE("libretro: good and bad cores in the sync test")
{
    const auto good = sync_tested("w");
    INFO(good.reason);
    CHECK(good.verdict == SyncVerdict::fit);
    CHECK(good.state_size == 8);

    const auto hidden = sync_tested("h");
    CHECK(hidden.verdict == SyncVerdict::game_differs);
    CHECK(hidden.replays.first->frame == 1);
    CHECK(hidden.replays.first->first >= 4);
    CHECK_FALSE(hidden.first_reload_difference);

    const auto different = sync_tested("d");
    CHECK(different.verdict == SyncVerdict::game_differs);
    CHECK(different.first_reload_difference->frame == 0);

    CHECK(sync_tested("f").verdict == SyncVerdict::load_refused);
    CHECK(sync_tested("n").verdict == SyncVerdict::cannot_save);
    CHECK(sync_tested("v").verdict == SyncVerdict::size_changes);
}

TEST_CASE("libretro: a core that needs frames before its first state gets them")
{
    const auto core = loaded("l");
    CHECK(core->state_size() == 8);
    CHECK(number(*core, 0) == 3);
    CHECK(sync_tested("l").verdict == SyncVerdict::fit);
}

TEST_CASE("libretro: states stay as large as the first, with zeros behind")
{
    const auto core = loaded("s");
    CHECK(core->state_size() == 28);
    core->run({});
    std::vector<std::uint8_t> state(core->state_size(), 0xEE);
    CHECK(state.size() == 28);
    REQUIRE(core->save(state));
    CHECK(std::vector(state.begin() + 8, state.end()) == std::vector<std::uint8_t>(20));
    CHECK(core->load(state));
    CHECK(sync_tested("s").verdict == SyncVerdict::size_changes);
}

} // namespace netplay_relay::cores
