#include "worker/greeting.hpp"

#include "support/catch.hpp"
#include "wire/encode.hpp"

#include <numeric>

using namespace netplay_relay;

namespace {

using Bytes = std::vector<std::uint8_t>;

worker::Connection nobody() { return {lobby::ConnectionId{5}, -1, {}}; }

Bytes tunnel_message(const char* magic, std::uint8_t first)
{
    Bytes bytes(magic, magic + 4);
    bytes.resize(16);
    std::iota(bytes.begin() + 4, bytes.end(), first);
    return bytes;
}

Bytes operator+(Bytes left, const Bytes& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

const Bytes netplay_header{'R', 'A', 'N', 'P', 0, 4, 0, 8, 0, 0, 0, 1,
                           0,   0,   0,   6,   0, 0, 0, 5, 0, 0, 4, 0x69};

} // namespace

TEST_CASE("a greeting may come in any pieces")
{
    const Bytes whole = tunnel_message("RATS", 1) + netplay_header;
    for (std::size_t piece = 1; piece <= whole.size(); ++piece) {
        worker::Connection guest = nobody();
        std::optional<lobby::Event> event;
        std::size_t at = 0;
        while (!event) {
            const std::size_t size = std::min(piece, whole.size() - at);
            REQUIRE(size > 0);
            event = worker::read_greeting(guest, std::span(whole).subspan(at, size));
            at += size;
        }
        const auto& greeted = std::get<lobby::Greeted>(*event);
        CHECK(greeted.connection == lobby::ConnectionId{5});
        const auto& join = std::get<wire::JoinSession>(greeted.greeting);
        CHECK(join.session.bytes[0] == 1);
        CHECK(join.session.bytes[11] == 12);
        CHECK(greeted.more == (at > 16));
        CHECK(guest.first->early ==
              Bytes(whole.begin() + 16, whole.begin() + static_cast<long>(at)));
    }
}

TEST_CASE("a greeting that is none is refused with its reason")
{
    const Bytes http{'P', 'O', 'S', 'T', ' '};
    worker::Connection stranger = nobody();
    const auto event = worker::read_greeting(stranger, http);
    REQUIRE(event);
    CHECK(std::get<lobby::Refused>(*event).refusal == wire::Refusal::http_greeting);
}

TEST_CASE("the request of a WebSocket is for whoever answers it, whole")
{
    const Bytes request{'G', 'E', 'T', ' ', '/', ' ', 'H'};
    worker::Connection stranger = nobody();
    const auto event = worker::read_greeting(stranger, request);
    REQUIRE(event);
    CHECK(std::holds_alternative<wire::WebRequest>(std::get<lobby::Greeted>(*event).greeting));
    CHECK(stranger.first->early == request);
}

TEST_CASE("control messages may come several at once and cut anywhere")
{
    const Bytes whole =
        tunnel_message("RATA", 1) + Bytes{'R', 'A', 'T', 'P'} + tunnel_message("RATA", 30);
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        worker::Connection host = nobody();
        std::vector<lobby::Event> events;
        worker::read_control(host, std::span(whole).first(cut), events);
        worker::read_control(host, std::span(whole).subspan(cut), events);
        REQUIRE(events.size() == 3);
        const auto& first = std::get<lobby::Said>(events[0]);
        CHECK(std::get<wire::AddressQuery>(first.message).ticket.bytes[0] == 1);
        CHECK(std::holds_alternative<wire::Pong>(std::get<lobby::Said>(events[1]).message));
        const auto& last = std::get<lobby::Said>(events[2]);
        CHECK(std::get<wire::AddressQuery>(last.message).ticket.bytes[11] == 41);
    }
}

TEST_CASE("a netplay header on a control connection is the mark of a lost guest")
{
    for (std::size_t cut = 0; cut <= netplay_header.size(); ++cut) {
        worker::Connection guest = nobody();
        std::vector<lobby::Event> events;
        worker::read_control(guest, std::span(netplay_header).first(cut), events);
        if (events.empty())
            worker::read_control(guest, std::span(netplay_header).subspan(cut), events);
        REQUIRE(events.size() == 1);
        CHECK(std::holds_alternative<lobby::SpokeLikeGuest>(events[0]));
    }
}

TEST_CASE("a host that has spoken like one is not taken for a lost guest later")
{
    const Bytes whole = Bytes{'R', 'A', 'T', 'P'} + netplay_header;
    worker::Connection host = nobody();
    std::vector<lobby::Event> events;
    worker::read_control(host, std::span(whole).first(4), events);
    worker::read_control(host, std::span(whole).subspan(4), events);
    REQUIRE(events.size() == 2);
    CHECK(std::get<lobby::Refused>(events[1]).refusal == wire::Refusal::unknown_message);
}
