#include "netplay_examples.hpp"

#include <sstream>

namespace netplay_relay::wire {

namespace {

using Ports = std::array<std::uint32_t, ports_max>;

constexpr Ports joypads{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
constexpr std::array<std::uint8_t, 4> some_bytes{0x78, 0xda, 0, 0xff};
constexpr std::array<std::uint32_t, 5> key_words{1, 2, 3, 4, 0x80000000};
constexpr std::array<std::uint32_t, 3> analog_words{0x200, 0x7fff8000, 0xffff0001};
constexpr std::array<std::uint32_t, 16> sixteen_words{1, 2,  3,  4,  5,  6,  7,  8,
                                                      9, 10, 11, 12, 13, 14, 15, 16};
constexpr std::string_view hash =
    "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";

constexpr auto both = std::nullopt;
constexpr auto server = Side::server;
constexpr auto client = Side::client;

Example make(std::string name, std::uint32_t oldest, std::uint32_t newest, std::optional<Side> only,
             std::string_view words, Command command, InfoLayout info = InfoLayout::crc_first)
{
    return {std::move(name), oldest, newest, only, from_words(words), std::move(command), info};
}

Sync example_sync()
{
    Sync sync{0x106, false, 1, joypads, {}, {}, "c1", {}};
    sync.clients[0] = 1;
    return sync;
}

Sync busy_sync()
{
    Sync sync{7, true, 31, {5, 0x101}, {0x04, 0x20}, {0x80000001, 2}, "two", some_bytes};
    sync.share_modes[15] = 0xff;
    sync.clients[15] = 0x40;
    return sync;
}

std::vector<Example> handshake_examples()
{
    const std::string sync_words = " 00000106 00000001 00000001*16 00*16 00000001 00*60 ";
    const std::string busy_words =
        " 00000007 8000001f 00000005 00000101 00*56 0420 00*13 ff 80000001 00000002 00*52"
        " 00000040 text:two:32 78da00ff";
    return {
        make("nick", 4, 7, both, "00000020 00000020 text:c1:32", Nick{"c1"}),
        make("empty nick", 4, 7, both, "00000020 00000020 00*32", Nick{""}),
        make("longest nick", 4, 7, both, "00000020 00000020 61*31 00", Nick{std::string(31, 'a')}),
        make("password", 4, 7, client, "00000021 00000040 text:" + std::string(hash) + ":64",
             Password{std::string(hash)}),
        make("info", 4, 7, both, "00000022 00000044 b12a9944 text:TestCore:32 text:v1:32",
             Info{0xb12a9944, "TestCore", "v1"}),
        make("old info", 4, 7, both, "00000022 00000044 text:TestCore:32 text:v1:32 b12a9944",
             Info{0xb12a9944, "TestCore", "v1"}, InfoLayout::name_first),
        make("empty info", 4, 7, both, "00000022 00000000", EmptyInfo{}),
        make("sync", 5, 7, server, "00000023 000000b8" + sync_words + "text:c1:32", example_sync()),
        make("sync with battery RAM", 5, 7, server, "00000023 000000bc" + busy_words, busy_sync()),
        make("sync of protocol 4", 4, 4, server,
             "00000023 0000006c 00000106 80000005 00000100 00000001*16 text:c1:32",
             Sync4{0x106, true, 5, 0x100, joypads, "c1", {}}),
        make("sync of protocol 4 with battery RAM", 4, 4, server,
             "00000023 00000070 00000106 7fffffff 00000000 00000005 00*60 00*32 78da00ff",
             Sync4{0x106, false, 0x7fffffff, 0, {5}, "", some_bytes}),
    };
}

std::vector<Example> input_examples()
{
    return {
        make("input of the server", 5, 7, both, "00000003 0000000c 00000106 00000000 00000200",
             Input{0x106, 0, true, InputWords(std::array<std::uint32_t, 1>{0x200})}),
        make("input without a word", 5, 7, both, "00000003 00000008 00000106 00000001",
             Input{0x106, 1, false, {}}),
        make("input of a keyboard", 5, 7, both,
             "00000003 0000001c 00000108 0000001f 00000001 00000002 00000003 00000004 80000000",
             Input{0x108, 31, false, InputWords(key_words)}),
        make("longest input", 5, 7, both,
             "00000003 00000048 ffffffff 00000002 00000001 00000002 00000003 00000004 00000005"
             " 00000006 00000007 00000008 00000009 0000000a 0000000b 0000000c 0000000d 0000000e"
             " 0000000f 00000010",
             Input{0xffffffff, 2, false, InputWords(sixteen_words)}),
        make("input of protocol 4", 4, 4, both,
             "00000003 00000014 00000106 00000001 00000200 7fff8000 ffff0001",
             Input{0x106, 1, false, InputWords(analog_words)}),
        make("server's input of protocol 4", 4, 4, both,
             "00000003 00000014 00000106 80000001 00000200 7fff8000 ffff0001",
             Input{0x106, 1, true, InputWords(analog_words)}),
        make("no input", 4, 7, server, "00000004 00000004 00000106", NoInput{0x106}),
    };
}

std::vector<Example> mode_examples()
{
    return {
        make("spectate", 4, 7, client, "00000024 00000000", Spectate{}),
        make("play", 5, 7, client, "00000025 00000004 00000000", Play{}),
        make("play on wanted ports", 5, 7, client, "00000025 00000004 80248001",
             Play{true, 0x24, 0x8001}),
        make("play in protocol 4", 4, 4, client, "00000025 00000004 00000000", Play{}),
        make("slave in protocol 4", 4, 4, client, "00000025 00000004 00000001", Play{true, 0, 0}),
        make("mode", 5, 7, server, "00000026 0000003c 00000108 c0000001 00000002 00*16 text:c1:32",
             Mode{0x108, true, true, false, 1, 2, {}, "c1"}),
        make("mode of a slave", 5, 7, server,
             "00000026 0000003c 00000109 6000ffff 80000001 04*16 text:x:32",
             Mode{0x109,
                  false,
                  true,
                  true,
                  0xffff,
                  0x80000001,
                  {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4},
                  "x"}),
        make("mode of protocol 4", 4, 4, server, "00000026 00000008 00000108 00030001",
             Mode4{0x108, 1, true, true, false}),
        make("mode of a slave of protocol 4", 4, 4, server, "00000026 00000008 00000108 0006ffff",
             Mode4{0x108, 0xffff, false, true, true}),
        make("mode refused", 4, 7, server, "00000027 00000004 00000002", ModeRefused{2}),
        make("mode refused for a new reason", 4, 7, server, "00000027 00000004 00000077",
             ModeRefused{0x77}),
    };
}

std::vector<Example> running_examples()
{
    return {
        make("ack", 4, 7, both, "00000000 00000000", Ack{}),
        make("nak", 4, 7, both, "00000001 00000000", Nak{}),
        make("disconnect", 4, 7, both, "00000002 00000000", Disconnect{}),
        make("crc", 4, 7, server, "00000040 00000008 00000258 fb4acb39", Crc{600, 0xfb4acb39}),
        make("request for a savestate", 4, 7, both, "00000041 00000000", RequestSavestate{}),
        make("savestate", 4, 7, both, "00000042 0000000c 00000107 00001018 78da00ff",
             LoadSavestate{0x107, 0x1018, some_bytes}),
        make("savestate of nothing", 4, 7, both, "00000042 00000008 00000107 00000000",
             LoadSavestate{0x107, 0, {}}),
        make("pause", 4, 7, both, "00000043 00000020 text:c1:32", Pause{"c1"}),
        make("resume", 4, 7, both, "00000044 00000000", Resume{}),
        make("stall", 4, 7, server, "00000045 00000004 0000003c", Stall{60}),
        make("reset", 4, 7, both, "00000046 00000004 00000106", Reset{0x106}),
        make("packet", 5, 7, both, "00000048 00000004 0000ffff 78da00ff",
             NetPacket{false, 0xffff, some_bytes}),
        make("empty packet", 5, 7, both, "00000048 00000000 00000001", NetPacket{false, 1, {}}),
        make("packet to all but one", 5, 7, client, "00000049 00000004 00000003 78da00ff",
             NetPacket{true, 3, some_bytes}),
        make("flip", 4, 4, server, "00000060 00000004 00000106", FlipPlayers{0x106}),
    };
}

std::vector<Example> protocol_6_examples()
{
    const std::string longest(chat_text_max, 'z');
    return {
        make("chat of a client", 6, 7, client, "00001000 00000002 6869", Chat{"", "hi"}),
        make("longest chat of a client", 6, 7, client, "00001000 0000005f 7a*95",
             Chat{"", longest}),
        make("chat of a server", 6, 7, server, "00001000 00000022 text:c1:32 6869",
             Chat{"c1", "hi"}),
        make("longest chat of a server", 6, 7, server, "00001000 0000007f text:c1:32 7a*95",
             Chat{"c1", longest}),
        make("ping", 6, 7, both, "00001100 00000000", PingRequest{}),
        make("answer to a ping", 6, 7, both, "00001101 00000000", PingResponse{}),
        make("no pausing", 6, 7, server, "00002000 00000004 00000000", AllowPausing{false}),
        make("pausing", 6, 7, server, "00002000 00000004 00000001", AllowPausing{true}),
        make("latency", 6, 7, server, "00002001 00000008 00000001 00000002",
             InputLatencyFrames{1, 2}),
        make("negative latency", 6, 7, server, "00002001 00000008 ffffffff 80000000",
             InputLatencyFrames{-1, INT32_MIN}),
    };
}

template <class Message>
bool same_message(const Message& a, const Message& b)
{
    return a == b;
}

bool same_message(const Sync& a, const Sync& b)
{
    return a.frame == b.frame && a.paused == b.paused && a.client == b.client &&
           a.devices == b.devices && a.share_modes == b.share_modes && a.clients == b.clients &&
           a.nick == b.nick && std::ranges::equal(a.sram, b.sram);
}

bool same_message(const Sync4& a, const Sync4& b)
{
    return a.frame == b.frame && a.paused == b.paused && a.players == b.players &&
           a.flip_frame == b.flip_frame && a.devices == b.devices && a.nick == b.nick &&
           std::ranges::equal(a.sram, b.sram);
}

bool same_message(const LoadSavestate& a, const LoadSavestate& b)
{
    return a.frame == b.frame && a.size == b.size && std::ranges::equal(a.data, b.data);
}

bool same_message(const NetPacket& a, const NetPacket& b)
{
    return a.excluding == b.excluding && a.client == b.client && std::ranges::equal(a.data, b.data);
}

ByteVector bytes_of_word(const std::string& word)
{
    if (word.starts_with("text:")) {
        const std::size_t colon = word.rfind(':');
        ByteVector bytes = from_text(word.substr(5, colon - 5));
        bytes.resize(std::stoul(word.substr(colon + 1)));
        return bytes;
    }
    const std::size_t star = word.find('*');
    const ByteVector once = from_hex(word.substr(0, star));
    ByteVector bytes;
    for (auto left = star == std::string::npos ? 1 : std::stoul(word.substr(star + 1)); left > 0;
         --left)
        bytes = joined(std::move(bytes), once);
    return bytes;
}

} // namespace

ByteVector from_words(std::string_view text)
{
    std::istringstream stream{std::string(text)};
    ByteVector bytes;
    for (std::string word; stream >> word;)
        bytes = joined(std::move(bytes), bytes_of_word(word));
    return bytes;
}

const std::vector<Example>& examples()
{
    static const std::vector<Example> all = [] {
        std::vector<Example> list;
        for (const auto& some : {handshake_examples(), input_examples(), mode_examples(),
                                 running_examples(), protocol_6_examples()})
            list.insert(list.end(), some.begin(), some.end());
        return list;
    }();
    return all;
}

std::vector<Dialect> dialects_of(const Example& example, bool wrong_side)
{
    std::vector<Dialect> dialects;
    for (std::uint32_t protocol = example.oldest; protocol <= example.newest; ++protocol) {
        for (const Side side : {Side::server, Side::client}) {
            const bool may_send = !example.only || *example.only == side;
            if (may_send != wrong_side) dialects.push_back({protocol, example.info, side, 1000});
        }
    }
    return dialects;
}

bool same(const Command& a, const Command& b)
{
    return a.index() == b.index() &&
           std::visit(
               [&b](const auto& message) {
                   return same_message(message, std::get<std::decay_t<decltype(message)>>(b));
               },
               a);
}

} // namespace netplay_relay::wire
