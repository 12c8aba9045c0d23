#include "doctor_facts.hpp"
#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::daemon::doctor;

TEST_CASE("open files: enough for limits.connections")
{
    Facts facts = good_facts();
    facts.open_files->allowed = 1024;
    CHECK(found(facts, "open files", "LimitNOFILE=4416") == "warn");
    facts.open_files->allowed = 100;
    CHECK(found(facts, "open files", "this process may open 100") == "FAIL");
    facts = good_facts();
    facts.open_files->of_system = 5000;
    facts.open_files->used_of_system = 1000;
    CHECK(found(facts, "open files", "fs.file-max=10832") == "warn");
}

TEST_CASE("memory: what the relay counts on, and what there is")
{
    Facts facts = good_facts();
    CHECK(found(facts, "memory", "512 MiB (memory.high)") == "ok");
    facts.memory->plan.problem = "too little is left";
    CHECK(found(facts, "memory", "too little is left; lower limits.connections") == "warn");
    facts.memory->machine = 256U << 20U;
    CHECK(found(facts, "memory", "more than the machine has, 256 MiB") == "warn");
    facts = good_facts();
    facts.memory->available = 50U << 20U;
    CHECK(found(facts, "memory", "50 MiB are available") == "warn");
    facts.memory->relay_resident = 200U << 20U; // it has it already
    CHECK(found(facts, "memory", "are available").empty());
    facts.memory->relay_swapped = 3U << 20U;
    CHECK(found(facts, "memory", "3 MiB of the relay are swapped out") == "warn");
    facts.kernel.never_overcommits = true;
    facts.memory->plan.connections = 40U << 20U;
    CHECK(found(facts, "memory", "vm.overcommit_memory is 2") == "warn");
    facts.kernel.commit_left = 41U << 20U;
    CHECK(found(facts, "memory", "vm.overcommit_memory").empty());
}

TEST_CASE("the kernel's settings that have an effect")
{
    Facts facts = good_facts();
    facts.kernel.somaxconn = 128;
    CHECK(found(facts, "kernel", "net.core.somaxconn=4096") == "warn");
    facts = good_facts();
    facts.kernel.syn_backlog = 256; // cookies make up for it
    CHECK(found(facts, "kernel", "no setting is in the way") == "ok");
    facts.kernel.syncookies = false;
    CHECK(found(facts, "kernel", "tcp_syncookies=1") == "warn");
    facts = good_facts();
    facts.kernel.epoll_watches = 5000;
    CHECK(found(facts, "kernel", "max_user_watches=10240") == "warn");
    facts.kernel = KernelFacts{}; // nothing could be read
    CHECK(found(facts, "kernel", "no setting is in the way") == "ok");
}

TEST_CASE("the clock")
{
    Facts facts = good_facts();
    facts.clock.synchronised = false;
    CHECK(found(facts, "clock", "not synchronised") == "warn");
    facts.clock.synchronised = std::nullopt;
    CHECK(found(facts, "clock", "cannot be told") == "ok");
    facts.clock.year = 1970;
    CHECK(found(facts, "clock", "it is set to 1970") == "FAIL");
}
