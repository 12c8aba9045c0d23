// Prints netplay messages as we write them, and what they are meant to say, for a reader that knows
// only the document:
//   NAME SENDER PROTOCOL LAYOUT HEX FIELD=VALUE...
#include "netplay/savestate.hpp"
#include "wire/netplay_encode.hpp"
#include "wire/netplay_header.hpp"

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <vector>

using namespace netplay_relay::wire;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr Side server = Side::server;
constexpr Side client = Side::client;
constexpr std::initializer_list<std::uint32_t> since_4{4, 5, 6, 7};
constexpr std::initializer_list<std::uint32_t> since_5{5, 6, 7};
constexpr std::initializer_list<std::uint32_t> since_6{6, 7};
constexpr std::initializer_list<std::uint32_t> only_4{4};

void print(const std::string& name, const Dialect& dialect, const Bytes& bytes,
           const std::string& meaning)
{
    const bool is_crc_first = dialect.info == InfoLayout::crc_first;
    std::printf("%s %s %u %s ", name.c_str(), dialect.sender == server ? "server" : "client",
                dialect.protocol, is_crc_first ? "crc_first" : "name_first");
    for (const std::uint8_t byte : bytes)
        std::printf("%02x", byte);
    std::printf(" %s\n", meaning.c_str());
}

void opening(const std::string& name, Side sender, const Opening& message,
             const std::string& meaning)
{
    Bytes bytes;
    encode_opening(message, bytes);
    print(name, {0, InfoLayout::crc_first, sender, 0}, bytes, meaning);
}

void commands(const std::string& name, Side sender, std::initializer_list<std::uint32_t> protocols,
              const Command& command, const std::string& meaning,
              InfoLayout layout = InfoLayout::crc_first)
{
    for (const std::uint32_t protocol : protocols) {
        const Dialect dialect{protocol, layout, sender, 0};
        Bytes bytes;
        encode_command(command, dialect, bytes);
        print(name, dialect, bytes, meaning);
    }
}

void from_both(const std::string& name, std::initializer_list<std::uint32_t> protocols,
               const Command& command, const std::string& meaning)
{
    commands(name, server, protocols, command, meaning);
    commands(name, client, protocols, command, meaning);
}

void print_openings()
{
    constexpr std::uint32_t platform = platform_linux_64;
    opening("client_header", client,
            NetplayHeader{platform, compression_zlib, 6, 5, implementation_magic("1.14.0", 6)},
            "opening=RANP platform=262152 compression=1 word_12=6 protocol=5 implementation=1129");
    for (const char* name : {"host_header", "probe_answer"})
        opening(name, server,
                NetplayHeader{platform, compression_zlib, 0, 6, implementation_magic("1.14.0", 6)},
                "opening=RANP platform=262152 compression=1 word_12=0 protocol=6 "
                "implementation=1129");
    opening("protocol_4_refused", server, NetplayHeader{platform, compression_zlib, 0, 0, 0x469},
            "opening=RANP platform=262152 compression=1 word_12=0 protocol=0 implementation=1129");
    opening("host_full", server, HostFull{}, "opening=FULL");
    opening("host_denies", server, HostDenies{}, "opening=DENY");
    opening("probe", client, Probe{}, "opening=POKE");
    opening("header_of_1_7_0", client,
            NetplayHeader4{implementation_magic("1.7.0", 4), platform, compression_zlib, 0},
            "opening=4 implementation=577 platform=262152 compression=1 word_12=0");
}

void print_handshake()
{
    const std::string hash(password_hash_size, 'f');
    from_both("nick", since_4, Nick{"c1"}, "command=NICK nick=c1");
    from_both("long_nick", since_4, Nick{std::string(40, 'n')},
              "command=NICK nick=" + std::string(31, 'n'));
    commands("password", client, since_4, Password{hash}, "command=PASSWORD hash=" + hash);
    const Info info{0xb12a9944, "TestCore", "v1"};
    const std::string meaning = "command=INFO crc=2972358980 core=TestCore version=v1";
    from_both("info", since_4, info, meaning);
    commands("old_info", server, since_4, info, meaning, InfoLayout::name_first);
    commands("old_info", client, since_4, info, meaning, InfoLayout::name_first);
    from_both("empty_info", since_4, EmptyInfo{}, "command=INFO");
}

void print_sync()
{
    Sync sync;
    sync.frame = 0x106;
    sync.client = 1;
    sync.devices.fill(1);
    sync.clients[0] = 1;
    sync.nick = "c1";
    commands("sync", server, since_5, sync,
             "command=SYNC frame=262 paused=0 client=1 devices=1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1 "
             "shares=0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0 clients=1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0 "
             "nick=c1 sram=");

    const Bytes sram{0xde, 0xad, 0xbe};
    for (std::uint32_t port = 0; port < ports_max; ++port) {
        sync.devices[port] = 256 + port;
        sync.share_modes[port] = static_cast<std::uint8_t>(port * 17);
        sync.clients[port] = 1U << (2 * port);
    }
    sync.paused = true;
    sync.client = 31;
    sync.sram = sram;
    commands("sync_paused", server, since_5, sync,
             "command=SYNC frame=262 paused=1 client=31 "
             "devices=256,257,258,259,260,261,262,263,264,265,266,267,268,269,270,271 "
             "shares=0,17,34,51,68,85,102,119,136,153,170,187,204,221,238,255 "
             "clients=1,4,16,64,256,1024,4096,16384,65536,262144,1048576,4194304,16777216,67108864,"
             "268435456,1073741824 nick=c1 sram=deadbe");

    Sync4 old{0x106, true, 3, 0x100, {}, "c1", sram};
    old.devices[1] = 5;
    commands("sync_of_4", server, only_4, old,
             "command=SYNC frame=262 paused=1 players=3 flip=256 "
             "devices=0,5,0,0,0,0,0,0,0,0,0,0,0,0,0,0 nick=c1 sram=deadbe");
}

InputWords words(std::initializer_list<std::uint32_t> list)
{
    return InputWords(std::vector<std::uint32_t>(list));
}

void print_input()
{
    commands("host_input", server, since_5, Input{0x106, 0, true, words({0x200})},
             "command=INPUT frame=262 client=0 words=512");
    commands("client_input", client, since_5, Input{0x108, 1, false, words({0})},
             "command=INPUT frame=264 client=1 words=0");
    from_both("keyboard", since_5, Input{0x108, 31, false, words({1, 2, 3, 4, 0x80000000})},
              "command=INPUT frame=264 client=31 words=1,2,3,4,2147483648");
    from_both("no_words", since_5, Input{0x108, 2, false, {}},
              "command=INPUT frame=264 client=2 words=");
    from_both("input_of_4", only_4, Input{0x108, 1, false, words({1, 2, 3})},
              "command=INPUT frame=264 server=0 player=1 words=1,2,3");
    commands("host_input_of_4", server, only_4, Input{0x108, 0, true, words({1, 2, 3})},
             "command=INPUT frame=264 server=1 player=0 words=1,2,3");
    commands("no_input", server, since_4, NoInput{0x106}, "command=NOINPUT frame=262");
}

void print_modes()
{
    commands("spectate", client, since_4, Spectate{}, "command=SPECTATE");
    commands("play", client, since_5, Play{}, "command=PLAY slave=0 share=0 ports=0");
    commands("play_wanted", client, since_5, Play{true, 0x24, 0x8001},
             "command=PLAY slave=1 share=36 ports=32769");
    commands("play_of_4", client, only_4, Play{true, 0, 0}, "command=PLAY slave=1");
    commands("mode", server, since_5, Mode{0x108, true, true, false, 1, 2, {}, "c1"},
             "command=MODE frame=264 you=1 playing=1 slave=0 client=1 ports=2 "
             "shares=0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0 nick=c1");
    commands("mode_slave", server, since_5, Mode{0x108, false, false, true, 31, 0, {4, 32}, "c2"},
             "command=MODE frame=264 you=0 playing=0 slave=1 client=31 ports=0 "
             "shares=4,32,0,0,0,0,0,0,0,0,0,0,0,0,0,0 nick=c2");
    commands("mode_of_4", server, only_4, Mode4{0x108, 1, true, true, false},
             "command=MODE frame=264 player=1 you=1 playing=1 slave=0");
    commands("mode_slave_of_4", server, only_4, Mode4{0x108, 0, false, false, true},
             "command=MODE frame=264 player=0 you=0 playing=0 slave=1");
    commands("mode_refused", server, since_4, ModeRefused{2}, "command=MODE_REFUSED reason=2");
    commands("flip", server, only_4, FlipPlayers{0x108}, "command=FLIP_PLAYERS frame=264");
}

void print_states()
{
    // As long as the vector's, and not to be decompressed.
    Bytes placeholder(1144);
    placeholder[0] = 0x78;
    placeholder[1] = 0xda;
    from_both("load_savestate", since_4, LoadSavestate{0x107, 4120, placeholder},
              "command=LOAD_SAVESTATE frame=263 size=4120");

    Bytes state(4120);
    for (std::size_t at = 0; at < state.size(); ++at)
        state[at] = static_cast<std::uint8_t>(at / 7);
    const std::string crc = std::to_string(netplay_relay::netplay::crc32(state));
    const Bytes stream = netplay_relay::netplay::compress(state);
    from_both("compressed_state", since_4, LoadSavestate{0x107, 4120, stream},
              "command=LOAD_SAVESTATE frame=263 size=4120 state_crc=" + crc);
    const Bytes wrapped = netplay_relay::netplay::wrap_state(state);
    const Bytes wrapped_stream = netplay_relay::netplay::compress(wrapped);
    const auto wrapped_size = static_cast<std::uint32_t>(wrapped.size());
    from_both("wrapped_state", {7}, LoadSavestate{0x107, wrapped_size, wrapped_stream},
              "command=LOAD_SAVESTATE frame=263 size=" + std::to_string(wrapped_size) +
                  " core_state_crc=" + crc);
    commands("crc", server, since_4, Crc{600, 0xfb4acb39}, "command=CRC frame=600 crc=4215982905");
    from_both("request_savestate", since_4, RequestSavestate{}, "command=REQUEST_SAVESTATE");
}

void print_the_rest()
{
    const Bytes content{1, 2, 3, 0xff, 0};
    from_both("ack", since_4, Ack{}, "command=ACK");
    from_both("nak", since_4, Nak{}, "command=NAK");
    from_both("disconnect", since_4, Disconnect{}, "command=DISCONNECT");
    from_both("pause", since_4, Pause{"c1"}, "command=PAUSE nick=c1");
    from_both("resume", since_4, Resume{}, "command=RESUME");
    from_both("reset", since_4, Reset{0x108}, "command=RESET frame=264");
    commands("stall", server, since_4, Stall{60}, "command=STALL frames=60");
    from_both("packet", since_5, NetPacket{false, 0xffff, content},
              "command=NETPACKET client=65535 data=010203ff00");
    from_both("empty_packet", since_5, NetPacket{false, 1, {}}, "command=NETPACKET client=1 data=");
    commands("broadcast", client, since_5, NetPacket{true, 2, content},
             "command=NETPACKET_BROADCAST client=2 data=010203ff00");
    commands("chat", client, since_6, Chat{"", "hi"}, "command=PLAYER_CHAT text=hi");
    commands("chat", server, since_6, Chat{"c1", "hi"}, "command=PLAYER_CHAT nick=c1 text=hi");
    from_both("ping_request", since_6, PingRequest{}, "command=PING_REQUEST");
    from_both("ping_response", since_6, PingResponse{}, "command=PING_RESPONSE");
    commands("allow_pausing", server, since_6, AllowPausing{false},
             "command=SETTING_ALLOW_PAUSING allowed=0");
    commands("pausing", server, since_6, AllowPausing{true},
             "command=SETTING_ALLOW_PAUSING allowed=1");
    commands("input_latency_frames", server, since_6, InputLatencyFrames{0, 0},
             "command=SETTING_INPUT_LATENCY_FRAMES minimum=0 maximum=0");
    commands("latency", server, since_6, InputLatencyFrames{-1, 3},
             "command=SETTING_INPUT_LATENCY_FRAMES minimum=-1 maximum=3");
}

} // namespace

int main()
{
    print_openings();
    print_handshake();
    print_sync();
    print_input();
    print_modes();
    print_states();
    print_the_rest();
    return 0;
}
