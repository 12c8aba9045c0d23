// Talks of a test with one session, in commands: what is said to it, and what it answers.
#pragma once

#include "netplay/savestate.hpp"
#include "rollback/client_session.hpp"
#include "rollback/host_session.hpp"
#include "wire/netplay_decode.hpp"

#include <cstring>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::rollback {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

inline constexpr Instant one_frame{16'666'667};

// A game whose state is how many frames it has run and a hash of all it was given.
class TestCore : public Core
{
public:
    [[nodiscard]] CoreInfo info() const override { return {"test", "1", 0, 60}; }
    void plug(std::size_t, std::uint32_t) override {}
    [[nodiscard]] std::size_t state_size() override { return sizeof(state_); }
    [[nodiscard]] bool save(std::span<std::uint8_t> state) override
    {
        std::memcpy(state.data(), &state_, sizeof(state_));
        return saves;
    }
    [[nodiscard]] bool load(std::span<const std::uint8_t> state) override
    {
        if (state.size() != sizeof(state_)) return false;
        std::memcpy(&state_, state.data(), sizeof(state_));
        return true;
    }
    void run(const FrameInput& input) override
    {
        ++state_.frames;
        for (const PortInput& port : input)
            for (const std::uint32_t word : port.words)
                state_.hash = (state_.hash ^ word) * 0x100000001b3ULL + 1;
        last = input;
    }
    void reset() override { state_ = {}; }
    [[nodiscard]] std::span<std::uint8_t> battery() override { return {}; }
    [[nodiscard]] std::span<const std::uint8_t> memory() const override { return {}; }

    [[nodiscard]] Bytes state() const
    {
        Bytes bytes(sizeof(state_));
        std::memcpy(bytes.data(), &state_, sizeof(state_));
        return bytes;
    }

    FrameInput last{};
    bool saves = true;

private:
    struct State
    {
        std::uint64_t frames = 0;
        std::uint64_t hash = 0;
    };
    State state_;
};

inline InputWords words_of(std::initializer_list<std::uint32_t> words)
{
    InputWords all;
    for (const std::uint32_t word : words)
        all.push_back(word);
    return all;
}

inline netplay::Negotiated negotiated(std::uint32_t protocol = 6)
{
    netplay::Negotiated negotiated;
    negotiated.protocol = protocol;
    negotiated.nick = "guest";
    if (protocol == 4) negotiated.info_layout = wire::InfoLayout::name_first;
    return negotiated;
}

// The commands that a session has said, as text, each ended by ';'. INPUT of many frames in a row
// is easier to read as one line than as structs.
inline std::string told(const wire::Command& command)
{
    const auto n = [](auto number) { return " " + std::to_string(number); };
    if (const auto* input = std::get_if<wire::Input>(&command)) {
        std::string text = "input" + n(input->frame) + " of" + n(input->player) + ":";
        for (const std::uint32_t word : input->words.view())
            text += n(word);
        return text;
    }
    if (const auto* mode = std::get_if<wire::Mode>(&command))
        return "mode" + n(mode->frame) + (mode->you ? " you" : "") +
               (mode->playing ? " plays" : " watches") + n(mode->client) + " ports" +
               n(mode->ports);
    if (const auto* mode = std::get_if<wire::Mode4>(&command))
        return "mode4" + n(mode->frame) + (mode->you ? " you" : "") +
               (mode->playing ? " plays" : " watches") + n(mode->player);
    if (const auto* none = std::get_if<wire::NoInput>(&command)) return "noinput" + n(none->frame);
    if (const auto* refused = std::get_if<wire::ModeRefused>(&command))
        return "refused" + n(refused->reason);
    if (const auto* sync = std::get_if<wire::Sync>(&command))
        return "sync" + n(sync->frame) + " as" + n(sync->client) + (sync->paused ? " paused" : "");
    if (const auto* load = std::get_if<wire::LoadSavestate>(&command))
        return "state" + n(load->frame);
    if (const auto* crc = std::get_if<wire::Crc>(&command)) return "crc" + n(crc->frame);
    if (const auto* stall = std::get_if<wire::Stall>(&command)) return "stall" + n(stall->frames);
    if (const auto* reset = std::get_if<wire::Reset>(&command)) return "reset" + n(reset->frame);
    if (const auto* flip = std::get_if<wire::FlipPlayers>(&command)) return "flip" + n(flip->frame);
    if (const auto* chat = std::get_if<wire::Chat>(&command)) return chat->nick + ": " + chat->text;
    if (const auto* pause = std::get_if<wire::Pause>(&command)) return "pause by " + pause->nick;
    if (std::get_if<wire::Resume>(&command)) return "resume";
    if (std::get_if<wire::Play>(&command)) return "play";
    if (std::get_if<wire::Spectate>(&command)) return "spectate";
    if (std::get_if<wire::RequestSavestate>(&command)) return "state, please";
    if (std::get_if<wire::PingRequest>(&command)) return "ping";
    if (std::get_if<wire::PingResponse>(&command)) return "pong";
    if (std::get_if<wire::AllowPausing>(&command)) return "pausing";
    if (std::get_if<wire::InputLatencyFrames>(&command)) return "latency";
    return "command" + n(command.index());
}

inline std::string told(Bytes& out, const wire::Dialect& dialect)
{
    std::string text;
    std::span<const std::uint8_t> rest = out;
    while (!rest.empty()) {
        const auto decoded = wire::decode_command(rest, dialect);
        const auto* taken = std::get_if<wire::Taken<wire::Command>>(&decoded);
        if (taken == nullptr) return text + "broken;";
        text += told(taken->message) + ";";
        rest = rest.subspan(taken->used);
    }
    out.clear();
    return text;
}

// That many ticks of a session of either role; what is pressed is the frame's number.
template <class Session>
Turn tick_on(Session& session, Instant& now, int times, Instant each)
{
    Turn turn = Turn::ran;
    for (; times > 0; --times) {
        turn = session.tick([](Frame frame, std::size_t) { return PortInput{{frame}}; }, now);
        now += each;
    }
    return turn;
}

// A client, in a game that began at frame 100; it is number 1, and the host plays port 0.
struct ClientScript
{
    explicit ClientScript(std::uint32_t protocol = 6, ClientSessionSettings settings = {},
                          std::uint32_t players = 1)
        : negotiated_(negotiated(protocol)),
          session(core, with_nick(settings), negotiated_, sync(protocol, players), now)
    {
        said();
    }

    static ClientSessionSettings with_nick(ClientSessionSettings settings)
    {
        settings.nick = "guest";
        return settings;
    }

    static wire::Command sync(std::uint32_t protocol, std::uint32_t players)
    {
        if (protocol == 4) {
            wire::Sync4 sync;
            sync.frame = 100;
            sync.players = players;
            sync.devices.fill(1);
            return sync;
        }
        wire::Sync sync;
        sync.frame = 100;
        sync.client = 1;
        sync.devices.fill(1);
        sync.clients[0] = players & 1U;
        sync.nick = "guest";
        return sync;
    }

    std::string said()
    {
        wire::Dialect dialect = session.dialect();
        dialect.sender = wire::Side::client;
        return told(session.out(), dialect);
    }

    Receipt hears(const wire::Command& command) { return session.receive(command, now); }

    // The host's INPUT of that many frames.
    void host_plays(Frame frames)
    {
        for (; frames > 0; --frames) {
            const Frame frame = session.server_frame();
            CHECK_TAKEN(hears(wire::Input{frame, 0, negotiated_.protocol == 4, host_words(frame)}));
        }
    }

    [[nodiscard]] InputWords host_words(Frame frame) const
    {
        return negotiated_.protocol == 4 ? words_of({frame % 7, 0, 0}) : words_of({frame % 7});
    }

    Receipt plays(Frame frame, std::uint32_t client, std::uint32_t ports, bool you)
    {
        return hears(wire::Mode{frame, you, true, false, client, ports, {}, "somebody"});
    }
    Receipt watches(Frame frame, std::uint32_t client, bool you)
    {
        return hears(wire::Mode{frame, you, false, false, client, 0, {}, "somebody"});
    }

    Receipt state(Frame frame)
    {
        loaded_ = netplay::compress(TestCore{}.state());
        return hears(wire::LoadSavestate{frame, 16, loaded_});
    }

    Turn ticks(int times = 1, Instant each = one_frame)
    {
        return tick_on(session, now, times, each);
    }

    static void CHECK_TAKEN(Receipt receipt)
    {
        if (receipt != Receipt::taken) throw std::runtime_error("a command was not taken");
    }

    Instant now{1s};
    netplay::Negotiated negotiated_;
    TestCore core;
    ClientSession session;

private:
    Bytes loaded_;
};

inline HostSessionSettings host_settings()
{
    HostSessionSettings settings;
    settings.nick = "host";
    settings.devices = {1, 1, 1};
    settings.crc_interval = 0;
    return settings;
}

// A host that plays port 0, and its clients.
struct HostScript
{
    explicit HostScript(HostSessionSettings settings = host_settings())
        : session(core, std::move(settings), now)
    {
    }

    // A client that is in the game: what it was told so far is forgotten.
    std::uint32_t joins(std::uint32_t protocol = 6)
    {
        const auto number = session.join(negotiated(protocol));
        if (!number) throw std::runtime_error("the host is full");
        ticks();
        (void)heard(*number);
        return *number;
    }

    // One that plays port `number`.
    std::uint32_t player(std::uint32_t protocol = 6)
    {
        const std::uint32_t number = joins(protocol);
        (void)says(number, wire::Play{});
        for (std::uint32_t client = 1; client < clients_max; ++client)
            if (client <= number) (void)heard(client);
        return number;
    }

    Receipt says(std::uint32_t client, const wire::Command& command)
    {
        return session.receive(client, command, now);
    }

    // INPUT of the next so many frames of a client.
    void presses(std::uint32_t client, Frame frames)
    {
        for (; frames > 0; --frames) {
            const Frame frame = session.timeline().read(client);
            if (says(client, wire::Input{frame, client, false, words_of({frame + client})}) !=
                Receipt::taken)
                throw std::runtime_error("an input was not taken");
        }
    }

    std::string heard(std::uint32_t client)
    {
        wire::Dialect dialect = session.dialect(client);
        dialect.sender = wire::Side::server;
        dialect.savestate_max = 1U << 20U;
        return told(session.out(client), dialect);
    }

    Turn ticks(int times = 1, Instant each = one_frame)
    {
        return tick_on(session, now, times, each);
    }

    // Why the last one was dropped.
    CloseReason dropped()
    {
        const auto all = session.take_dropped();
        return all.empty() ? CloseReason::none : all.back().end;
    }

    [[nodiscard]] Frame self() const { return session.timeline().self(); }

    Instant now{1s};
    TestCore core;
    HostSession session;
};

} // namespace netplay_relay::rollback
