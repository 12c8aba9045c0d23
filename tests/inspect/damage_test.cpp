// Streams that are not what they seem: the inspector gives up, and nothing else happens.
#include "talk.hpp"

#include <random>

namespace netplay_relay::inspect {

namespace {

ByteVector head(std::uint32_t id, std::uint32_t size)
{
    ByteVector bytes;
    for (const std::uint32_t word : {id, size})
        for (const int shift : {24, 16, 8, 0})
            bytes.push_back(static_cast<std::uint8_t>(word >> shift));
    return bytes;
}

const ByteVector guest_header = from_hex("52414e50 00040008 00000001 00000006 00000005 00000469");

} // namespace

TEST_CASE("first words that are none")
{
    for (const char* said : {"GET / HTTP/1.1\r\n", "POKE", "FULL", "DENY", "RATS00000000000000"}) {
        INFO(said);
        Talk talk;
        CHECK(talk.bytes(End::guest, wire::from_text(said)).is_given_up());
    }
    for (const char* said : {"POKE", "SSH-2.0-x\r\n", "RATP"}) {
        INFO(said);
        Talk talk;
        talk.bytes(End::guest, guest_header).bytes(End::host, wire::from_text(said));
        CHECK(talk.is_given_up());
    }
    Talk early;
    CHECK(early.bytes(End::host, guest_header).is_given_up()); // before the guest
}

TEST_CASE("headers that do not fit together")
{
    const ByteVector header_4 = from_hex("00000241 00040008 00000001 00000000");
    Talk host_4;
    CHECK(host_4.bytes(End::guest, guest_header).bytes(End::host, header_4).is_given_up());
    Talk guest_4;
    CHECK(guest_4.bytes(End::guest, header_4).bytes(End::host, guest_header).is_given_up());
    for (const char* protocol : {"00000001", "00000004", "00000008", "ffffffff"}) {
        Talk talk;
        talk.bytes(End::guest, guest_header)
            .bytes(End::host, from_hex("52414e50 00040008 00000001 00000000 " +
                                       std::string(protocol) + " 00000469"));
        CHECK(talk.is_given_up());
    }
}

TEST_CASE("sizes that are not true")
{
    struct Case
    {
        std::uint32_t id;
        std::uint32_t size;
        bool given_up;
    };
    for (const Case& each : std::initializer_list<Case>{
             {0x03, 0, true},
             {0x03, 7, true},
             {0x03, 0xffffffff, true},
             {0x04, 8, true},
             {0x20, 31, true},
             {0x20, 0xffffffff, true},
             {0x22, 67, true},
             {0x23, 183, true},
             {0x23, 0xffffffff, true},
             {0x26, 61, true},
             {0x40, 4, true},
             {0x41, 1, true},
             {0x42, 7, true},
             {0x42, 8 + (256U << 20U), false}, // may still come
             {0x42, 9 + (256U << 20U), true},
             {0x42, 0xffffffff, true},
             {0x48, 64U << 10U, false},
             {0x48, (64U << 10U) + 1, true},
             {0x48, 0xffffffff, true},
             {0x1000, 0, true},
             {0x7777, 1U << 20U, false},
             {0x7777, (1U << 20U) + 1, true},
             {0x7777, 0xffffffff, true},
         }) {
        INFO("command " << each.id << ", size " << each.size);
        Talk talk;
        talk.headers().bytes(End::host, joined(head(each.id, each.size), ByteVector(100, 0)));
        CHECK(talk.is_given_up() == each.given_up);
    }
}

TEST_CASE("numbers of nobody")
{
    Talk mode;
    CHECK(mode.handshake().host(mode_for(6, false, true, 32, "x")).is_given_up());
    Talk mode_4(4);
    CHECK(mode_4.handshake().host(mode_for(4, false, true, 0xffff, "x")).is_given_up());
    wire::Sync sync;
    for (const std::uint32_t number : {0U, 32U, 0x7fffffffU}) {
        sync.client = number;
        Talk talk;
        CHECK(talk.headers().host(sync).is_given_up());
    }
}

TEST_CASE("commands that are not known are passed over since protocol 6")
{
    for (const std::uint32_t protocol : {4U, 5U, 6U, 7U}) {
        Talk talk(protocol);
        talk.handshake().bytes(End::guest, joined(head(0x7777, 3), {1, 2, 3}));
        CHECK(talk.is_given_up() == (protocol < 6));
        if (protocol < 6) continue;
        CHECK(talk.facts().last_command->name == "unknown");
        talk.guest(wire::PingRequest{});
        CHECK(talk.facts().last_command->name == "PING_REQUEST");
    }
    Talk chat(5); // which has none
    CHECK(chat.handshake().bytes(End::guest, joined(head(0x1000, 1), {'x'})).is_given_up());
}

TEST_CASE("once it has given up, nothing changes any more")
{
    LinkInspector inspector = Talk().handshake().bytes(End::guest, head(0x20, 5)).read_whole();
    REQUIRE(inspector.gave_up());
    const std::string before = to_line(inspector.facts());
    inspector.take(End::host, encoded(wire::Crc{1, 2}, Talk().dialect(End::host)));
    inspector.take(End::guest, {});
    CHECK(to_line(inspector.facts()) == before);
}

// Where a stream is damaged it is either still understood or given up, but read to its end in any
// pieces alike, and nothing it says breaks the one who shows it.
TEST_CASE("damaged streams are read alike in any pieces")
{
    std::mt19937 random(1);
    const auto below = [&](std::size_t count) { return random() % count; };
    for (int round = 0; round < 3000; ++round) {
        Talk model;
        model.headers();
        ByteVector guest;
        ByteVector host;
        for (const wire::Command& command :
             {wire::Command(wire::Nick{"bob"}), wire::Command(guest_info)})
            guest = joined(guest, encoded(command, model.dialect(End::guest)));
        for (const wire::Command& command :
             {wire::Command(wire::Nick{"alice"}), wire::Command(host_info), sync_for(6, "bob"),
              mode_for(6, true, true, 1, "bob"), wire::Command(wire::Crc{600, 1})})
            host = joined(host, encoded(command, model.dialect(End::host)));
        for (ByteVector* bytes : {&guest, &host})
            for (std::size_t changes = below(4); changes > 0; --changes)
                (*bytes)[below(bytes->size())] = static_cast<std::uint8_t>(random());
        model.bytes(End::guest, guest).bytes(End::host, host);
        if (!model.is_given_up()) (void)model.facts();
    }
}

} // namespace netplay_relay::inspect
