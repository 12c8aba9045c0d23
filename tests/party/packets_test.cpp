// Packets from peer to peer.
#include "script.hpp"

#include "packet.hpp"

namespace netplay_relay::party {

namespace {

const std::array<std::string, 4> names{"ann", "bob", "carl", "dan"};

// Who was told just this.
std::string who_was_told(Script& script, const std::string& words)
{
    std::string who;
    for (const std::string& name : names) {
        const Words told = script.told(name);
        if (told.empty()) continue;
        CHECK(told == Words{words});
        who += name.front();
    }
    return who;
}

Bytes one_packet(std::int32_t target, std::uint8_t mode, const std::string& payload)
{
    Bytes bytes = packets_of({{target, 'u', payload}});
    bytes[4] = mode;
    return bytes;
}

} // namespace

TEST_CASE("whom a packet is for, in a star as in a mesh")
{
    const bool mesh = GENERATE(false, true);
    const char mode = GENERATE('u', 'o', 'r');
    Script script;
    four_play(script, mesh);
    const std::string words = std::string("2 ") + mode + "0 hello";
    const auto heard = [&](std::int32_t target) {
        script.sends("bob", target, mode, "hello");
        return who_was_told(script, words);
    };
    CHECK(heard(0) == "acd");
    CHECK(heard(1) == "a");
    CHECK(heard(4) == "d");
    CHECK(heard(-1) == "cd");
    CHECK(heard(-4) == "ac");
    CHECK(heard(-2) == "acd");
    CHECK(heard(-77) == "acd");
    CHECK(heard(std::numeric_limits<std::int32_t>::min()) == "acd");
    CHECK(script.manager.counts().packets_to_nobody == 0);
    CHECK(heard(2).empty());
    CHECK(heard(77).empty());
    CHECK(script.manager.counts().packets_to_nobody == 2);
    CHECK(script.look(2).packets_in == 10);
}

TEST_CASE("a list of targets, each of whom gets it once")
{
    const char mode = GENERATE('u', 'r');
    const std::size_t size = GENERATE(5U, 3000U);
    Script script;
    four_play(script, false);
    const std::string payload(size, 'x');
    const std::string words = std::string("1 ") + mode + "9 " + payload;
    const auto heard = [&](const std::vector<std::int32_t>& targets) {
        script.sends("ann", {{0, mode, payload, 9, targets}});
        return who_was_told(script, words);
    };
    CHECK(heard({2, 4}) == "bd");
    CHECK(heard({}).empty());
    CHECK(heard({1}).empty());
    CHECK(heard({3, 3, 3, 2, 3}) == "bc");
    CHECK(heard({0, -2, 77, 4}) == "d");
}

TEST_CASE("several packets of one message arrive in one message, in their order")
{
    const char mode = GENERATE('u', 'r');
    Script script;
    four_play(script, true);
    const std::vector<std::int32_t> list{4, 2};
    script.sends("ann", {{0, mode, "all", 1},
                         {2, mode, "", 2},
                         {-2, mode, "not bob", 255},
                         {7, mode, "nobody"},
                         {0, mode, "list", 0, list}});
    const std::string one = std::string("1 ") + mode;
    CHECK(script.told("bob") == Words{one + "1 all + " + one + "2  + " + one + "0 list"});
    CHECK(script.told("carl") == Words{one + "1 all + " + one + "255 not bob"});
    CHECK(script.told("dan") == Words{one + "1 all + " + one + "255 not bob + " + one + "0 list"});
    CHECK(script.look(2).packets_out == 3);
    CHECK(script.look(1).packets_in == 5);
}

TEST_CASE("unreliable packets of both modes may share a message, reliable ones not with them")
{
    Script script;
    four_play(script, false);
    script.sends("bob", {{1, 'u', "a"}, {1, 'o', "b"}});
    CHECK(script.told("ann") == Words{"2 u0 a + 2 o0 b"});
    script.sends("bob", {{1, 'u', "a"}, {1, 'r', "b"}});
    CHECK(script.told("bob") == Words{close_text(CloseReason::bad_packet)});
    CHECK(script.told("ann") == Words{R"({"left":2,"why":"bad_packet"})"});
}

TEST_CASE("the list of one packet does not stop a packet behind it, nor another message")
{
    Script script;
    four_play(script, false);
    const std::vector<std::int32_t> list{2};
    script.sends("ann", {{0, 'u', "a", 0, list}, {0, 'u', "b", 0, list}, {2, 'u', "c"}});
    CHECK(script.told("bob") == Words{"1 u0 a + 1 u0 b + 1 u0 c"});
    script.sends("ann", {{0, 'u', "d", 0, list}});
    CHECK(script.told("bob") == Words{"1 u0 d"});
}

TEST_CASE("packets of every size, in every mode")
{
    const char mode = GENERATE('u', 'o', 'r');
    Script script;
    script.hosts("ann");
    script.joins("bob", 2);
    script.forget_what_was_told();
    for (const std::size_t size : {0U, 1U, 105U, 115U, 116U, 1013U, 1014U, 1015U, 65525U, 65526U}) {
        script.sends("ann", 2, mode, std::string(size, 's'));
        script.takes("bob");
        CHECK(script.told("bob") ==
              Words{std::string("1 ") + mode + "0 " + std::string(size, 's')});
    }
    CHECK(script.look(2).kept_bytes == 0);
}

TEST_CASE("the largest packet passes, and a larger one is the end of its sender")
{
    PartySettings settings;
    settings.packet_bytes = 300000;
    Script script(settings);
    script.hosts("ann");
    CHECK(script["ann"].welcomed->packet == 300000);
    script.joins("bob", 2);
    script.forget_what_was_told();
    script.sends("ann", 2, 'r', std::string(300000, 'x'));
    CHECK(script.told("bob").size() == 1);
    script.sends("bob", 1, 'r', std::string(300001, 'x'));
    CHECK(script.told("bob") == Words{close_text(CloseReason::packet_too_large)});
    CHECK(script.told("ann") == Words{R"({"left":2,"why":"packet_too_large"})"});
}

TEST_CASE("a party's largest packet stays what its peers were told")
{
    PartySettings settings;
    settings.packet_bytes = 3000;
    Script script(settings);
    script.hosts("ann");
    script.joins("bob", 2);
    settings.packet_bytes = 1000;
    script.adopts(settings);
    script.joins("carl", 3);
    CHECK(script["carl"].welcomed->packet == 3000);
    script.forget_what_was_told();
    script.sends("ann", 2, 'r', std::string(3000, 'x'));
    CHECK(script.told("ann").empty());
    CHECK(script.told("bob").size() == 1);
}

TEST_CASE("what is no packet is the end of its sender")
{
    const Bytes message =
        GENERATE(Bytes{}, Bytes(9), one_packet(2, 3, "x"), one_packet(2, 0x7F, "x"),
                 Bytes{2, 0, 0, 0, 2, 0, 2, 0, 0, 0, 'x'},          // one byte is lacking
                 Bytes{2, 0, 0, 0, 2, 0, 1, 0, 0, 0, 'x', 'y'},     // one too many
                 Bytes{1, 0, 0, 0, 0x82, 0, 0, 0, 0, 0, 2, 0, 0},   // half a target
                 Bytes{255, 255, 255, 255, 0x82, 0, 0, 0, 0, 0, 2}, // many targets
                 one_packet(-1, 0x82, std::string(5000, 'x')));
    Script script;
    four_play(script, false);
    script.says("bob", masked(websocket::Kind::binary, message));
    CHECK(script.told("bob") == Words{close_text(CloseReason::bad_packet)});
    CHECK(script.told("ann") == Words{R"({"left":2,"why":"bad_packet"})"});
    CHECK(script.told("carl").empty());
    script.passes(2s);
    CHECK(script.end_of("bob") == CloseReason::bad_packet);
}

TEST_CASE("more targets than a party has peers are none")
{
    std::vector<std::int32_t> targets(256, 2);
    Bytes all = packets_of({{0, 'u', "x", 0, targets}});
    PacketReader reader(all, 100, 256);
    REQUIRE(reader.next());
    CHECK_FALSE(reader.next());
    CHECK_FALSE(reader.fault());
    targets.push_back(2);
    all = packets_of({{0, 'u', "x", 0, targets}});
    PacketReader other(all, 100, 256);
    CHECK_FALSE(other.next());
    CHECK(other.fault() == PacketFault::malformed);
}

TEST_CASE("a packet in fragments of WebSocket is whole for others")
{
    Script script;
    four_play(script, false);
    Bytes frame = masked(websocket::Kind::binary, packets_of({{1, 'r', "hello"}}));
    const Bytes message = packets_of({{1, 'r', "hello"}});
    Bytes first = masked(websocket::Kind::binary, std::span(message).first(7));
    first[0] = 0x02;
    script.says("bob", first);
    CHECK(script.manager.use().kept_bytes == 7);
    Bytes second = masked(websocket::Kind::binary, std::span(message).subspan(7));
    second[0] = 0x80;
    script.says("bob", std::span(second).first(3));
    script.says("bob", std::span(second).subspan(3));
    CHECK(script.told("ann") == Words{"2 r0 hello"});
}

TEST_CASE("nothing is for who is told to go, and nothing of it is for others")
{
    Script script;
    four_play(script, true);
    script.says("ann", R"({"kick":2})");
    script.forget_what_was_told();
    script.sends("carl", 0, 'r', "hello");
    script.sends("bob", 0, 'r', "I protest");
    script.says("bob", R"({"nonsense":1})");
    CHECK(script.told("ann") == Words{"3 r0 hello"});
    CHECK(script.told("bob").empty());
    CHECK(script.told("dan") == Words{"3 r0 hello"});
}

} // namespace netplay_relay::party
