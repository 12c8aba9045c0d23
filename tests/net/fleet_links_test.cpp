// Links between nodes that are cut and laid anew.
#include "fleet_fixture.hpp"

using namespace netplay_relay;
using namespace netplay_relay::tests;
using namespace std::chrono_literals;

TEST_CASE("links that a node cuts are laid anew, again and again, and no byte is lost or doubled")
{
    const std::size_t cuts = GENERATE(0U, 1U);
    Nodes nodes(2);
    nodes.meet();
    const net::UniqueFd control = nodes.arrive(1);
    write_all(control, "RATS" + std::string(12, '\0'));
    const std::string id = nodes.hear(control, 16).substr(4);
    const net::UniqueFd guest = nodes.arrive(0);
    write_all(guest, "RATS" + id + "hello");
    const std::string ticket = nodes.hear(control, 16).substr(4);
    const net::UniqueFd host = nodes.arrive(0);
    write_all(host, "RATL" + ticket);
    CHECK(nodes.hear(host, 5) == "hello");
    REQUIRE(nodes[0].engine.hops() == 2);

    std::string sent;
    std::string heard;
    std::string answered;
    std::string back;
    int laid = 0;
    bool is_cut = false;
    std::size_t turns = 0;
    nodes.run_until([&] {
        if (laid < 20) {
            // A link that is full when it is cut comes to no rest.
            const std::string some(1000, static_cast<char>('A' + turns % 26));
            if (sent.size() < heard.size() + 50000) {
                write_all(guest, some);
                sent += some;
            }
            const std::array mark{static_cast<std::uint8_t>('a' + turns % 26)};
            if (answered.size() < back.size() + 100 &&
                net::write_now(host.value(), mark).bytes == 1)
                answered += static_cast<char>(mark[0]);
        }
        heard += read_all(host);
        back += read_all(guest);
        if (is_cut && nodes[cuts].engine.unquiet_links() == 0) {
            nodes[cuts].engine.lay_links_again();
            ++laid;
            is_cut = false;
        } else if (!is_cut && laid < 20 && ++turns % 7 == 0) {
            nodes[cuts].engine.pause_links();
            is_cut = true;
        }
        return laid == 20 && heard.size() >= sent.size() && back.size() >= answered.size();
    });
    CHECK(heard == sent);
    CHECK(back == answered);
    CHECK(nodes[0].engine.hops() == 2);
    CHECK(nodes[1].engine.lobby().use().links == 1);
}

TEST_CASE("a link that is not laid again ends for both")
{
    Nodes nodes(2);
    nodes.meet();
    const net::UniqueFd control = nodes.arrive(1);
    write_all(control, "RATS" + std::string(12, '\0'));
    const std::string id = nodes.hear(control, 16).substr(4);
    const net::UniqueFd guest = nodes.arrive(0);
    write_all(guest, "RATS" + id + "hello");
    (void)nodes.hear(control, 16);
    nodes[0].engine.pause_links(); // and it forgets to go on
    nodes.run_until([&] { return nodes[1].engine.lobby().use().waiting_joins == 0; });
    nodes[0].engine.lay_links_again();
    nodes.run_until([&] { return nodes[0].engine.hops() == 0; });
    CHECK(nodes[1].engine.lobby().use().sessions == 1);
}
