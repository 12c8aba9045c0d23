// What cpu.max leaves of the machine's cores.
#include "daemon/control_groups.hpp"

#include "support/catch.hpp"
#include "support/group_files.hpp"

namespace netplay_relay::daemon {

TEST_CASE("a quota of CPU time is so many cores, rounded up")
{
    CHECK(cores_left_by("200000 100000") == 2);
    CHECK(cores_left_by("200001 100000") == 3);
    CHECK(cores_left_by("50000 100000") == 1);
    CHECK(cores_left_by("400000 100000\n") == 4);
    CHECK(cores_left_by("1 18446744073709551615") == 1);
    CHECK(cores_left_by("18446744073709551615 1") == UINT32_MAX);
}

TEST_CASE("what is no quota limits nothing")
{
    for (const char* text : {"max 100000", "", "100000", "100000 ", "100000 0", "100000max 1",
                             "-1 100000", "99999999999999999999 100000", "1 99999999999999999999"})
        CHECK_FALSE(cores_left_by(text));
}

TEST_CASE("the least that any control group leaves holds, and what the machine has before it")
{
    const tests::GroupFiles files;
    CHECK(usable_cores(8, files.groups()) == 8);
    files.write("system.slice/relay.service/cpu.max", "max 100000\n");
    CHECK(usable_cores(8, files.groups()) == 8);
    files.write("system.slice/cpu.max", "350000 100000\n");
    CHECK(usable_cores(8, files.groups()) == 4);
    CHECK(usable_cores(2, files.groups()) == 2);
    files.write("cpu.max", "100000 100000\n"); // of a container: its root is a group of the host
    CHECK(usable_cores(8, files.groups()) == 1);
    CHECK(usable_cores(0, files.groups()) == 1);
    CHECK(usable_cores(8, {files.groups().mounted, "/nowhere"}) == 8);
}

} // namespace netplay_relay::daemon
