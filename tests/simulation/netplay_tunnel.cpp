#include "netplay_tunnel.hpp"

#include "netplay/savestate.hpp"
#include "wire/magic.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

constexpr lobby::Duration frame_length = std::chrono::nanoseconds(16'666'667);
constexpr lobby::Duration game_length = 12s;
constexpr std::size_t steps_max = 2'000'000;
constexpr std::size_t read_max = 4096;

cores::ArenaOptions small_arena()
{
    cores::ArenaOptions options;
    options.players = 8;
    options.state_size = 2048;
    return options;
}

peer::HostPeerSettings host_settings()
{
    peer::HostPeerSettings settings;
    settings.nick = settings.session.nick = "host";
    settings.protocol = 7;
    settings.session.devices = {1, 5, 1, 5, 1, 5, 1, 5};
    settings.session.crc_interval = 5;
    settings.session.connections_max = 8;
    return settings;
}

peer::ClientPeerSettings guest_settings(const std::string& nick, std::uint32_t protocol)
{
    peer::ClientPeerSettings settings;
    settings.nick = nick;
    settings.protocol = protocol;
    return settings;
}

NetworkTraits any_traits(Rng& rng)
{
    NetworkTraits traits;
    traits.latency_min = rng.between(0ms, 30ms);
    traits.latency_max = traits.latency_min + rng.between(0ms, 30ms);
    traits.segment_max = rng.one_in(3) ? rng.between(20, 100) : rng.between(200, 1460);
    traits.window = rng.between(4000, 100000);
    return traits;
}

template <class Id>
Id id_in(const std::vector<std::uint8_t>& message)
{
    Id id;
    std::copy_n(message.begin() + wire::magic_size, wire::id_size, id.bytes.begin());
    return id;
}

template <class Id>
std::vector<std::uint8_t> tagged(std::uint32_t magic, const Id& id)
{
    wire::Bytes bytes;
    bytes.append_u32(magic);
    bytes.append(id.bytes);
    return {bytes.view().begin(), bytes.view().end()};
}

void append(std::vector<std::uint8_t>& to, const std::vector<std::uint8_t>& bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

} // namespace

TunnelGame::Guest::Guest(std::string nick, std::uint32_t protocol)
    : name(std::move(nick)), core(small_arena()), peer(core, guest_settings(name, protocol))
{
}

TunnelGame::TunnelGame(std::uint64_t seed)
    : rng_(seed), network_(schedule_, Rng(rng_.draw()), any_traits(rng_)),
      random_(Rng(rng_.draw())),
      relay_(schedule_, Rng(rng_.draw()), lobby::Policy{}, random_, network_, oracle_, Fault::none),
      input_(seed), core_(small_arena()), host_(core_, host_settings(), now())
{
    network_.serve(relay_);
    oracle_.adopts(lobby::Limits{});
    host_.session().watch_confirmed([this](Frame frame, auto state) {
        agreement_.tell("host", truth_, frame, netplay::crc32(state));
    });
    const std::size_t guests = rng_.between(1, 6);
    for (std::size_t n = 0; n < guests; ++n) {
        const auto protocol = static_cast<std::uint32_t>(rng_.between(4, 7));
        Guest& guest = *guests_.emplace_back(
            std::make_unique<Guest>("guest " + std::to_string(n + 1), protocol));
        guest.peer.watch_confirmed([this, &guest](Frame frame, auto state) {
            Truth truth = guest.began_with.value_or(Truth{});
            truth.states +=
                static_cast<std::uint32_t>(guest.peer.session()->counts().states_received);
            agreement_.tell(guest.name, truth, frame, netplay::crc32(state));
            ++guest.told;
        });
    }
}

TunnelGame::~TunnelGame() = default;

rollback::Instant TunnelGame::now() const { return schedule_.now().time_since_epoch(); }

void TunnelGame::complain(const std::string& text) { oracle_.complains(text); }

TunnelOutcome TunnelGame::run()
{
    control_ = network_.connect(*this, {*wire::parse_address("192.0.2.1"), 1});
    schedule_.after(frame_length, [this] { tick_host(); });
    for (const auto& guest : guests_)
        schedule_.after(rng_.between(500ms, 5s), [this, &guest = *guest] { guest_arrives(guest); });
    schedule_.after(game_length, [this] { end(); });
    std::size_t steps = 0;
    while (oracle_.complaints().empty() && schedule_.run_next())
        if (++steps > steps_max) complain("the game does not end");
    if (oracle_.complaints().empty() && relay_.connections() > 0)
        complain("the relay still has a connection");

    TunnelOutcome outcome{oracle_.complaints(), scramble(oracle_.trace() ^ agreement_.trace()),
                          agreement_.compared(), host_.session().timeline().counts().rollbacks,
                          relay_.books().totals.links};
    for (const auto& guest : guests_)
        if (guest->peer.session() != nullptr)
            outcome.rollbacks += guest->peer.session()->timeline().counts().rollbacks;
    return outcome;
}

void TunnelGame::guest_arrives(Guest& guest)
{
    if (!session_) return complain("the relay gave no session");
    const auto port = static_cast<std::uint16_t>(100 + guest.name.back());
    guest.line = network_.connect(*this, {*wire::parse_address("203.0.113.9"), port});
    append(guest.unsent, tagged(wire::magic_session, *session_));
    guest.peer.connected();
    tick_guest(guest);
}

TunnelGame::Guest* TunnelGame::guest_on(Line line)
{
    for (const auto& guest : guests_)
        if (guest->line == line) return guest.get();
    return nullptr;
}

void TunnelGame::connected(Line line)
{
    if (line == control_) {
        network_.write(line, tagged(wire::magic_session, wire::SessionId{}));
    } else if (const auto host_side = host_sides_.find(line); host_side != host_sides_.end()) {
        host_side->second.is_connected = true;
        host_accepts(line);
    } else if (Guest* guest = guest_on(line)) {
        write(line, guest->unsent);
    }
}

void TunnelGame::ready(Line line)
{
    if (over_) return;
    if (line == control_) return host_hears_relay();
    if (host_sides_.contains(line)) return host_side_ready(line);
    if (Guest* guest = guest_on(line)) guest_ready(*guest);
}

void TunnelGame::broken(Line) { complain("the relay broke a connection"); }

TunnelGame::Bytes TunnelGame::read(Line line, bool& ended)
{
    Bytes all;
    Bytes bytes;
    for (;;) {
        const PeerRead result = network_.read(line, read_max, bytes);
        if (result == PeerRead::bytes) append(all, bytes);
        ended = result == PeerRead::end || result == PeerRead::broken;
        if (result != PeerRead::bytes) return all;
    }
}

void TunnelGame::write(Line line, Bytes& unsent)
{
    const std::size_t sent = network_.write(line, unsent);
    unsent.erase(unsent.begin(), unsent.begin() + static_cast<std::ptrdiff_t>(sent));
}

void TunnelGame::host_hears_relay()
{
    bool ended = false;
    append(heard_, read(control_, ended));
    if (ended) return complain("the relay ended the session");
    while (heard_.size() >= wire::magic_size) {
        const std::uint32_t magic = wire::read_u32(heard_);
        const std::size_t size = magic == wire::magic_ping      ? wire::magic_size
                                 : magic == wire::magic_address ? wire::address_reply_size
                                                                : wire::tunnel_message_size;
        if (heard_.size() < size) return;
        const auto end = heard_.begin() + static_cast<std::ptrdiff_t>(size);
        const Bytes message(heard_.begin(), end);
        heard_.erase(heard_.begin(), end);
        host_takes(message);
    }
}

void TunnelGame::host_takes(const Bytes& message)
{
    const std::uint32_t magic = wire::read_u32(message);
    if (magic == wire::magic_ping) {
        network_.write(control_, message);
    } else if (magic == wire::magic_session) {
        session_ = id_in<wire::SessionId>(message);
    } else if (magic == wire::magic_ticket) {
        const Line line =
            network_.connect(*this, {*wire::parse_address("192.0.2.1"),
                                     static_cast<std::uint16_t>(2 + host_sides_.size())});
        host_sides_[line].ticket = id_in<wire::TicketId>(message);
        network_.write(control_, tagged(wire::magic_address, host_sides_[line].ticket));
    } else if (magic == wire::magic_address) {
        for (auto& [line, host_side] : host_sides_) {
            if (host_side.ticket != id_in<wire::TicketId>(message)) continue;
            host_side.is_answered = true;
            host_accepts(line);
        }
    }
}

// As RetroArch does: connected, and told who it is.
void TunnelGame::host_accepts(Line line)
{
    HostSide& host_side = host_sides_.at(line);
    if (!host_side.is_connected || !host_side.is_answered ||
        std::exchange(host_side.is_accepted, true))
        return;
    append(host_side.unsent, tagged(wire::magic_ticket, host_side.ticket));
    host_.accepted(static_cast<peer::ConnectionNumber>(line), now());
    write(line, host_side.unsent);
}

void TunnelGame::host_side_ready(Line line)
{
    HostSide& host_side = host_sides_.at(line);
    if (!host_side.is_accepted) return;
    bool ended = false;
    const Bytes bytes = read(line, ended);
    host_.received(static_cast<peer::ConnectionNumber>(line), bytes, now());
    if (ended) return complain("a guest was lost");
    write(line, host_side.unsent);
}

void TunnelGame::guest_ready(Guest& guest)
{
    bool ended = false;
    guest.peer.received(read(guest.line, ended), now());
    if (ended) return complain(guest.name + " lost its host");
    write(guest.line, guest.unsent);
}

void TunnelGame::tick_host()
{
    if (over_) return;
    const auto came = [this](const peer::HostEvent& event) {
        if (event.closing) complain("the host sent somebody away: " + event.text);
        for (const auto& guest : guests_)
            guest->has_come |= event.text == guest->name + " joined";
    };
    std::ranges::for_each(host_.take_events(), came);
    host_.tick([this](Frame frame, std::size_t seat) { return input_.words(seat, frame, 5); },
               now());
    const rollback::SessionCounts& counts = host_.session().counts();
    if (std::exchange(states_sent_, counts.states_sent) != counts.states_sent) {
        for (const auto& guest : guests_)
            if (guest->has_come && !guest->began_with) guest->began_with = truth_;
        ++truth_.states;
    }
    std::ranges::for_each(host_.take_events(), came);
    for (auto& [line, host_side] : host_sides_) {
        if (!host_side.is_accepted) continue;
        append(host_side.unsent, host_.out(static_cast<peer::ConnectionNumber>(line)));
        host_.out(static_cast<peer::ConnectionNumber>(line)).clear();
        write(line, host_side.unsent);
    }
    schedule_.after(frame_length + rng_.between(0ms, 2ms), [this] { tick_host(); });
}

void TunnelGame::tick_guest(Guest& guest)
{
    if (over_) return;
    const auto player = static_cast<std::size_t>(guest.line) * 32;
    guest.peer.tick(
        [&](Frame frame, std::size_t seat) { return input_.words(player + seat, frame, 5); },
        now());
    if (guest.peer.end().over()) complain(guest.name + " ended: " + guest.peer.end().reason);
    append(guest.unsent, guest.peer.out());
    guest.peer.out().clear();
    write(guest.line, guest.unsent);
    if (const auto& first = agreement_.first_difference())
        complain("frame " + std::to_string(first->frame) + " differs for " + first->who + " and " +
                 first->whom);
    schedule_.after(frame_length + rng_.between(0ms, 2ms), [this, &guest] { tick_guest(guest); });
}

void TunnelGame::end()
{
    check_end();
    over_ = true;
    for (const auto& guest : guests_)
        network_.close(guest->line);
    for (const auto& [line, host_side] : host_sides_)
        network_.close(line);
    network_.close(control_);
}

// What the relay has read off the passing bytes is what the two have agreed on.
void TunnelGame::check_inspected(const Guest& guest)
{
    for (const auto& game : relay_.games()) {
        if (!game || game->guest.nick != guest.name) continue;
        const bool agreed = game->host.nick == "host" && game->core_name == core_.info().name &&
                            game->protocol == guest.peer.negotiated().protocol &&
                            game->guest.content_crc == core_.info().content_crc;
        if (!agreed) complain(guest.name + " was read wrongly by the relay");
        if (game->crc_mismatches > 0) complain("the relay saw a desync of " + guest.name);
        if (game->guest.frame.value_or(0) < 300) complain("the relay lost count of " + guest.name);
        if (std::ranges::find(game->players, guest.name, &inspect::Player::nick) ==
            game->players.end())
            complain("the relay does not know that " + guest.name + " plays");
        return;
    }
    complain("the relay could not read along with " + guest.name);
}

void TunnelGame::check_end()
{
    for (const auto& guest : guests_) {
        const rollback::ClientSession* session = guest->peer.session();
        if (session == nullptr || !session->playing())
            return complain(guest->name + " is no player");
        if (guest->told < 300) complain(guest->name + " has seen little of the game");
        if (session->counts().crcs_failed > 0) complain(guest->name + " found a wrong CRC");
        check_inspected(*guest);
    }
}

} // namespace netplay_relay::simulation
