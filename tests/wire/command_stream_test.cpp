#include "netplay_examples.hpp"
#include "wire/netplay_decode.hpp"

namespace netplay_relay::wire {

namespace {

constexpr Dialect server_stream{6, InfoLayout::crc_first, Side::server, 100000};

bool needs_more(const CommandStream& stream)
{
    return std::holds_alternative<NeedMore>(stream.next(server_stream));
}

// Takes the next command, which has to be the expected one.
void take_command(CommandStream& stream, const Command& expected)
{
    const auto decoded = stream.next(server_stream);
    const auto* taken = std::get_if<Taken<Command>>(&decoded);
    REQUIRE(taken != nullptr);
    CHECK(same(taken->message, expected));
    const auto* unknown = std::get_if<UnknownCommand>(&taken->message);
    stream.take(taken->used, unknown != nullptr ? unknown->size : 0);
}

ByteVector stream_of_examples(std::vector<Command>& expected)
{
    ByteVector bytes;
    for (const Example& example : examples()) {
        if (example.newest < 6 || example.only == Side::client) continue;
        if (example.info != InfoLayout::crc_first) continue;
        bytes = joined(std::move(bytes), example.bytes);
        expected.push_back(example.command);
    }
    return bytes;
}

} // namespace

TEST_CASE("a stream of commands is the same however it is cut")
{
    std::vector<Command> expected;
    const ByteVector bytes = stream_of_examples(expected);
    for (const std::size_t piece : {1UL, 2UL, 7UL, 8UL, 9UL, 64UL, 1000UL, bytes.size()}) {
        INFO("in pieces of " << piece);
        CommandStream stream;
        std::size_t at = 0;
        for (const Command& command : expected) {
            while (needs_more(stream)) {
                REQUIRE(at < bytes.size());
                const std::size_t size = std::min(piece, bytes.size() - at);
                stream.append(std::span(bytes).subspan(at, size));
                at += size;
            }
            take_command(stream, command);
        }
        CHECK(at == bytes.size());
        CHECK(stream.unread().empty());
    }
}

TEST_CASE("a command stays the next one until it is taken")
{
    CommandStream stream;
    CHECK(needs_more(stream));
    stream.append(from_words("00000004 00000004 00000001 00"));
    for (int again = 0; again < 2; ++again) {
        const auto decoded = stream.next(server_stream);
        REQUIRE(std::holds_alternative<Taken<Command>>(decoded));
        CHECK(std::get<Taken<Command>>(decoded).used == 12);
    }
    CHECK(stream.unread().size() == 13);
    take_command(stream, NoInput{1});
    CHECK(stream.unread().size() == 1);
    CHECK(needs_more(stream));
}

TEST_CASE("a fault stays")
{
    CommandStream stream;
    stream.append(from_words("00000004 00000005"));
    for (int again = 0; again < 2; ++again) {
        const auto decoded = stream.next(server_stream);
        REQUIRE(std::holds_alternative<CommandFault>(decoded));
        CHECK(std::get<CommandFault>(decoded) == CommandFault::wrong_size);
        stream.append(ByteVector(100, 0));
    }
}

TEST_CASE("the payload of an unknown command is skipped, wherever it is cut")
{
    const ByteVector bytes = from_words("00001234 00000014 00000004*5 00000004 00000004 00000007");
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        INFO("cut at " << cut);
        CommandStream stream;
        stream.append(std::span(bytes).first(cut));
        if (cut < command_head_size) {
            CHECK(needs_more(stream));
            stream.append(std::span(bytes).subspan(cut));
            take_command(stream, UnknownCommand{0x1234, 20});
        } else {
            take_command(stream, UnknownCommand{0x1234, 20});
            stream.append(std::span(bytes).subspan(cut));
        }
        take_command(stream, NoInput{7});
        CHECK(stream.unread().empty());
    }
}

TEST_CASE("an unknown command of 4 GiB is skipped without being kept")
{
    CommandStream stream;
    stream.append(from_words("00001234 ffffffff 00*10"));
    take_command(stream, UnknownCommand{0x1234, 0xffffffff});
    CHECK(stream.unread().empty());
    const ByteVector piece(1U << 20U, 0x5a);
    std::size_t left = 0xffffffff - std::size_t{10};
    while (left > 0) {
        const std::size_t size = std::min(left, piece.size());
        stream.append(std::span(piece).first(size));
        left -= size;
        if (!stream.unread().empty()) break;
    }
    CHECK(left == 0);
    stream.append(from_words("00001100 00000000"));
    take_command(stream, PingRequest{});
}

TEST_CASE("unknown commands may follow each other")
{
    CommandStream stream;
    stream.append(from_words("00001234 00000003 010203 00001235 00000000 00001236 00000001"));
    take_command(stream, UnknownCommand{0x1234, 3});
    take_command(stream, UnknownCommand{0x1235, 0});
    take_command(stream, UnknownCommand{0x1236, 1});
    CHECK(stream.unread().empty());
    CHECK(needs_more(stream));
    stream.append(from_words("ff 00001100 00000000"));
    take_command(stream, PingRequest{});
}

TEST_CASE("a savestate in small pieces comes out whole")
{
    ByteVector state(90000);
    for (std::size_t at = 0; at < state.size(); ++at)
        state[at] = static_cast<std::uint8_t>(at * 7);
    const ByteVector bytes = joined(from_words("00000042 00015f98 00000001 00020000"), state);
    CommandStream stream;
    stream.append(from_words("00001100 00000000"));
    for (std::size_t at = 0; at < bytes.size(); at += 100)
        stream.append(std::span(bytes).subspan(at, std::min<std::size_t>(100, bytes.size() - at)));
    take_command(stream, PingRequest{});
    take_command(stream, LoadSavestate{1, 0x20000, state});
    CHECK(stream.unread().empty());
    stream.append(from_words("00001101 00000000"));
    take_command(stream, PingResponse{});
}

} // namespace netplay_relay::wire
