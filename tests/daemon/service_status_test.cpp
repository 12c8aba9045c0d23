#include "daemon/service_status.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using admin::RelayState;

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
