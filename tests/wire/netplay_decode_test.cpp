#include "wire/netplay_decode.hpp"

#include "netplay_examples.hpp"

namespace netplay_relay::wire {

namespace {

constexpr Dialect from_server{6, InfoLayout::crc_first, Side::server, 1000};
constexpr Dialect from_client{6, InfoLayout::crc_first, Side::client, 1000};

Dialect of_protocol(std::uint32_t protocol, Side sender)
{
    return {protocol, InfoLayout::crc_first, sender, 1000};
}

void check_taken(const DecodedCommand& decoded, const Command& command, std::size_t used)
{
    const auto* taken = std::get_if<Taken<Command>>(&decoded);
    REQUIRE(taken != nullptr);
    CHECK(same(taken->message, command));
    CHECK(taken->used == used);
}

void check_decodes(const ByteVector& bytes, const Dialect& dialect, const Command& command)
{
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        INFO("the first " << size << " bytes");
        const auto part = ByteVector(bytes.begin(), bytes.begin() + static_cast<int>(size));
        CHECK(std::holds_alternative<NeedMore>(decode_command(part, dialect)));
    }
    check_taken(decode_command(bytes, dialect), command, bytes.size());
    for (const ByteVector& trailer : {ByteVector{0}, ByteVector(40, 0xff), from_text("RATP")})
        check_taken(decode_command(joined(bytes, trailer), dialect), command, bytes.size());
}

// Refused by the first `decided_after` bytes, and with whatever follows.
void check_refused(const ByteVector& bytes, const Dialect& dialect, CommandFault expected,
                   std::size_t decided_after = command_head_size)
{
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        INFO("the first " << size << " bytes");
        const auto part = ByteVector(bytes.begin(), bytes.begin() + static_cast<int>(size));
        const auto decoded = decode_command(part, dialect);
        if (decided_after == command_head_size)
            CHECK((decode_command_head(part, dialect).index() == decoded.index()));
        if (size < decided_after) {
            CHECK(std::holds_alternative<NeedMore>(decoded));
        } else {
            REQUIRE(std::holds_alternative<CommandFault>(decoded));
            CHECK(std::get<CommandFault>(decoded) == expected);
        }
    }
}

// The head alone tells how long the whole is, and so whether there is a fault in the size.
void check_head(const ByteVector& bytes, const Dialect& dialect)
{
    for (std::size_t size = 0; size < command_head_size; ++size)
        CHECK(std::holds_alternative<NeedMore>(
            decode_command_head(std::span(bytes).first(size), dialect)));
    const auto decoded = decode_command_head(std::span(bytes).first(command_head_size), dialect);
    const auto* head = std::get_if<CommandHead>(&decoded);
    REQUIRE(head != nullptr);
    CHECK(head->id == (static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3]));
    CHECK(head->size == bytes.size() - command_head_size);
    CHECK(head->known);
}

ByteVector head(std::uint32_t id, std::uint32_t size)
{
    ByteVector bytes;
    for (const std::uint32_t word : {id, size})
        for (const int shift : {24, 16, 8, 0})
            bytes.push_back(static_cast<std::uint8_t>(word >> shift));
    return bytes;
}

void check_unknown(std::uint32_t id, std::uint32_t size, const Dialect& dialect)
{
    INFO("protocol " << dialect.protocol << ", command " << id);
    check_decodes(head(id, size), dialect, UnknownCommand{id, size});
    const auto decoded = decode_command_head(head(id, size), dialect);
    REQUIRE(std::holds_alternative<CommandHead>(decoded));
    CHECK(std::get<CommandHead>(decoded).size == size);
    CHECK_FALSE(std::get<CommandHead>(decoded).known);
}

// All sizes from 0 to 300 that are not among those told.
void check_sizes(std::uint32_t id, const Dialect& dialect, const std::vector<std::uint32_t>& right)
{
    INFO("protocol " << dialect.protocol << ", command " << id);
    std::vector<std::uint32_t> sizes{0x10000, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    for (std::uint32_t size = 0; size <= 300; ++size)
        sizes.push_back(size);
    for (const std::uint32_t size : sizes) {
        INFO("size " << size);
        const auto decoded = decode_command(head(id, size), dialect);
        if (std::ranges::find(right, size) != right.end()) {
            CHECK_FALSE(std::holds_alternative<CommandFault>(decoded));
        } else {
            REQUIRE(std::holds_alternative<CommandFault>(decoded));
            CHECK(std::get<CommandFault>(decoded) == CommandFault::wrong_size);
        }
    }
}

std::vector<std::uint32_t> every(std::uint32_t step, std::uint32_t from, std::uint32_t to)
{
    std::vector<std::uint32_t> sizes;
    for (std::uint32_t size = from; size <= to; size += step)
        sizes.push_back(size);
    return sizes;
}

} // namespace

TEST_CASE("every netplay command is read in every protocol that has it")
{
    for (const Example& example : examples()) {
        for (const Dialect& dialect : dialects_of(example)) {
            INFO(example.name << " in protocol " << dialect.protocol);
            check_decodes(example.bytes, dialect, example.command);
            check_head(example.bytes, dialect);
        }
    }
}

TEST_CASE("no side may send the commands of the other")
{
    for (const Example& example : examples()) {
        if (std::holds_alternative<Chat>(example.command)) continue; // each side has its own form
        for (const Dialect& dialect : dialects_of(example, true)) {
            INFO(example.name << " in protocol " << dialect.protocol);
            check_refused(example.bytes, dialect, CommandFault::wrong_side);
        }
    }
    check_refused(head(0x2000, 99), from_client, CommandFault::wrong_side);
}

TEST_CASE("commands of other protocols are unknown")
{
    for (const Side side : {Side::server, Side::client}) {
        for (const std::uint32_t protocol : {4U, 5U})
            for (const std::uint32_t id : {0x1000U, 0x1100U, 0x1101U, 0x2000U, 0x2001U})
                check_unknown(id, 4, of_protocol(protocol, side));
        for (const std::uint32_t protocol : {5U, 6U, 7U})
            check_unknown(0x60, 4, of_protocol(protocol, side));
        check_unknown(0x48, 4, of_protocol(4, side));
        check_unknown(0x49, 4, of_protocol(4, side));
        for (const std::uint32_t protocol : {4U, 5U, 6U, 7U})
            for (const std::uint32_t id :
                 {0x05U, 0x1fU, 0x47U, 0x4aU, 0x61U, 0x62U, 0x1001U, 0x2002U, 0xffffffffU})
                for (const std::uint32_t size : {0U, 1U, 0x7fffffffU, 0xffffffffU})
                    check_unknown(id, size, of_protocol(protocol, side));
    }
}

TEST_CASE("a wrong size is told by the head")
{
    for (const std::uint32_t protocol : {4U, 5U, 6U, 7U}) {
        const Dialect server = of_protocol(protocol, Side::server);
        const Dialect client = of_protocol(protocol, Side::client);
        for (const Dialect& either : {server, client}) {
            for (const std::uint32_t id : {0x00U, 0x01U, 0x02U, 0x41U, 0x44U})
                check_sizes(id, either, {0});
            check_sizes(0x20, either, {32});
            check_sizes(0x22, either, {0, 68});
            check_sizes(0x43, either, {32});
            check_sizes(0x46, either, {4});
            const auto of_input = protocol == 4 ? every(1, 20, 20) : every(4, 8, 72);
            check_sizes(0x03, either, of_input);
        }
        check_sizes(0x04, server, {4});
        check_sizes(0x26, server, {protocol == 4 ? 8U : 60U});
        check_sizes(0x27, server, {4});
        check_sizes(0x40, server, {8});
        check_sizes(0x45, server, {4});
        check_sizes(0x21, client, {64});
        check_sizes(0x24, client, {0});
        check_sizes(0x25, client, protocol == 4 ? every(4, 0, 4) : every(1, 4, 4));
    }
    check_sizes(0x60, of_protocol(4, Side::server), {4});
}

TEST_CASE("a wrong size of what came with protocol 6 is told by the head")
{
    for (const std::uint32_t protocol : {6U, 7U}) {
        const Dialect server = of_protocol(protocol, Side::server);
        const Dialect client = of_protocol(protocol, Side::client);
        for (const std::uint32_t id : {0x1100U, 0x1101U}) {
            check_sizes(id, server, {0});
            check_sizes(id, client, {0});
        }
        check_sizes(0x1000, client, every(1, 1, 95));
        check_sizes(0x1000, server, every(1, 33, 127));
        check_sizes(0x2000, server, {4});
        check_sizes(0x2001, server, {8});
    }
}

TEST_CASE("savestates, battery RAM and packets have limits")
{
    for (const std::uint32_t protocol : {4U, 5U, 6U, 7U}) {
        const Dialect server = of_protocol(protocol, Side::server);
        const std::uint32_t sync_size = protocol == 4 ? 108 : 184;
        for (const auto& [id, size] : {std::pair(0x42U, 8U), std::pair(0x23U, sync_size)}) {
            for (const std::uint32_t shorter : {0U, 4U, size - 1})
                check_refused(head(id, shorter), server, CommandFault::wrong_size);
            for (const std::uint32_t longer : {size + 1001, 0x80000000U, 0xffffffffU})
                check_refused(head(id, longer), server, CommandFault::too_large);
            for (const std::uint32_t right : {size, size + 1, size + 1000})
                CHECK(std::holds_alternative<NeedMore>(decode_command(head(id, right), server)));
        }
    }
    for (const std::uint32_t id : {0x48U, 0x49U}) {
        CHECK(std::holds_alternative<NeedMore>(decode_command(head(id, 0x10000), from_client)));
        for (const std::uint32_t longer : {0x10001U, 0xfffffffcU, 0xffffffffU})
            check_refused(head(id, longer), from_client, CommandFault::too_large);
    }
    Dialect generous = from_client;
    generous.savestate_max = SIZE_MAX;
    CHECK(std::holds_alternative<NeedMore>(decode_command(head(0x42, 0xffffffff), generous)));
}

TEST_CASE("the size of a packet does not count the client id in front of it")
{
    const ByteVector packet = from_words("00000048 00000005 00000002 0102030405");
    const ByteVector both = joined(packet, from_words("00001100 00000000"));
    check_taken(decode_command(both, from_server),
                NetPacket{false, 2, std::span(packet).subspan(12)}, 17);
    check_decodes(ByteVector(both.begin() + 17, both.end()), from_server, PingRequest{});
}

TEST_CASE("a text ends at its first NUL")
{
    const auto nick = from_words("00000020 00000020 6131 00 ff*28 00");
    check_decodes(nick, from_client, Nick{"a1"});
    check_decodes(from_words("00000020 00000020 61*32"), from_client, Nick{std::string(31, 'a')});
    check_decodes(from_words("00000043 00000020 00 61*31"), from_server, Pause{""});
    check_decodes(from_words("00001000 00000023 6e00 ff*30 313233"), from_server, Chat{"n", "123"});
    check_decodes(from_words("00000022 00000044 00000000 41*32 42*32"), from_client,
                  Info{0, std::string(31, 'A'), std::string(31, 'B')});
}

TEST_CASE("a chat without a nick or with NUL inside")
{
    check_refused(from_words("00001000 00000003 610061"), from_client, CommandFault::wrong_value,
                  11);
    check_refused(from_words("00001000 00000001 00"), from_client, CommandFault::wrong_value, 9);
    check_refused(from_words("00001000 00000021 61*32 00"), from_server, CommandFault::wrong_value,
                  41);
    check_refused(from_words("00001000 00000020 61*32"), from_server, CommandFault::wrong_size);
}

TEST_CASE("values that may not be")
{
    check_refused(from_words("00002000 00000004 00000002"), from_server, CommandFault::wrong_value,
                  12);
    check_refused(from_words("00002000 00000004 01000000"), from_server, CommandFault::wrong_value,
                  12);
    for (const std::string number : {"00000000", "00000020", "80000000", "7fffffff"})
        check_refused(from_words("00000023 000000b8 00000000 " + number + " 00*176"), from_server,
                      CommandFault::wrong_value, 192);
}

TEST_CASE("bits that mean nothing are ignored")
{
    check_decodes(from_words("00000003 00000008 00000001 ffff0000"), from_client,
                  Input{1, 0, true, {}});
    check_decodes(from_words("00000025 00000004 7f000000"), from_client, Play{});
    check_decodes(from_words("00000026 0000003c 00000001 1fff0001 00*52"), from_server,
                  Mode{1, false, false, false, 1, 0, {}, ""});
    check_decodes(from_words("00000025 00000004 fffffffe"), of_protocol(4, Side::client), Play{});
    check_decodes(from_words("00000025 00000000"), of_protocol(4, Side::client), Play{});
    check_decodes(from_words("00000026 00000008 00000001 fff80001"), of_protocol(4, Side::server),
                  Mode4{1, 1, false, false, false});
}

TEST_CASE("each fault has a word")
{
    CHECK(std::string_view(to_text(CommandFault::wrong_size)) == "wrong_size");
    CHECK(std::string_view(to_text(CommandFault::too_large)) == "too_large");
    CHECK(std::string_view(to_text(CommandFault::wrong_value)) == "wrong_value");
    CHECK(std::string_view(to_text(CommandFault::wrong_side)) == "wrong_side");
}

} // namespace netplay_relay::wire
