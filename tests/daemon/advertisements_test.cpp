#include "daemon/advertisements.hpp"

#include "net/crowd.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;

namespace {

using namespace std::string_literals;

const std::string guest_header = "RANP\0\4\0\x08\0\0\0\1\0\0\0\6\0\0\0\5\0\0\4\x69"s;
const std::string host_header = "RANP\0\4\0\x08\0\0\0\1\0\0\0\0\0\0\0\6\0\0\4\x69"s;

std::string field(const std::string& text, std::size_t size)
{
    return text + std::string(size - text.size(), '\0');
}

std::string nick(const std::string& name) { return "\0\0\0\x20\0\0\0\x20"s + field(name, 32); }

// A host's control connection, and the id of its session.
struct Session
{
    net::UniqueFd control;
    std::string id;
};

Session open_session(Crowd& relay)
{
    Session session{relay.arrive(0), {}};
    write_all(session.control, "RATS" + std::string(12, '\0'));
    session.id = relay.hear(session.control, 16).substr(4);
    return session;
}

} // namespace

TEST_CASE("the game of a session that has ended is not that of the one that is open")
{
    lobby::Policy policy;
    policy.manual_ip = lobby::ManualIp::tunnel;
    Crowd relay(GENERATE(std::uint16_t{1}, std::uint16_t{2}), policy);
    relay.workers.inspect_new_links(true);
    const Session quiet = open_session(relay);
    Session ending = open_session(relay);
    const net::UniqueFd guest = relay.arrive(0);
    write_all(guest, "RATS" + ending.id + guest_header + nick("guest"));
    const std::string ticket = relay.hear(ending.control, 16).substr(4);
    const net::UniqueFd host_side = relay.arrive(0);
    const std::string info =
        "\0\0\0\x22\0\0\0\x44"s + "\x3c\xf5\x19\xe9"s + field("Gambatte", 32) + field("v0.5", 32);
    write_all(host_side, "RATL" + ticket + host_header + nick("host") + info);
    relay.run_until([&] { return relay.use().links == 1; });
    relay.run_until([&] {
        const auto engine = relay.workers.hold(0);
        for (const lobby::SessionKey key : engine->lobby().session_keys()) {
            const auto session = engine->lobby().look_at(key);
            if (session->links.empty()) continue;
            const auto facts = engine->facts(session->links.front());
            if (facts && facts->game && facts->game->core_name == "Gambatte") return true;
        }
        return false;
    });
    // Its last link plays on, and it is still the newest of all.
    ending.control = net::UniqueFd();
    relay.run_until([&] { return relay.use().sessions == 1; });
    REQUIRE(relay.workers.hold(0)->lobby().session_keys().size() == 2);
    const config::Config config;
    const auto all = daemon::advertisements(relay.workers, config, 55435);
    REQUIRE(all.size() == 1);
    CHECK(all[0].core_name.empty());
    CHECK(all[0].nick == "netplay-relay");
}
