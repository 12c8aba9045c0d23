// Bans in a file: what is kept comes back, at every moment it is whole, and nothing is lost.
#include "daemon/ban_file.hpp"

#include "support/catch.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace netplay_relay;
using namespace netplay_relay::daemon;
using namespace std::chrono_literals;

namespace {

// 2026-11-29T23:39:32Z, an hour after the machine's start.
const Clocks clocks{lobby::Instant(1h), std::chrono::system_clock::time_point(1795995572s)};

class Directory
{
public:
    Directory()
    {
        std::string name = std::filesystem::temp_directory_path() / "bans-XXXXXX";
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(Directory&&) = delete;

    [[nodiscard]] std::string file(const char* name = "bans.json") const { return path_ / name; }
    [[nodiscard]] std::vector<std::string> names() const
    {
        std::vector<std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator(path_))
            all.push_back(entry.path().filename());
        std::ranges::sort(all);
        return all;
    }

private:
    std::filesystem::path path_;
};

std::string text_of(const std::string& path)
{
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::vector<lobby::Ban> some_bans()
{
    return {{wire::parse_network("203.0.113.0/24").value(), clocks.relay + 90s, "spoils \"games\"",
             "token 127.0.0.1:5", clocks.relay - 2h},
            {wire::parse_network("2001:db8:0:7::/64").value(), {}, "", "uid 0", clocks.relay}};
}

void keep(const std::string& path, const std::vector<lobby::Ban>& bans)
{
    BanFile file(path);
    file.keep(bans, clocks);
    file.finish();
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("what is kept comes back, with the times of a clock that was started anew")
{
    const Directory directory;
    keep(directory.file(), some_bans());
    const Clocks later{lobby::Instant(5s), clocks.wall + 60s};
    BanFile file(directory.file());
    const std::vector<lobby::Ban> bans = file.read(later);
    REQUIRE(bans.size() == 2);
    CHECK(bans[0].network == some_bans()[0].network);
    CHECK(bans[0].until == later.relay + 30s);
    CHECK(bans[0].since == later.relay - 2h - 60s);
    CHECK(bans[0].reason == "spoils \"games\"");
    CHECK(bans[0].by == "token 127.0.0.1:5");
    CHECK(bans[1].network == some_bans()[1].network);
    CHECK_FALSE(bans[1].until.has_value());
    CHECK(file.read({lobby::Instant(5s), clocks.wall + 91s}).size() == 1); // one has ended
    CHECK(directory.names() == Names{"bans.json"});
}

TEST_CASE("the file is JSON for people, and nobody else may read it")
{
    const Directory directory;
    keep(directory.file(), some_bans());
    CHECK(text_of(directory.file()) ==
          "[\n"
          R"( {"by":"token 127.0.0.1:5","network":"203.0.113.0/24","reason":"spoils \"games\"",)"
          R"("since":"2026-11-29T21:39:32Z","until":"2026-11-29T23:41:02Z"},)"
          "\n"
          R"( {"by":"uid 0","network":"2001:db8:0:7::/64","reason":"",)"
          R"("since":"2026-11-29T23:39:32Z","until":null})"
          "\n]\n");
    struct stat facts
    {
    };
    REQUIRE(stat(directory.file().c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777U) == 0600);
    keep(directory.file(), {});
    CHECK(text_of(directory.file()) == "[\n]\n");
    CHECK(BanFile(directory.file()).read(clocks).empty());
}

TEST_CASE("without a file nobody is banned, and none is made for that")
{
    const Directory directory;
    CHECK(BanFile(directory.file()).read(clocks).empty());
    CHECK(directory.names().empty());
    BanFile nowhere("");
    CHECK(nowhere.read(clocks).empty());
    nowhere.keep(some_bans(), clocks);
}

TEST_CASE("the last of many is what is kept")
{
    const Directory directory;
    BanFile file(directory.file());
    std::vector<lobby::Ban> bans;
    for (std::uint8_t number = 0; number < 100; ++number) {
        bans.push_back(some_bans()[1]);
        bans.back().network.base.bytes[5] = number;
        file.keep(bans, clocks);
    }
    file.finish();
    CHECK(BanFile(directory.file()).read(clocks).size() == 100);
    file.keep({}, clocks);
    file.finish();
    CHECK(BanFile(directory.file()).read(clocks).empty());
}

TEST_CASE("a damaged file is moved aside, and not lost")
{
    for (const char* text : {"", "[", "{}", "null", "5", "[5", "\xff", "[] []"}) {
        INFO(text);
        const Directory directory;
        write(directory.file(), text);
        BanFile file(directory.file());
        CHECK(file.read(clocks).empty());
        CHECK(directory.names() == Names{"bans.json.damaged-1"});
        CHECK(text_of(directory.file("bans.json.damaged-1")) == text);
        CHECK(file.damage().find("bans.json.damaged-1") != std::string::npos);
        CHECK(file.problem().empty());
        file.keep(some_bans(), clocks);
        file.finish();
        CHECK(BanFile(directory.file()).read(clocks).size() == 2);
        write(directory.file(), text);
        CHECK(BanFile(directory.file()).read(clocks).empty());
        CHECK(directory.names() == Names{"bans.json.damaged-1", "bans.json.damaged-2"});
    }
}

TEST_CASE("of a file that is damaged in part the rest holds")
{
    const std::string whole = R"({"network": "192.0.2.1", "until": null})";
    for (const std::string bad :
         {R"(5)", R"({})", R"({"network": "192.0.2.300", "until": null})",
          R"({"network": 5, "until": null})", R"({"network": "0.0.0.0/0", "until": null})",
          R"({"network": "::/0", "until": null})", R"({"network": "::/15", "until": null})",
          R"({"network": "192.0.2.9"})", R"({"network": "192.0.2.9", "until": 5})",
          R"({"network": "192.0.2.9", "until": "tomorrow"})",
          R"({"network": "192.0.2.9", "until": "2026-11-29T23:39:32Zz"})"}) {
        INFO(bad);
        const Directory directory;
        write(directory.file(), "[" + bad + ", " + whole + "]");
        BanFile file(directory.file());
        const auto bans = file.read(clocks);
        REQUIRE(bans.size() == 1);
        CHECK(wire::to_text(bans[0].network) == "192.0.2.1");
        CHECK(directory.names() == Names{"bans.json.damaged-1"});
    }
}

TEST_CASE("times from beyond the calendar are far away")
{
    const auto read = [](const std::string& until) {
        return bans_from_json(R"([{"network": "192.0.2.1", "until": ")" + until + R"("}])", clocks);
    };
    CHECK(read("9999-12-31T23:59:59Z").bans.size() == 1);
    CHECK(read("0001-01-01T00:00:00Z").over.size() == 1);
    CHECK(read("2026-11-29T23:39:32Z").over.size() == 1);
    CHECK(read("2026-11-29T23:39:33Z").bans.at(0).until == clocks.relay + 1s);
}

TEST_CASE("an end that is far away by a wrong clock stays as it was read")
{
    const Clocks wrong{lobby::Instant(5s), std::chrono::system_clock::time_point(60s)}; // 1970
    const std::string text = bans_to_json(some_bans(), clocks);
    std::vector<lobby::Ban> read = bans_from_json(text, wrong).bans;
    REQUIRE(read.size() == 2);
    read[0].until.reset(); // which is what a lobby makes of an end so far away
    const ReadBans again = bans_from_json(bans_to_json(read, wrong), clocks);
    REQUIRE(again.bans.size() == 2);
    CHECK(again.bans[0].until == clocks.relay + 90s);
    CHECK_FALSE(again.bans[1].until.has_value());
    const std::string far =
        R"([{"network": "192.0.2.1", "until": "9999-12-31T23:59:59Z", "since": null}])";
    std::vector<lobby::Ban> bans = bans_from_json(far, clocks).bans;
    bans.at(0).until.reset();
    CHECK(bans_to_json(bans, clocks).find("9999-12-31T23:59:59Z") != std::string::npos);
}

TEST_CASE("what was read ends by the clock on the wall, however often that is set")
{
    const Directory directory;
    keep(directory.file(), some_bans());
    // A machine without a clock of its own goes on from two days ago.
    const Clocks slow{lobby::Instant(5s), clocks.wall - 48h};
    BanFile file(directory.file());
    std::vector<lobby::Ban> bans = file.read(slow);
    REQUIRE(bans.size() == 2);
    CHECK(bans[0].until == slow.relay + 48h + 90s);
    bans.push_back({wire::parse_network("192.0.2.1").value(), slow.relay + 1h, "", "", {}});
    CHECK(bans_to_json(bans, slow).find("2026-11-29T23:41:02Z") != std::string::npos);

    // Then it learns the time, 10 s later.
    const Clocks right{slow.relay + 10s, clocks.wall + 10s};
    const auto jump = jump_between(slow, right);
    CHECK(jump == 48h);
    const auto by_wall = file.by_wall(bans, right, jump);
    REQUIRE(by_wall.size() == 1); // one is for good, and one was given here, for an hour
    CHECK(by_wall[0].until == right.relay + 80s);
    CHECK(by_wall[0].since == right.relay - 2h - 10s);
    CHECK(bans_to_json(by_wall, right).find("2026-11-29T23:41:02Z") != std::string::npos);
    CHECK(bans_to_json(bans, right).find("2026-11-30T00:39:32Z") != std::string::npos);

    // By a clock that is set too far it is over, and by one that is set back it is not.
    const Clocks fast{right.relay, right.wall + 24h};
    REQUIRE(file.by_wall(by_wall, fast, 24h).size() == 1);
    CHECK(*file.by_wall({}, fast, 0s).at(0).until < fast.relay);
    CHECK(file.by_wall({}, right, -24h).at(0).until == right.relay + 80s);
    CHECK(file.by_wall({}, right, 0s).empty());
}

TEST_CASE("what was over when it was read comes back if the clock was wrong")
{
    const Directory directory;
    keep(directory.file(), some_bans());
    const Clocks fast{lobby::Instant(5s), clocks.wall + 24h};
    BanFile file(directory.file());
    CHECK(file.read(fast).size() == 1);
    const Clocks right{lobby::Instant(5s), clocks.wall};
    const auto by_wall = file.by_wall({}, right, -24h);
    REQUIRE(by_wall.size() == 1);
    CHECK(by_wall[0].until == right.relay + 90s);
    // But not what the operator has given anew since.
    BanFile other(directory.file());
    CHECK(other.read(fast).size() == 1);
    std::vector<lobby::Ban> given = some_bans();
    given.pop_back();
    CHECK(other.by_wall(given, right, -24h).empty());
}

TEST_CASE("no jump of the clock makes a moment that no record holds")
{
    const Clocks wrong{lobby::Instant(5s), std::chrono::system_clock::time_point(60s)};
    const std::vector<lobby::Ban> read =
        bans_from_json(bans_to_json(some_bans(), clocks), wrong).bans;
    const Clocks right{lobby::Instant(6s), clocks.wall};
    for (const lobby::Ban& ban : bans_by_wall(read, right, jump_between(wrong, right)))
        CHECK(std::chrono::abs(ban.since->time_since_epoch()) < 73 * 365 * 24h);
}

TEST_CASE("there are no more than a lobby takes")
{
    std::vector<lobby::Ban> bans;
    for (std::size_t number = 0; number <= lobby::bans_max; ++number) {
        bans.push_back(some_bans()[1]);
        bans.back().network.base.bytes[4] = static_cast<std::uint8_t>(number >> 8);
        bans.back().network.base.bytes[5] = static_cast<std::uint8_t>(number);
    }
    const ReadBans read = bans_from_json(bans_to_json(bans, clocks), clocks);
    CHECK(read.bans.size() == lobby::bans_max);
    CHECK(read.problems == std::vector<std::string>{"entry 4097 is one too many"});
}

TEST_CASE("letters that are none are written as such")
{
    std::vector<lobby::Ban> bans = some_bans();
    bans[0].reason = "\xff\xfe\n";
    const ReadBans read = bans_from_json(bans_to_json(bans, clocks), clocks);
    CHECK(read.problems.empty());
    CHECK(read.bans.size() == 2);
}

TEST_CASE("a file that cannot be read is never written over")
{
    const Directory directory;
    std::filesystem::create_directory(directory.file()); // root may read every file
    BanFile file(directory.file());
    CHECK(file.read(clocks).empty());
    file.keep(some_bans(), clocks);
    file.finish();
    CHECK(std::filesystem::is_directory(directory.file()));
    CHECK(directory.names() == Names{"bans.json"});
}

TEST_CASE("where nothing can be written the bans hold all the same")
{
    BanFile file("/proc/no such directory/bans.json");
    file.keep(some_bans(), clocks);
    file.finish();
    CHECK_FALSE(file.problem().empty());
    CHECK(file.finish_within(0ms));
    CHECK_FALSE(file.is_writing());
}

TEST_CASE("who knows what is in the file writes without reading")
{
    const Directory directory;
    BanFile file(directory.file());
    file.go_on_unread();
    file.keep(some_bans(), clocks);
    CHECK(file.finish_within(1min));
    CHECK(file.problem().empty());
    file.leave(); // there is nothing to leave
    CHECK(BanFile(directory.file()).read(clocks).size() == 2);
    BanFile next(directory.file());
    next.go_on_unread();
    next.keep({}, clocks);
    next.finish();
    CHECK(BanFile(directory.file()).read(clocks).empty());
}

TEST_CASE("where bans are kept")
{
    CHECK(ban_file_path("/a/b", "/var/lib/netplay-relay") == "/a/b");
    CHECK(ban_file_path("/a/b", nullptr) == "/a/b");
    CHECK(ban_file_path("", nullptr).empty());
    CHECK(ban_file_path("", "").empty());
    CHECK(ban_file_path("", "/var/lib/netplay-relay") == "/var/lib/netplay-relay/bans.json");
    CHECK(ban_file_path("", "/var/lib/one:/var/lib/two") == "/var/lib/one/bans.json");
}

TEST_CASE("in a fleet a file has when each ban was said, and those that were lifted")
{
    lobby::Ban ban{wire::parse_network("203.0.113.7").value(), clocks.relay + 90s, "rude",
                   "uid 0 at node 2", clocks.relay};
    ban.until_read = 1795995662;
    lobby::BanEntry said = entry_of(ban, 1795995572123, clocks);
    said.by = "uid 0";
    said.node = 2;
    lobby::BanEntry lifted = said;
    lifted.network = wire::parse_network("203.0.113.8").value();
    lifted.lifted = true;
    const std::string text = bans_to_json({ban}, clocks, {said, lifted});
    CHECK(text.find(R"("network":"203.0.113.8")") == std::string::npos);
    const ReadBans read = bans_from_json(text, clocks);
    CHECK(read.problems.empty());
    REQUIRE(read.bans.size() == 1);
    CHECK(read.bans[0].by == "uid 0");
    CHECK(read.known == std::vector{said, lifted});
    CHECK(ban_of(said, clocks).until == ban.until);
    const Clocks later{clocks.relay + 90s, clocks.wall + 90s};
    CHECK(bans_from_json(text, later).known.empty());
}

TEST_CASE("a ban that was not said in a fleet was said when it began, or when it was read")
{
    const ReadBans read = bans_from_json(
        R"([{"network":"203.0.113.7","until":null,"since":"2026-11-29T21:39:32Z"},
            {"network":"203.0.113.8","until":null,"changed_ms":-5,"node":99},
            {"network":"203.0.113.9","until":null,"changed_ms":18446744073709551615}])",
        clocks);
    REQUIRE(read.known.size() == 3);
    CHECK(read.known[0].changed_ms == 1795988372000);
    CHECK(read.known[1].changed_ms == wall_ms(clocks));
    CHECK(read.known[1].node == no_node);
    CHECK_FALSE(read.known[2].makes_sense());
    CHECK(read.bans.size() == 3);
}
