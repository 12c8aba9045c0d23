#include "daemon/memory_plan.hpp"

#include "support/catch.hpp"
#include "support/group_files.hpp"

namespace netplay_relay::daemon {

namespace {

MemoryLimit limit_of(const tests::GroupFiles& files, const lobby::Limits& limits = {})
{
    return memory_limit(limits, files.groups());
}

lobby::Policy policy_of(std::uint32_t connections, std::uint32_t states_mib)
{
    lobby::Policy policy;
    policy.limits.connections = connections;
    policy.rooms.savestate_bytes_in_all = states_mib << 20U;
    policy.parties.kept_bytes_in_all = 1U << 20U;
    return policy;
}

} // namespace

TEST_CASE("the least limit of all control groups holds, and what is configured before it")
{
    const tests::GroupFiles groups;
    CHECK(limit_of(groups).by == "machine");
    CHECK(limit_of(groups).bytes > mebibyte);

    groups.write("system.slice/relay.service/memory.high", "max\n");
    groups.write("system.slice/relay.service/memory.max", "8388608\n");
    CHECK(limit_of(groups).by == "memory.max");
    CHECK(limit_of(groups).bytes == 8 * mebibyte);

    groups.write("system.slice/memory.high", "4194304\n");
    CHECK(limit_of(groups).by == "memory.high");
    CHECK(limit_of(groups).bytes == 4 * mebibyte);

    groups.write("memory.max", "2097152\n"); // of a container: its root is a group of the host
    CHECK(limit_of(groups).bytes == 2 * mebibyte);

    lobby::Limits limits;
    limits.memory_mebibytes = 100;
    CHECK(limit_of(groups, limits).by == "limits.memory_mebibytes");
    CHECK(limit_of(groups, limits).bytes == 100 * mebibyte);
}

TEST_CASE("the defaults fit what the unit may use")
{
    const MemoryPlan plan = divide_memory({512 * mebibyte, "memory.high"}, {});
    CHECK(plan.problem.empty());
    CHECK(plan.slow_peers > 210 * mebibyte);
    CHECK(plan.connections + plan.savestates + plan.packets + plan.slow_peers == 512 * mebibyte);
}

TEST_CASE("those who do not read get no more than all of them can take")
{
    const MemoryPlan plan = divide_memory({4096 * mebibyte, "machine"}, policy_of(100, 16));
    CHECK(plan.slow_peers < 64 * mebibyte);
    CHECK(plan.slow_peers > 60 * mebibyte);
}

TEST_CASE("a relay without parties keeps nothing for them")
{
    lobby::Policy policy = policy_of(64, 128);
    policy.parties.parties = 0;
    CHECK(divide_memory({512 * mebibyte, "memory.max"}, policy).packets == 0);
}

TEST_CASE("limits that do not fit are told, with the keys that can be lowered")
{
    const MemoryPlan plan = divide_memory({128 * mebibyte, "memory.max"}, policy_of(64, 128));
    CHECK(plan.slow_peers == 16 * mebibyte);
    CHECK(
        plan.problem ==
        "16 MiB for connections (limits.connections) and 192 MiB for savestates (1.5 times "
        "rooms.savestate_bytes_in_all) and 1 MiB for packets (parties.kept_mebibytes_in_all) leave "
        "0 MiB of 128 MiB (memory.max) for slow players, who need 16 MiB");
}

} // namespace netplay_relay::daemon
