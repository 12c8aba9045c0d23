#include "wire/decode.hpp"

#include "bytes.hpp"

namespace netplay_relay::wire {

namespace {

const std::string_view example_id = "48e5cea1 32b8b5e6 7346383e";
const std::string_view zero_id = "00000000 00000000 00000000";

ByteVector tagged(std::string_view magic, std::string_view id)
{
    return joined(from_text(magic), from_hex(id));
}

void check_control(const ByteVector& bytes, const ControlMessage& message)
{
    check_example(decode_control, bytes, bytes.size(),
                  Taken<ControlMessage>{message, bytes.size()});
}

} // namespace

TEST_CASE("a host asks for an address")
{
    check_control(tagged("RATA", example_id), AddressQuery{id_from_hex<TicketId>(example_id)});
    check_control(tagged("RATA", zero_id), AddressQuery{});
}

TEST_CASE("a host answers a ping") { check_control(from_text("RATP"), Pong{}); }

TEST_CASE("a control connection says nothing else")
{
    for (const std::string_view magic :
         {"RATS", "RATL", "RANP", "FULL", "DENY", "POKE", "GET ", "SSH-", "ratp", "RATX"}) {
        INFO(magic);
        check_example(decode_control, tagged(magic, example_id), 4, Refusal::unknown_message);
    }
    check_example(decode_control, from_hex("00000000"), 4, Refusal::unknown_message);
    check_example(decode_control, from_hex("50544152"), 4, Refusal::unknown_message);
}

TEST_CASE("control messages are taken one after the other")
{
    const ByteVector bytes = joined(joined(from_text("RATP"), tagged("RATA", example_id)),
                                    joined(from_text("RATP"), from_text("RATA")));
    std::span<const std::uint8_t> rest(bytes);
    const std::vector<ControlMessage> expected{
        Pong{}, AddressQuery{id_from_hex<TicketId>(example_id)}, Pong{}};
    for (const ControlMessage& message : expected) {
        const auto decoded = decode_control(rest);
        const auto* taken = std::get_if<Taken<ControlMessage>>(&decoded);
        REQUIRE(taken != nullptr);
        CHECK((taken->message == message));
        rest = rest.subspan(taken->used);
    }
    CHECK((decode_control(rest) == Decoded<ControlMessage>(NeedMore{})));
    CHECK(rest.size() == 4);
}

TEST_CASE("a decoder decides within the bytes it promises")
{
    for (unsigned first = 0; first < 256; ++first) {
        for (const std::string_view tail : {"ANP", "ATS", "ATL", "ATA", "ATP"}) {
            ByteVector bytes(undecided_size_max, 0);
            bytes[0] = static_cast<std::uint8_t>(first);
            std::ranges::copy(tail, bytes.begin() + 1);
            bytes.resize(tunnel_message_size);
            CHECK_FALSE(std::holds_alternative<NeedMore>(decode_control(bytes)));
        }
    }
}

TEST_CASE("the start of a netplay header")
{
    const ByteVector header = from_hex("52414e50 00040008 00000001 00000006 00000005 00000469");
    CHECK_FALSE(starts_like_netplay_header({}));
    for (std::size_t size = 1; size <= header.size(); ++size)
        CHECK(starts_like_netplay_header(std::span(header).first(size)));
    CHECK(starts_like_netplay_header(from_text("R")));
    CHECK(starts_like_netplay_header(from_text("RA")));
    CHECK_FALSE(starts_like_netplay_header(from_text("RAT")));
    CHECK_FALSE(starts_like_netplay_header(from_text("RATP")));
    CHECK_FALSE(starts_like_netplay_header(from_text("RANQ")));
    CHECK_FALSE(starts_like_netplay_header(from_text("X")));
    CHECK_FALSE(starts_like_netplay_header(from_text("ANP")));
}

} // namespace netplay_relay::wire
