// Where bans are kept.
#include "faults.hpp"

namespace netplay_relay::config {

TEST_CASE("bans are kept in a file that is named from the root")
{
    CHECK(accepted(R"({"admin": {"bans_file": "/var/lib/x/bans.json"}})").bans_file ==
          "/var/lib/x/bans.json");
    CHECK(accepted(R"({"admin": {"bans_file": ""}})").bans_file.empty());
    check_fault(R"({"admin": {"bans_file": "bans.json"}})", "admin.bans_file",
                {"must be the path of a file from /"});
}

} // namespace netplay_relay::config
