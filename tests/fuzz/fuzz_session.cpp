// A session with somebody who knows the protocol and obeys none of it: commands in any order, with
// wild values. As a client it must not harm the host nor the host's other client; as a host it must
// not harm the client more than by ending its game.
#include "decisions.hpp"
#include "wild_commands.hpp"

#include "base/ensure.hpp"
#include "cores/arena_core.hpp"
#include "netplay/savestate.hpp"
#include "peer/client_peer.hpp"
#include "peer/host_peer.hpp"
#include "peer/identity.hpp"
#include "rollback/random_input.hpp"

#include <cstdio>
#include <map>
#include <optional>
#include <utility>

namespace netplay_relay::fuzz {

namespace {

using namespace std::chrono_literals;
using rollback::Frame;
using rollback::Instant;

constexpr std::size_t steps_max = 400;
constexpr std::size_t unsent_max = 1U << 20U; // bytes in one step
constexpr std::size_t visits_max = 4;         // of the stranger
constexpr Instant usual_frame = 16ms;
constexpr Instant long_frame = 250ms; // of those who wait for nothing but time
// So many of them are longer than anybody's patience, behind as many as make the others stop.
constexpr std::size_t frames_of_patience = 24, frames_ahead = 64;
// Most games are short, so that there are many; one in 16 is longer than the rings of the peers,
// and one in 16 is looked at until the host has lost its patience. Fuzzers like zeros: neither is.
constexpr std::size_t short_game = 24, long_game = 300;
constexpr peer::ConnectionNumber friend_connection = 1;

cores::ArenaOptions small_arena()
{
    cores::ArenaOptions options;
    options.players = 4;
    options.state_size = cores::ArenaOptions::state_size_min;
    return options;
}

rollback::PortInput pressed(std::size_t player, Frame frame)
{
    return rollback::RandomInput(1).words(player, frame, 5);
}

peer::ClientPeerSettings client_settings(const char* nick, std::uint32_t protocol)
{
    peer::ClientPeerSettings settings;
    settings.nick = nick;
    settings.protocol = protocol;
    settings.savestate_max = 64U << 10U;
    return settings;
}

// A host, a friend who plays as everybody does, and a stranger.
class AtHost
{
public:
    explicit AtHost(Decisions& decisions)
        : decisions_(decisions),
          friend_protocol_(4 + static_cast<std::uint32_t>(decisions.below(4))),
          manner_(decisions.byte()), host_(host_core_, host_settings(), now_),
          friend_(friend_core_, client_settings("friend", friend_protocol_))
    {
        host_.session().watch_confirmed(
            [this](Frame frame, auto state) { tell(truth_, frame, netplay::crc32(state)); });
        friend_.watch_confirmed([this](Frame frame, auto state) {
            const auto truth =
                static_cast<std::uint32_t>(friend_.session()->counts().states_received);
            tell(truth, frame, netplay::crc32(state));
            ++friend_told_;
        });
        host_.accepted(friend_connection, now_);
        friend_.connected();
        for (int n = 0; n < 8; ++n)
            step();
    }

    void run()
    {
        const std::size_t frames = manner_ >> 4U == 5 ? long_game : short_game;
        for (std::size_t n = 0; n < steps_max && frames_ < frames && !decisions_.empty(); ++n) {
            if (decisions_.below(4) == 0)
                wait();
            else
                harass();
            ensure(!friend_.end().over(), "a friend had to go because of a stranger");
            ensure(!host_.end().over(), "a host gave up because of a stranger");
        }
        if ((manner_ & 15U) != 10) return;
        // The stranger is silent; the host loses patience with it, and the game goes on.
        for (std::size_t n = 0; n < frames_ahead; ++n)
            step();
        for (std::size_t n = 0; n < frames_of_patience; ++n)
            step(long_frame);
        const std::uint64_t told = friend_told_;
        for (int n = 0; n < 10; ++n)
            step();
        ensure(friend_told_ > told, "the game does not go on");
    }

private:
    [[nodiscard]] bool is_pausing() const { return (manner_ & 1U) != 0; }

    peer::HostPeerSettings host_settings()
    {
        peer::HostPeerSettings settings;
        settings.nick = "host";
        settings.protocol = 5 + static_cast<std::uint32_t>(decisions_.below(3));
        settings.session.nick = "host";
        for (std::size_t port = 0; port < 8; ++port)
            settings.session.devices[port] = static_cast<std::uint32_t>(decisions_.below(6));
        // A host with a port of more words than protocol 4 can carry takes nobody of it.
        for (std::uint32_t& device : settings.session.devices)
            if (device == 3 && friend_protocol_ == 4) device = 5;
        settings.session.devices[0] = settings.session.devices[1] = 1;
        settings.session.crc_interval = 1 + static_cast<unsigned>(decisions_.below(8));
        settings.session.latency.least = static_cast<unsigned>(decisions_.below(16));
        settings.session.pausing_allowed = is_pausing();
        return settings;
    }

    // What the host has served since the friend came is numbered as the friend numbers it.
    void tell(std::uint32_t truth, Frame frame, std::uint32_t hash)
    {
        const auto [told, first] = told_.try_emplace({truth, frame}, hash);
        ensure(first || told->second == hash, "a friend is out of sync because of a stranger");
    }

    void step(Instant length = usual_frame)
    {
        now_ += length;
        ++frames_;
        give(friend_connection, std::exchange(friend_.out(), {}));
        const std::uint64_t sent = host_.session().counts().states_sent;
        host_.tick([](Frame frame, std::size_t seat) { return pressed(seat, frame); }, now_);
        if (host_.session().counts().states_sent != sent) ++truth_;
        std::vector<std::uint8_t>& out = host_.out(friend_connection);
        ensure(out.size() < unsent_max, "a friend is told too much");
        friend_.received(std::exchange(out, {}), now_);
        friend_.tick([](Frame frame, std::size_t seat) { return pressed(20 + seat, frame); }, now_);
        for (const peer::HostEvent& event : host_.take_events()) {
            if (event.connection == friend_connection && event.closing)
                std::fprintf(stderr, "to the friend: %s\n", event.text.c_str());
            ensure(event.connection != friend_connection || !event.closing,
                   "a friend was sent away");
            if (event.closing && event.connection == stranger_connection_) go();
        }
        if (stranger_) hear();
    }

    void give(peer::ConnectionNumber connection, const std::vector<std::uint8_t>& bytes)
    {
        if (!host_.busy(connection)) host_.received(connection, bytes, now_);
    }

    void hear()
    {
        std::vector<std::uint8_t>& out = host_.out(stranger_connection_);
        ensure(out.size() < unsent_max, "a stranger is told too much");
        stranger_->received(std::exchange(out, {}), now_);
        if (listens_)
            stranger_->tick([](Frame frame, std::size_t seat) { return pressed(40 + seat, frame); },
                            now_);
        if (!stranger_->session() || listens_)
            give(stranger_connection_, std::exchange(stranger_->out(), {}));
    }

    void wait()
    {
        const bool is_long = decisions_.below(16) == 15;
        const std::size_t steps = is_long ? frames_of_patience : 1 + decisions_.below(6);
        for (std::size_t n = 0; n < steps; ++n)
            step(is_long ? long_frame : usual_frame);
    }

    void come()
    {
        if (visits_++ >= visits_max) return;
        stranger_connection_ = 1 + visits_;
        protocol_ = 4 + static_cast<std::uint32_t>(decisions_.below(4));
        listens_ = decisions_.below(4) == 0; // plays as it should, besides
        stranger_core_.emplace(small_arena());
        stranger_.emplace(*stranger_core_, client_settings("stranger", protocol_));
        host_.accepted(stranger_connection_, now_);
        stranger_->connected();
        for (int n = 0; n < 6 && stranger_; ++n)
            step();
    }

    void go()
    {
        host_.closed(stranger_connection_);
        stranger_.reset();
    }

    void harass()
    {
        if (!stranger_) return come();
        if (decisions_.below(32) == 0) return go();
        // Numbers are given in order, and the friend has the first.
        const rollback::Timeline& timeline = host_.session().timeline();
        const Frame near = decisions_.yes() ? timeline.read(2) : timeline.self();
        std::vector<std::uint8_t> bytes;
        add_wild_command(decisions_, near, bytes);
        give(stranger_connection_, bytes);
    }

    Decisions& decisions_;
    std::uint32_t friend_protocol_;
    std::uint8_t manner_;
    std::size_t frames_ = 0; // steps so far
    Instant now_{0};
    cores::ArenaCore host_core_{small_arena()}, friend_core_{small_arena()};
    peer::HostPeer host_;
    peer::ClientPeer friend_;
    std::optional<cores::ArenaCore> stranger_core_;
    std::optional<peer::ClientPeer> stranger_;
    peer::ConnectionNumber stranger_connection_ = 0;
    std::size_t visits_ = 0;
    std::uint32_t protocol_ = 6;
    bool listens_ = false;
    std::uint32_t truth_ = 0;
    std::map<std::pair<std::uint32_t, Frame>, std::uint32_t> told_;
    std::uint64_t friend_told_ = 0;
};

// A client whose host is the stranger.
void run_client(Decisions& decisions)
{
    const std::uint32_t protocol = 4 + static_cast<std::uint32_t>(decisions.below(4));
    cores::ArenaCore core(small_arena());
    peer::ClientPeerSettings settings = client_settings("client", protocol);
    settings.spectate = decisions.yes();
    if (decisions.yes()) settings.latency = {0, static_cast<unsigned>(decisions.below(16))};
    peer::ClientPeer client(core, settings);
    client.connected();

    netplay::ServerSettings server_settings;
    server_settings.self = peer::identity_of(core, "host", 7);
    server_settings.highest_protocol = 7;
    server_settings.protocol_4 = true;
    netplay::ServerHandshake server(server_settings);
    wire::CommandStream stream;
    std::vector<std::uint8_t> said;
    Instant now{0};
    for (int n = 0; n < 4; ++n) {
        stream.append(std::exchange(client.out(), {}));
        (void)server.receive(stream, said);
        client.received(std::exchange(said, {}), now);
    }
    add_wild_sync(decisions, protocol, said);
    client.received(std::exchange(said, {}), now);

    for (std::size_t n = 0; n < steps_max && !decisions.empty() && !client.end().over(); ++n) {
        const rollback::ClientSession* session = client.session();
        if (session == nullptr || decisions.below(4) == 0) {
            now += decisions.below(16) == 0 ? 1s : 16ms;
            client.tick([](Frame frame, std::size_t seat) { return pressed(seat, frame); }, now);
            if (client.session() != nullptr && decisions.below(16) == 0)
                client.session()->playing() ? client.session()->spectate()
                                            : client.session()->play();
        } else if (!client.busy()) {
            const Frame near =
                decisions.yes() ? session->server_frame() : session->timeline().self();
            std::vector<std::uint8_t> bytes;
            add_wild_command(decisions, near, bytes);
            client.received(bytes, now);
        }
        ensure(client.out().size() < unsent_max, "a client says too much");
        client.out().clear();
    }
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace netplay_relay::fuzz;
    Decisions decisions({data, size});
    if (decisions.yes())
        AtHost(decisions).run();
    else
        run_client(decisions);
    return 0;
}
