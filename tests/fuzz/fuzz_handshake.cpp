// Arbitrary bytes for both handshake machines: alone, and as damage to a script of the two.
// However the bytes are cut, the outcome must be the same, what is said must have a limit, and what
// is over must stay so.
#include "decisions.hpp"

#include "base/ensure.hpp"
#include "netplay/handshake.hpp"
#include "wire/netplay_encode.hpp"

#include <algorithm>
#include <vector>

namespace netplay_relay::fuzz {

namespace {

using netplay::ClientHandshake;
using netplay::HandshakeState;
using netplay::ServerHandshake;
using Bytes = std::vector<std::uint8_t>;
using Lengths = std::vector<std::size_t>;

// A header, NICK, PASSWORD and nine INFO are less.
constexpr std::size_t said_max = 1024;

struct Setup
{
    netplay::ClientSettings client;
    netplay::ServerSettings server;
};

Setup read_setup(Decisions& decisions)
{
    Setup setup;
    setup.client.self = {"bob", {7, "Core", "1"}, wire::platform_linux_64, 0x469};
    setup.server.self = {"alice", {7, "CORE", "2"}, wire::platform_linux_64, 0x469};
    setup.client.savestate_max = setup.server.savestate_max = 512;
    setup.client.protocol = 4 + static_cast<std::uint32_t>(decisions.below(4));
    setup.server.highest_protocol = 5 + static_cast<std::uint32_t>(decisions.below(3));
    setup.server.protocol_4 = decisions.yes();
    const std::uint8_t passwords = decisions.byte();
    if ((passwords & 1) != 0) setup.server.password = "play";
    if ((passwords & 2) != 0) setup.server.spectate_password = "watch";
    if ((passwords & 3) != 0) setup.server.salt = 0xa5a5a5a5;
    if ((passwords & 12) != 0) setup.client.password = (passwords & 4) != 0 ? "play" : "watch";
    return setup;
}

bool is_same(const netplay::Negotiated& a, const netplay::Negotiated& b)
{
    return a.protocol == b.protocol && a.info_layout == b.info_layout && a.zlib == b.zlib &&
           a.platform == b.platform && a.implementation == b.implementation && a.nick == b.nick &&
           a.info == b.info && a.version_differs == b.version_differs &&
           a.content_differs == b.content_differs && a.may_play == b.may_play;
}

// One machine with its stream, watched.
template <class Machine>
class Watched
{
public:
    explicit Watched(Machine machine) : machine_(std::move(machine)) {}

    // In pieces of these lengths, again and again; 0 is all that is left.
    void hear(std::span<const std::uint8_t> bytes, const Lengths& lengths)
    {
        while (!bytes.empty()) {
            const std::size_t wished = lengths.empty() ? 0 : lengths[piece_++ % lengths.size()];
            const std::size_t size = wished == 0 ? bytes.size() : std::min(wished, bytes.size());
            hear_piece(bytes.first(size));
            bytes = bytes.subspan(size);
        }
    }

    Machine& machine() { return machine_; }
    Bytes& said() { return said_; }
    [[nodiscard]] HandshakeState state() const { return state_; }

    void check_same(const Watched& other) const
    {
        ensure(state_ == other.state_, "another state in pieces");
        ensure(said_ == other.said_, "said something else in pieces");
        ensure(is_same(machine_.negotiated(), other.machine_.negotiated()),
               "negotiated something else");
        if (state_ == HandshakeState::ended)
            ensure(machine_.end() == other.machine_.end(), "ended otherwise in pieces");
        if (state_ == HandshakeState::done)
            ensure(std::ranges::equal(stream_.unread(), other.stream_.unread()),
                   "took more in pieces");
    }

private:
    void hear_piece(std::span<const std::uint8_t> piece)
    {
        const std::size_t said_before = said_.size();
        const bool was_over = state_ != HandshakeState::going;
        stream_.append(piece);
        const std::size_t unread_before = stream_.unread().size();
        const HandshakeState state = machine_.receive(stream_, said_);
        if (was_over) {
            ensure(state == state_, "an end was left again");
            ensure(said_.size() == said_before, "something was said behind the end");
            ensure(stream_.unread().size() == unread_before, "something was read behind the end");
        }
        state_ = state;
        ensure(said_.size() <= said_max, "too much was said");
    }

    Machine machine_;
    wire::CommandStream stream_;
    Bytes said_;
    HandshakeState state_ = HandshakeState::going;
    std::size_t piece_ = 0;
};

void check_client(const Setup& setup, const Lengths& lengths, std::span<const std::uint8_t> bytes)
{
    Watched whole{ClientHandshake(setup.client)};
    Watched pieces{ClientHandshake(setup.client)};
    whole.machine().start(whole.said());
    pieces.machine().start(pieces.said());
    whole.hear(bytes, {});
    pieces.hear(bytes, lengths);
    pieces.check_same(whole);
    ensure(pieces.machine().sram() == whole.machine().sram(), "another battery RAM in pieces");
    ensure(!whole.machine().if_closed_now().empty(), "nothing to tell the player");
}

void check_server(const Setup& setup, const Lengths& lengths, std::span<const std::uint8_t> bytes)
{
    Watched whole{ServerHandshake(setup.server)};
    Watched pieces{ServerHandshake(setup.server)};
    whole.hear(bytes, {});
    pieces.hear(bytes, lengths);
    pieces.check_same(whole);
}

Bytes sync_of(std::uint32_t protocol)
{
    const wire::Dialect dialect{protocol, wire::InfoLayout::crc_first, wire::Side::server, 512};
    const Bytes sram(20, 9);
    Bytes bytes;
    if (protocol == 4) {
        wire::Sync4 sync;
        sync.sram = sram;
        wire::encode_command(sync, dialect, bytes);
    } else {
        wire::Sync sync;
        sync.client = 1;
        sync.sram = sram;
        wire::encode_command(sync, dialect, bytes);
    }
    return bytes;
}

// Two machines, and what spoils the bytes between them.
class Script
{
public:
    Script(const Setup& setup, std::span<const std::uint8_t> damage)
        : damage_(damage), client_(ClientHandshake(setup.client)),
          server_(ServerHandshake(setup.server))
    {
    }

    void run(const Lengths& lengths)
    {
        client_.machine().start(client_.said());
        bool is_synced = false;
        while (client_.said().size() > heard_by_server_ ||
               server_.said().size() > heard_by_client_) {
            server_.hear(damaged(client_.said(), heard_by_server_, 0), lengths);
            client_.hear(damaged(server_.said(), heard_by_client_, 1), lengths);
            if (server_.state() != HandshakeState::done || is_synced) continue;
            is_synced = true;
            const Bytes sync = sync_of(server_.machine().negotiated().protocol);
            server_.said().insert(server_.said().end(), sync.begin(), sync.end());
        }
    }

    void check_same(const Script& other) const
    {
        client_.check_same(other.client_);
        server_.check_same(other.server_);
    }

    [[nodiscard]] bool is_done() const
    {
        return client_.state() == HandshakeState::done && server_.state() == HandshakeState::done;
    }

private:
    // Three bytes are one damage: which way and where (9 bits), and what is flipped there.
    Bytes damaged(const Bytes& said, std::size_t& heard, unsigned way) const
    {
        Bytes bytes(said.begin() + static_cast<std::ptrdiff_t>(heard), said.end());
        for (std::size_t at = 0; at + 2 < damage_.size(); at += 3) {
            const std::size_t place =
                damage_[at + 1] + (static_cast<std::size_t>(damage_[at] & 2U) << 7U);
            if ((damage_[at] & 1U) != way || place < heard || place >= said.size()) continue;
            std::uint8_t& byte = bytes[place - heard];
            byte = static_cast<std::uint8_t>(byte ^ damage_[at + 2]);
        }
        heard = said.size();
        return bytes;
    }

    std::span<const std::uint8_t> damage_;
    Watched<ClientHandshake> client_;
    Watched<ServerHandshake> server_;
    std::size_t heard_by_server_ = 0;
    std::size_t heard_by_client_ = 0;
};

bool should_meet(const Setup& setup)
{
    const auto& server = setup.server;
    const auto& password = setup.client.password;
    const bool is_open = server.password.empty() && server.spectate_password.empty();
    if (!is_open &&
        (password.empty() || (password != server.password && password != server.spectate_password)))
        return false;
    if (setup.client.protocol == 4) return server.protocol_4;
    return true;
}

void check_script(const Setup& setup, const Lengths& lengths, std::span<const std::uint8_t> damage)
{
    Script whole(setup, damage);
    Script pieces(setup, damage);
    whole.run({});
    pieces.run(lengths);
    pieces.check_same(whole);
    if (damage.size() < 3)
        ensure(whole.is_done() == should_meet(setup), "an undamaged script went wrong");
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace netplay_relay::fuzz;
    Decisions decisions({data, size});
    const std::size_t kind = decisions.below(3);
    const Setup setup = read_setup(decisions);
    Lengths lengths(decisions.below(5));
    for (std::size_t& length : lengths)
        length = decisions.below(80);
    const auto bytes = decisions.rest();
    if (kind == 0)
        check_client(setup, lengths, bytes);
    else if (kind == 1)
        check_server(setup, lengths, bytes);
    else
        check_script(setup, lengths, bytes);
    return 0;
}
