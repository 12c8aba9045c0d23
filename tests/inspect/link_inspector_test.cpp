#include "inspect/link_inspector.hpp"

#include "../wire/netplay_examples.hpp"
#include "record/archive.hpp"
#include "talk.hpp"

namespace netplay_relay::inspect {

namespace {

constexpr std::array<std::uint32_t, 3> analog{0x200, 1, 2};

// What each side can always say, to show that it was still understood where commands begin.
Talk& say_frames(Talk& talk, std::uint32_t protocol, wire::Frame guest, wire::Frame host)
{
    talk.guest(wire::Input{guest, 1, false, wire::InputWords(analog)});
    talk.host(wire::Input{host, 0, true, wire::InputWords(analog)});
    talk.host(wire::Input{host - 7, protocol == 4 ? 1U : 2U, false, wire::InputWords(analog)});
    return talk;
}

void check_frames(const GameFacts& facts, wire::Frame guest, wire::Frame host)
{
    CHECK((facts.guest.frame == std::optional(guest)));
    CHECK((facts.host.frame == std::optional(host)));
}

bool holds(const LinkInspector& inspector, const std::string& text)
{
    record::Writer writer; // all that it consists of
    writer(inspector);
    const std::string all(writer.bytes().begin(), writer.bytes().end());
    return all.find(text) != std::string::npos;
}

} // namespace

TEST_CASE("an inspector is small") { CHECK(sizeof(LinkInspector) <= 640); }

TEST_CASE("at first nothing is known")
{
    CHECK(to_line(Talk().facts()) ==
          "header 0 0 / 0 [ 0 -] [ 0 -] crcs 0 0 0 states 0 resets 0 pauses 0 chats 0");
}

TEST_CASE("a handshake and a game, in every protocol and any pieces")
{
    for (const std::uint32_t protocol : {4U, 5U, 6U, 7U}) {
        INFO("protocol " << protocol);
        const bool has_numbers = protocol > 4;
        Talk talk(protocol);
        talk.handshake().guest(wire::Play{}).host(mode_for(protocol, true, true, 1, "bob (2)"));
        say_frames(talk, protocol, 300, 302);
        CHECK(to_line(talk.facts()) ==
              "game " + std::to_string(protocol) +
                  " 0 TestCore/v1 0 [bob (2) b12a9944 300] [alice b12a9944 302] 0=" +
                  (has_numbers ? "alice" : "") +
                  " 1=bob (2) INPUT of host crcs 0 0 0 states 0 resets 0 pauses 0 chats 0");
    }
}

TEST_CASE("every example of a command is passed over exactly")
{
    for (const wire::Example& example : wire::examples()) {
        for (const wire::Dialect& dialect : wire::dialects_of(example)) {
            // That example cannot be true: there is no client of that number.
            if (example.name.find("mode of a slave") == 0) continue;
            INFO(example.name << " in protocol " << dialect.protocol);
            Talk talk(dialect.protocol, example.info);
            talk.headers().guest(wire::Nick{"bob"});
            talk.bytes(dialect.sender == Side::client ? End::guest : End::host, example.bytes);
            say_frames(talk, dialect.protocol, 1000, 2000);
            check_frames(talk.facts(), 1000, 2000);
        }
    }
}

TEST_CASE("a command of the wrong side ends it")
{
    for (const wire::Example& example : wire::examples()) {
        if (example.name.find("chat") != std::string::npos) continue; // each side has its own form
        for (const wire::Dialect& dialect : wire::dialects_of(example, true)) {
            INFO(example.name << " in protocol " << dialect.protocol);
            Talk talk(dialect.protocol, example.info);
            talk.headers();
            talk.bytes(dialect.sender == Side::client ? End::guest : End::host, example.bytes);
            CHECK(talk.is_given_up());
        }
    }
}

TEST_CASE("both layouts of INFO, told by the guest's version")
{
    const std::uint32_t old_build = wire::implementation_magic("1.8.8", 5);
    Talk old_one(5, wire::InfoLayout::name_first);
    old_one.headers(0, old_build).host(wire::Info{7, "Old Core", "1.0"});
    CHECK(old_one.facts().core_name == "Old Core");
    CHECK(old_one.facts().core_version == "1.0");
    CHECK(old_one.facts().host.content_crc == 7);
    Talk new_one(5);
    new_one.headers(0, wire::implementation_magic("1.9.1", 5)).guest(wire::Info{8, "Core", "2"});
    CHECK(new_one.facts().core_name == "Core");
    CHECK(new_one.facts().guest.content_crc == 8);
    CHECK(new_one.facts().host.content_crc == 0);
}

TEST_CASE("a host without a core lets the guest name it")
{
    Talk talk;
    talk.headers().host(wire::EmptyInfo{});
    CHECK(talk.facts().core_name.empty());
    talk.guest(guest_info);
    CHECK(talk.facts().core_name == "TestCore");
    CHECK_FALSE(talk.facts().content_differs);
    talk.host(wire::Info{5, "TestCore", "v1"});
    CHECK(talk.facts().content_differs);
    CHECK(talk.facts().host.content_crc == 5);
}

TEST_CASE("a password is seen to be asked for, and nothing of it is kept")
{
    const std::string hash(64, 'e');
    for (const std::uint32_t protocol : {4U, 5U, 6U}) {
        Talk talk(protocol);
        talk.headers(0x1234).guest(wire::Nick{"bob"}).host(wire::Nick{"alice"});
        talk.guest(wire::Password{hash}).host(host_info);
        CHECK(talk.facts().password_asked);
        CHECK(talk.facts().core_name == "TestCore");
        CHECK_FALSE(holds(talk.read_whole(), "eeee"));
        CHECK_FALSE(holds(talk.read_in_pieces(1, 1), "eeee"));
        CHECK(holds(talk.read_whole(), "alice"));
    }
}

TEST_CASE("chat is counted, and nothing of it is kept")
{
    Talk talk;
    talk.handshake().guest(wire::Chat{"", "secret"}).host(wire::Chat{"carol", "secret"});
    CHECK(talk.facts().chats == 2);
    for (const LinkInspector& read : {talk.read_whole(), talk.read_in_pieces(1, 1)}) {
        CHECK_FALSE(holds(read, "secret"));
        CHECK_FALSE(holds(read, "carol"));
    }
}

TEST_CASE("a host's refusal is known, and whatever follows is not looked at")
{
    const ByteVector guest = from_hex("52414e50 00040008 00000001 00000006 00000005 00000469");
    const auto refusal = [&](std::string_view host) {
        Talk talk;
        talk.bytes(End::guest, guest).bytes(End::host, from_hex(host));
        talk.bytes(End::guest, ByteVector(500, 0xff));
        return to_text(talk.facts().stage);
    };
    CHECK(refusal("46554c4c 00000000 00000000 00000000 00000006 00000000") == "host_full");
    CHECK(refusal("46554c4c") == "host_full");
    CHECK(refusal("44454e59 00000000 00000000 00000000 00000006 00000000") == "host_denied");
    CHECK(refusal("52414e50 00040008 00000001 00000000 00000000 00000469") == "old_version");
}

TEST_CASE("a guest of protocol 4 that a newer host refuses")
{
    Talk talk;
    talk.bytes(End::guest, from_hex("00000241 00040008 00000001 00000000"));
    talk.bytes(End::host, from_hex("52414e50 00040008 00000001 00000000 00000000 00000469"));
    CHECK((talk.facts().stage == Stage::old_version));
}

TEST_CASE("a guest may go on before the host has said its header, but not for long")
{
    for (const std::uint32_t protocol : {4U, 6U}) {
        Talk model(protocol);
        Talk talk(protocol);
        const ByteVector header(protocol == 4 ? 16 : 24);
        model.headers();
        ByteVector guest = protocol == 4
                               ? from_hex("00000241 00040008 00000001 00000000")
                               : from_hex("52414e50 00040008 00000001 00000006 00000005 00000469");
        const ByteVector host =
            protocol == 4 ? guest
                          : from_hex("52414e50 00040008 00000001 00000000 00000006 00000469");
        const ByteVector nick = encoded(wire::Nick{"bob"}, talk.dialect(End::guest));
        talk.bytes(End::guest, joined(joined(guest, nick), nick)).bytes(End::host, host);
        talk.guest(guest_info);
        CHECK(talk.facts().guest.nick == "bob");
        CHECK(talk.facts().guest.content_crc == 0xb12a9944);
        Talk hasty;
        hasty.bytes(End::guest, joined(joined(joined(guest, nick), nick), {0}));
        CHECK(hasty.is_given_up());
    }
}

TEST_CASE("a packet is four bytes longer than it says")
{
    const ByteVector data(1000, 0xff);
    Talk talk;
    talk.handshake();
    talk.guest(wire::NetPacket{false, 0xffff, data}).host(wire::NetPacket{false, 1, {}});
    talk.guest(wire::NetPacket{true, 3, data}).host(wire::NetPacket{false, 1, data});
    say_frames(talk, 6, 500, 600);
    check_frames(talk.facts(), 500, 600);
}

TEST_CASE("savestates and SRAM are skipped by their size")
{
    const ByteVector state(300'000, 0xff);
    Talk talk;
    talk.headers().host(sync_for(6, "bob", state)).host(wire::LoadSavestate{263, 77, state});
    say_frames(talk, 6, 500, 600);
    check_frames(talk.facts(), 500, 600);
    const GameFacts facts = talk.facts();
    CHECK(facts.savestates == 1);
    REQUIRE(facts.last_savestate.has_value());
    CHECK(facts.last_savestate->frame == 263);
    CHECK(facts.last_savestate->size == 77);
    CHECK((facts.last_savestate->from == End::host));
}

} // namespace netplay_relay::inspect
