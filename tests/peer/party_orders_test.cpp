#include "peer/party_lines.hpp"
#include "peer/party_orders.hpp"
#include "peer/party_probe.hpp"

#include "support/catch.hpp"

namespace netplay_relay::inspector {

using namespace std::chrono_literals;

namespace {

template <class Wanted, class Parsed>
Wanted order_in(const Parsed& parsed)
{
    REQUIRE(std::holds_alternative<Wanted>(parsed));
    return std::get<Wanted>(parsed);
}

Instant after(Duration time) { return Instant(1h) + time; }

// Sent at that time, and taken so much later.
void note(ProbeMeter& meter, std::uint32_t number, Duration sent, Duration later, bool echo = false,
          Mode mode = Mode::reliable)
{
    const auto stamp = after(sent).time_since_epoch().count();
    meter.note(7, mode, {echo, 0, number, 0, stamp}, after(sent + later));
}

} // namespace

TEST_CASE("party orders: what is sent, and to whom")
{
    const auto all = order_in<SendOrder>(parse_send("0:reliable:3:a:b", ':'));
    CHECK((all.to.target == 0 && all.to.list.empty()));
    CHECK((all.mode == Mode::reliable && all.channel == 3 && all.text == "a:b"));
    CHECK(order_in<SendOrder>(parse_send("-5:ordered:0:", ':')).to.target == -5);
    const auto listed = order_in<SendOrder>(parse_send("2,3:unreliable:255:x", ':'));
    CHECK(listed.to.list == std::vector{2, 3});
    CHECK(listed.channel == 255);
    CHECK(order_in<SendOrder>(parse_send("2,:unreliable:0:x", ':')).to.list == std::vector{2});
    for (const char* wrong :
         {"", "x:reliable:0:a", "0:often:0:a", "0:reliable:256:a", "0:reliable:-1:a", "0:reliable",
          "2,x:reliable:0:a", "2147483648:reliable:0:a", "-2147483648:reliable:0:a"})
        CHECK(std::holds_alternative<std::string>(parse_send(wrong, ':')));
}

TEST_CASE("party orders: lines of standard input")
{
    const auto sent = order_in<PartyOrder>(parse_order("send 0 reliable 0 hello you"));
    CHECK(order_in<SendOrder>(sent).text == "hello you");
    const auto kick = order_in<KickOrder>(order_in<PartyOrder>(parse_order("kick 5 a text")));
    CHECK((kick.id == 5 && kick.text == "a text"));
    CHECK(order_in<RefuseOrder>(order_in<PartyOrder>(parse_order("refuse on"))).refuse);
    CHECK_FALSE(order_in<RefuseOrder>(order_in<PartyOrder>(parse_order("refuse off"))).refuse);
    (void)order_in<QuitOrder>(order_in<PartyOrder>(parse_order("quit")));
    (void)order_in<CutOrder>(order_in<PartyOrder>(parse_order("cut")));
    for (const char* wrong : {"", "kick", "kick 1 host", "refuse", "refuse 1", "say x", "send 0"})
        CHECK(std::holds_alternative<std::string>(parse_order(wrong)));
}

TEST_CASE("party probe: it comes back as it was, and is known to")
{
    const auto payload = write_probe({false, 2, 77, 100, -5}, 1000);
    REQUIRE(payload.size() == 1000);
    const auto probe = read_probe(payload);
    REQUIRE(probe);
    CHECK_FALSE(probe->echo);
    CHECK((probe->stream == 2 && probe->number == 77 && probe->count == 100));
    CHECK(probe->stamp == -5);
    CHECK(read_probe(echo_of(payload))->echo);
    CHECK_FALSE(read_probe(std::span(payload).first(probe_size - 1)));
    CHECK_FALSE(read_probe(std::vector<std::uint8_t>(probe_size, 'x')));
    CHECK(write_probe({}, 0).size() == probe_size);
}

TEST_CASE("party probe: lost, doubled and out of order")
{
    ProbeMeter meter;
    for (const std::uint32_t number : {0U, 1U, 4U, 3U, 4U, 6U})
        note(meter, number, 1ms * number, 5ms);
    const auto report = meter.report();
    REQUIRE(report.size() == 1);
    CHECK(report[0].source == 7);
    CHECK(report[0].received == 5);
    CHECK(report[0].lost == 2);
    CHECK(report[0].doubled == 1);
    CHECK(report[0].out_of_order == 1);
    CHECK_FALSE(report[0].is_faultless());
}

TEST_CASE("party probe: the last ones are missed if it is known how many there are")
{
    ProbeMeter meter;
    meter.note(7, Mode::reliable, {false, 0, 0, 10, 0}, after(0s));
    CHECK(meter.report()[0].lost == 9);
}

TEST_CASE("party probe: round trips, and one way by difference")
{
    ProbeMeter meter;
    for (std::uint32_t number = 0; number < 100; ++number) {
        note(meter, number, 1ms * number, 3h + 20ms + 1ms * ((number + 50) % 100));
        note(meter, number, 1ms * number, 30ms + 1ms * number, true, Mode::unreliable);
    }
    const auto reports = meter.report();
    REQUIRE(reports.size() == 2);
    CHECK(reports[0].least == Approx(0).margin(0.01));
    CHECK(reports[0].median == Approx(49).margin(0.01));
    CHECK(reports[0].most == Approx(99).margin(0.01));
    CHECK(reports[1].echo);
    CHECK(reports[1].least == Approx(30).margin(0.01));
    CHECK(reports[1].p99 == Approx(128).margin(0.01));
    CHECK(reports[1].most == Approx(129).margin(0.01));
}

TEST_CASE("party lines: what comes from others cannot write to a terminal")
{
    const PartyPacket packet{2, Mode::reliable, 3, {0x1B, '[', 'A', '"'}};
    CHECK(PartyLines(false).event(packet, 1500ms) ==
          "1.500 packet from 2, reliable, channel 3, 4 bytes: 1b5b4122 \"\\x1b[A\\x22\"\n");
    CHECK(PartyLines(true).event(packet, 1500ms) ==
          "{\"event\":\"packet\",\"at\":1.5,\"source\":2,\"mode\":\"reliable\",\"channel\":3,"
          "\"size\":4,\"hex\":\"1b5b4122\",\"text\":\"\\\\x1b[A\\\"\"}\n");
    const PartyEnd end{PartyEndKind::closed, "kicked", "bye \x1b[2J"};
    CHECK(PartyLines(false).event(end, 0s) == "0.000 closed (kicked): bye \\x1b[2J\n");
}

} // namespace netplay_relay::inspector
