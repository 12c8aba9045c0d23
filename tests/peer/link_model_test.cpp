#include "peer/link_model.hpp"

#include "support/catch.hpp"

using namespace netplay_relay;
using namespace netplay_relay::peer;
using namespace std::chrono_literals;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes taken(LinkModel& link, Instant now)
{
    Bytes out;
    link.take_due(now, out);
    return out;
}

LinkModelSettings parsed(std::string_view text)
{
    return std::get<LinkModelSettings>(parse_link_model(text));
}

std::string fault(std::string_view text) { return std::get<std::string>(parse_link_model(text)); }

} // namespace

TEST_CASE("a link without settings is none")
{
    LinkModel link({});
    CHECK_FALSE(link.next_due());
    link.push(Bytes{1, 2, 3}, 5ms);
    CHECK(link.next_due() == 5ms);
    CHECK(link.pending() == 3);
    CHECK(taken(link, 5ms) == Bytes{1, 2, 3});
    CHECK(link.pending() == 0);
    CHECK_FALSE(link.next_due());
}

TEST_CASE("bytes come after the latency, not before")
{
    LinkModel link({.latency = 100ms});
    link.push(Bytes{1}, 0ms);
    link.push(Bytes{2}, 10ms);
    CHECK(taken(link, 99ms).empty());
    CHECK(taken(link, 100ms) == Bytes{1});
    CHECK(link.next_due() == 110ms);
    CHECK(taken(link, 500ms) == Bytes{2});
}

TEST_CASE("bandwidth lets big things trickle")
{
    LinkModel link({.bandwidth = 1000});
    link.push(Bytes(4380, 7), 0ms);
    CHECK(taken(link, 1459ms).empty());
    CHECK(taken(link, 1460ms).size() == 1460);
    CHECK(taken(link, 4380ms).size() == 2920);
    link.push(Bytes(10), 10s);
    CHECK(link.next_due() == 10010ms);
}

TEST_CASE("whatever the link does, nothing is lost, overtaken or early")
{
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        LinkModel link({50ms, 80ms, 400ms, 200ms, seed % 2 == 0 ? 0U : 20000U, seed});
        Bytes heard;
        std::size_t said = 0;
        bool stalled = false;
        bool jittered = false;
        Instant last{0};
        for (Instant now = 0ms; now < 10s; now += 5ms) {
            const std::size_t before = heard.size();
            link.take_due(now, heard);
            if (heard.size() > before) {
                stalled |= now - last > 120ms;
                jittered |= now - last > 5ms;
                last = now;
            }
            if (now < 8s) {
                const Bytes more(20, static_cast<std::uint8_t>(said++ % 251));
                link.push(more, now);
            }
            CHECK(heard.size() + link.pending() == said * 20);
            if (now < 50ms) CHECK(heard.empty());
        }
        CHECK(stalled);
        CHECK(jittered);
        CHECK(link.pending() == 0);
        for (std::size_t i = 0; i < heard.size(); ++i)
            REQUIRE(heard[i] == i / 20 % 251);
    }
}

TEST_CASE("the same seed is the same link")
{
    const LinkModelSettings settings{10ms, 50ms, 300ms, 100ms, 0, 9};
    LinkModelSettings other = settings;
    other.seed = 10;
    LinkModel one(settings);
    LinkModel same(settings);
    LinkModel another(other);
    bool differs = false;
    for (Instant now = 0ms; now < 3s; now += 10ms) {
        for (LinkModel* link : {&one, &same, &another})
            link->push(Bytes{1}, now);
        CHECK(one.next_due() == same.next_due());
        differs |= one.next_due() != another.next_due();
        CHECK(taken(one, now) == taken(same, now));
        (void)taken(another, now);
    }
    CHECK(differs);
}

TEST_CASE("link options are read")
{
    CHECK(parsed("") == LinkModelSettings{});
    CHECK(parsed("latency=150,jitter=40,stall=5000/300,bandwidth=100000,seed=7") ==
          LinkModelSettings{150ms, 40ms, 5s, 300ms, 100000, 7});
    CHECK(parsed("jitter=5").jitter == 5ms);
}

TEST_CASE("wrong link options are told of in a sentence")
{
    CHECK(fault("loss=3") == "a link has no option \"loss\": there are latency, jitter, stall, "
                             "bandwidth and seed");
    CHECK(fault("latency=1,latency=2") == "the option \"latency\" is given twice");
    for (const char* text : {"latency", "latency=", "latency=-1", "latency=1ms", "latency=600001",
                             "stall=5", "stall=0/5", "stall=5/", "bandwidth=x", "seed="}) {
        INFO(text);
        CHECK(fault(text).find("is not understood") != std::string::npos);
    }
}
