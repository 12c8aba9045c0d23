#include "daemon/service_status.hpp"

#include "support/catch.hpp"

#include <chrono>

using namespace netplay_relay;
using net::RelayState;

TEST_CASE("the status of the service counts in words")
{
    lobby::Use use;
    CHECK(daemon::service_status(RelayState::running, use, "") ==
          "0 sessions, 0 links, 0 rooms with 0 members");
    use.sessions = 1;
    use.links = 1;
    use.rooms = 1;
    use.members = 1;
    CHECK(daemon::service_status(RelayState::draining, use, "") ==
          "draining, 1 session, 1 link, 1 room with 1 member");
    use.links = 2;
    CHECK(daemon::service_status(RelayState::stopping, use, "something is wrong") ==
          "stopping, 1 session, 2 links, 1 room with 1 member; something is wrong");
    // A line end would begin another assignment.
    CHECK(daemon::service_status(RelayState::running, {}, "a\nREADY=0") ==
          "0 sessions, 0 links, 0 rooms with 0 members; a?READY=0");
}

TEST_CASE("a relay that drains says for how long, and how to end it")
{
    using namespace std::chrono_literals;
    CHECK(daemon::drain_note(59min + 1s) ==
          "it ends with the last of them, in 60 minutes at the latest; at once: systemctl kill "
          "netplay-relay");
    CHECK(daemon::drain_note(1s) == "it ends with the last of them, in 1 minute at the latest; at "
                                    "once: systemctl kill netplay-relay");
    CHECK(daemon::drain_note(-1s).find("in 0 minutes") != std::string::npos);
    CHECK(daemon::drain_note(std::nullopt) ==
          "it ends with the last of them; at once: systemctl kill netplay-relay");
}
