// Who may control the relay, from where, and what players are told before it drains.
#include "daemon/admin_token.hpp"
#include "daemon/commands/duration.hpp"
#include "daemon/drain_countdown.hpp"
#include "daemon/drain_plan.hpp"
#include "daemon/local_socket.hpp"
#include "support/catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace netplay_relay;
using namespace netplay_relay::daemon;
using namespace std::chrono_literals;

namespace {

struct Folder
{
    Folder()
    {
        std::string name = "/tmp/netplay-relay-control-XXXXXX";
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;

    std::string write(const char* name, const std::string& text, mode_t mode = 0640) const
    {
        const std::string file = path / name;
        std::ofstream(file, std::ios::binary) << text;
        REQUIRE(chmod(file.c_str(), mode) == 0);
        return file;
    }

    std::filesystem::path path;
};

constexpr const char* token = "0123456789abcdef";

} // namespace

TEST_CASE("a token is one line of at least 16 characters")
{
    for (const char* end : {"", "\n", "\r\n"}) {
        std::string taken;
        CHECK(take_token(std::string(token) + end, taken).empty());
        CHECK(taken == token);
    }
    for (const std::string& text :
         {std::string(), std::string("\n"), std::string("0123456789abcde\n"),
          std::string("0123456789abcdef 1"), std::string("0123456789abcdef\n\n"),
          std::string("0123456789abcdef\nx"), std::string("0123456789abcde\xc3\xb6"),
          std::string("0123456789abcdef\0", 17), std::string(513, 'x')}) {
        std::string taken;
        const std::string problem = take_token(text, taken);
        CHECK_FALSE(problem.empty());
        CHECK(taken.empty());
        CHECK(problem.find("0123") == std::string::npos); // told to nobody
    }
}

TEST_CASE("the token is in the file, or in systemd's credential")
{
    const Folder folder;
    const std::string file = folder.write("token", std::string(token) + "\n");
    CHECK(read_admin_token("", nullptr).token.empty());
    CHECK(read_admin_token("", folder.path.c_str()).file.empty());
    CHECK(read_admin_token(file, nullptr).token == token);
    CHECK(read_admin_token(file, nullptr).warning.empty());
    folder.write("admin_token", "of_the_credential_1");
    CHECK(read_admin_token("", folder.path.c_str()).token == "of_the_credential_1");
    CHECK(read_admin_token(file, folder.path.c_str()).token == token);
}

TEST_CASE("a file that is wrong is told, and there is no token")
{
    const Folder folder;
    for (const std::string& file :
         {folder.path.string(), (folder.path / "missing").string(), std::string("/dev/zero"),
          folder.write("short", "x"), folder.write("long", std::string(100000, 'x'))}) {
        const AdminToken read = read_admin_token(file, nullptr);
        CHECK(read.token.empty());
        CHECK_FALSE(read.problem.empty());
    }
    const std::string fifo = folder.path / "fifo";
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    CHECK_FALSE(read_admin_token(fifo, nullptr).problem.empty()); // and nobody has waited
    const AdminToken open = read_admin_token(folder.write("open", token, 0644), nullptr);
    CHECK(open.token == token);
    CHECK(open.warning.find("chmod 640") != std::string::npos);
}

TEST_CASE("a socket that nobody answers at is replaced, and nothing else")
{
    const Folder folder;
    const std::string path = folder.path / "control";
    std::string problem;
    net::UniqueFd first = listen_locally(path, problem);
    REQUIRE(first.is_open());
    CHECK(is_socket(path));
    struct stat facts = {};
    REQUIRE(stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777U) == 0600);
    CHECK_FALSE(listen_locally(path, problem).is_open());
    CHECK(problem == "another program answers there");
    first = {};
    problem.clear();
    CHECK(is_socket(path)); // of a process that was killed
    const net::UniqueFd second = listen_locally(path, problem);
    CHECK(second.is_open());
    CHECK(problem.empty());
    const std::string file = folder.write("file", "text");
    CHECK_FALSE(listen_locally(file, problem).is_open());
    CHECK(problem == "there is a file that is no socket");
    remove_socket(file);
    CHECK(std::filesystem::exists(file));
    remove_socket(path);
    CHECK_FALSE(std::filesystem::exists(path));
    problem.clear();
    CHECK_FALSE(listen_locally(folder.path / "none" / "control", problem).is_open());
    CHECK(problem == "there is no such directory");
}

TEST_CASE("warnings come closer and closer")
{
    CHECK(next_warning(2h) == 600s);
    CHECK(next_warning(600s) == 300s);
    CHECK(next_warning(599s) == 300s);
    CHECK(next_warning(61s) == 60s);
    CHECK(next_warning(60s) == 10s);
    CHECK(next_warning(10s) == 0s);
    CHECK(next_warning(0s) == 0s);
}

TEST_CASE("players read how long it is")
{
    CHECK(countdown_text(600s, "new disk") == "the relay ends in 10 minutes: new disk");
    CHECK(countdown_text(599900ms, "") == "the relay ends in 10 minutes");
    CHECK(countdown_text(60s, "") == "the relay ends in 1 minute");
    CHECK(countdown_text(90s, "") == "the relay ends in 90 seconds");
    CHECK(countdown_text(10s, "") == "the relay ends in 10 seconds");
    CHECK(countdown_text(1ms, "") == "the relay ends in 1 second");
    CHECK(countdown_text(3600s, "") == "the relay ends in 1 hour");
    CHECK(countdown_text(72h, "") == "the relay ends in 3 days");
    CHECK(drain_text(3600s, "x") ==
          "the relay ends when the games here have ended, in 1 hour at the latest: x");
    CHECK(drain_text(0s, "") == "the relay ends when the games here have ended");
}

TEST_CASE("a plan tells, waits and drains, unless it is given up")
{
    boost::asio::io_context io;
    std::vector<std::string> said;
    int drained = 0;
    DrainPlan plan(
        io, [&](const std::string& text) { said.push_back(text); }, [&] { ++drained; });
    const lobby::Instant now(std::chrono::steady_clock::now().time_since_epoch());
    CHECK_FALSE(plan.cancel());
    plan.begin(now + 1h, now, "x");
    CHECK(plan.at() == now + 1h);
    CHECK(plan.cancel());
    CHECK_FALSE(plan.at());
    io.run();
    CHECK(drained == 0);
    io.restart();
    plan.begin(now + 20ms, now, "y");
    io.run();
    CHECK(drained == 1);
    CHECK_FALSE(plan.at());
    CHECK(said ==
          std::vector<std::string>{"the relay ends in 1 hour: x", "the relay ends in 1 second: y"});
    io.restart();
    plan.begin(now - 1s, now, "late", true); // while another program took our place
    io.run();
    CHECK(drained == 2);
    CHECK(said.size() == 2);
    io.restart();
    plan.begin(now + 10001ms, now - 10s, "z"); // the one of 10 s is due at once
    io.run_for(500ms);
    CHECK(said.back() == "the relay ends in 10 seconds: z");
}

TEST_CASE("spans of time have a unit, or are seconds")
{
    CHECK(read_duration("90s") == 90);
    CHECK(read_duration("10m") == 600);
    CHECK(read_duration("2h") == 7200);
    CHECK(read_duration("7d") == 604800);
    CHECK(read_duration("90") == 90);
    CHECK(read_duration("0") == 0);
    for (const char* text : {"", "m", "-1", "1.5h", "1 h", "1w", "1hh", "99999999999999999999",
                             "1000000001", "+1", " 1", "0x1"})
        CHECK_FALSE(read_duration(text));
    CHECK(fault_of_duration("1h").empty());
    CHECK(fault_of_duration("soon") == "must be a time such as 90s, 10m, 2h or 7d, not soon");
    CHECK(fault_of_duration("3650d").empty());
    for (const char* text : {"0", "3651d"})
        CHECK(fault_of_duration(text) == "must be from 1s to 3650d, not " + std::string(text));
    CHECK(fault_of_wait("0").empty());
    CHECK(fault_of_wait("7d").empty());
    CHECK(fault_of_wait("8d") == "must be from 0s to 7d, not 8d");
}
