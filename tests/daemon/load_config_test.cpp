#include "daemon/daemon.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;

TEST_CASE("the command line wins over the defaults")
{
    daemon::CommandLine line;
    line.listen = {"127.0.0.1:0", "[::1]:7"};
    line.admin = {"off"};
    line.public_name = "relay.example";
    line.log_level = "debug";
    const auto loaded = daemon::load_config(line);
    CHECK(loaded.faults.empty());
    REQUIRE(loaded.config.listen.size() == 2);
    CHECK(loaded.config.listen[1].port == 7);
    CHECK(loaded.config.admin_listen.empty());
    CHECK(loaded.config.public_name == "relay.example");
    CHECK(loaded.config.log_level == config::LogLevel::debug);
}

TEST_CASE("faults of the command line name their option")
{
    daemon::CommandLine line;
    line.listen = {"nowhere"};
    line.admin = {"127.0.0.1"};
    line.public_name = "two words";
    line.log_level = "loud";
    const auto loaded = daemon::load_config(line);
    REQUIRE(loaded.faults.size() == 4);
    CHECK(loaded.faults[0].key == "--listen");
    CHECK(loaded.faults[1].key == "--admin");
    CHECK(loaded.faults[2].key == "--public-name");
    CHECK(loaded.faults[3].key == "--log-level");
    const std::string text = daemon::to_text(loaded.faults, "x.json");
    CHECK(text.find("--listen must be an address with a port") == 0);
}

TEST_CASE("a file that cannot be read is told from one that is faulty")
{
    daemon::CommandLine line;
    line.config_file = "/nonexistent/relay.json";
    CHECK(daemon::to_text(daemon::load_config(line).faults, line.config_file) ==
          "/nonexistent/relay.json: cannot be read: No such file or directory\n");
    line.config_file = "/";
    CHECK(daemon::load_config(line).faults.size() == 1);
}

TEST_CASE("the environment stands between the file and the command line")
{
    daemon::CommandLine line;
    line.environment = {"NETPLAY_RELAY_PUBLIC_NAME=variable.example",
                        "NETPLAY_RELAY_LOG__LEVEL=debug"};
    line.public_name = "option.example";
    const auto loaded = daemon::load_config(line);
    CHECK(loaded.faults.empty());
    CHECK(loaded.config.public_name == "option.example");
    CHECK(loaded.config.log_level == config::LogLevel::debug);
    line.environment = {"NETPLAY_RELAY_LOG__LEVEL=loud"};
    CHECK(daemon::to_text(daemon::load_config(line).faults, "x.json")
              .find("NETPLAY_RELAY_LOG__LEVEL must") == 0);
}
