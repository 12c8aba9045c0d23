#include "daemon/advertisements.hpp"

#include "net/house.hpp"

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

Session open_session(House& house)
{
    Session session{house.arrive(), {}};
    write_all(session.control, "RATS" + std::string(12, '\0'));
    session.id = house.hear(session.control, 16).substr(4);
    return session;
}

} // namespace

TEST_CASE("the game of a session that has ended is not that of the one that is open")
{
    lobby::Policy policy;
    policy.manual_ip = lobby::ManualIp::tunnel;
    House house(policy);
    house.engine.inspect_new_links(true);
    const Session quiet = open_session(house);
    Session ending = open_session(house);
    const net::UniqueFd guest = house.arrive();
    write_all(guest, "RATS" + ending.id + guest_header + nick("guest"));
    const std::string ticket = house.hear(ending.control, 16).substr(4);
    const net::UniqueFd leg = house.arrive();
    const std::string info =
        "\0\0\0\x22\0\0\0\x44"s + "\x3c\xf5\x19\xe9"s + field("Gambatte", 32) + field("v0.5", 32);
    write_all(leg, "RATL" + ticket + host_header + nick("host") + info);
    house.run_until([&] { return house.engine.lobby().use().links == 1; });
    house.run_until([&] {
        for (const lobby::SessionKey key : house.engine.lobby().session_keys()) {
            const auto session = house.engine.lobby().look_at(key);
            if (session->links.empty()) continue;
            const auto facts = house.engine.facts(session->links.front());
            if (facts && facts->game && facts->game->core_name == "Gambatte") return true;
        }
        return false;
    });
    // Its last link plays on, and it is still the newest of all.
    ending.control = net::UniqueFd();
    house.run_until([&] { return house.engine.lobby().use().sessions == 1; });
    REQUIRE(house.engine.lobby().session_keys().size() == 2);
    const config::Config config;
    const auto all = daemon::advertisements(house.engine, config, 55435);
    REQUIRE(all.size() == 1);
    CHECK(all[0].core_name.empty());
    CHECK(all[0].nick == "netplay-relay");
}
