#include "rollback/host_session.hpp"

#include "base/ensure.hpp"
#include "netplay/savestate.hpp"
#include "own_input.hpp"
#include "wire/netplay_encode.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::rollback {

HostSession::HostSession(Core& core, HostSessionSettings settings, Instant)
    : settings_(std::move(settings)),
      timeline_(core, server_ring_frames, 0, settings_.devices, Seats{})
{
    if (!settings_.spectate) play();
    latency_ = settings_.latency.least;
}

std::vector<std::uint8_t>& HostSession::out(std::uint32_t client)
{
    ensure(client < clients_max && clients_[client] != nullptr, "only clients have output");
    return clients_[client]->out;
}

const ClientCounts& HostSession::counts(std::uint32_t client) const
{
    return clients_.at(client)->counts;
}

const std::string& HostSession::nick(std::uint32_t client) const
{
    return clients_.at(client)->nick;
}

const wire::Dialect& HostSession::dialect(std::uint32_t client) const
{
    return clients_.at(client)->receive_dialect;
}

std::size_t HostSession::clients() const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(clients_, [](const auto& client) { return client != nullptr; }));
}

std::size_t HostSession::players() const
{
    return static_cast<std::size_t>(std::ranges::count_if(
        clients_, [](const auto& client) { return client != nullptr && client->playing; }));
}

std::vector<std::string> HostSession::nicks() const
{
    std::vector<std::string> all{settings_.nick};
    for (const auto& client : clients_)
        if (client != nullptr) all.push_back(client->nick);
    return all;
}

std::optional<std::uint32_t> HostSession::join(const netplay::Negotiated& negotiated)
{
    if (full() || (negotiated.protocol == 4 && !has_plain_seats())) return std::nullopt;
    for (std::uint32_t number = 1; number < clients_max; ++number) {
        if (clients_[number]) continue;
        auto client = std::make_unique<Client>();
        client->negotiated = negotiated;
        client->receive_dialect = {negotiated.protocol, negotiated.info_layout, wire::Side::client,
                                   0};
        client->send_dialect = {negotiated.protocol, negotiated.info_layout, wire::Side::server, 0};
        client->nick = netplay::unique_nick(negotiated.nick, nicks());
        clients_[number] = std::move(client);
        state_wanted_ = true;
        return number;
    }
    return std::nullopt;
}

void HostSession::drop(std::uint32_t client, CloseReason end)
{
    dropped_.push_back({client, end});
    leave(client);
}

std::vector<Dropped> HostSession::take_dropped() { return std::exchange(dropped_, {}); }

Frame HostSession::unread() const
{
    Frame first = timeline_.self();
    for (std::uint32_t number = 1; number < clients_max; ++number)
        if (clients_[number] && clients_[number]->playing)
            first = std::min(first, timeline_.read(number));
    return first;
}

// How far the slowest of the players is, if all of them are ahead of us.
Frame HostSession::farthest() const
{
    std::optional<Frame> slowest;
    for (std::uint32_t number = 1; number < clients_max; ++number)
        if (clients_[number] && clients_[number]->playing)
            slowest = std::min(slowest.value_or(timeline_.read(number)), timeline_.read(number));
    return std::max(timeline_.self(), slowest.value_or(0));
}

bool HostSession::paused() const
{
    return std::ranges::any_of(
        clients_, [](const auto& client) { return client != nullptr && client->paused; });
}

bool HostSession::stalls(Instant now)
{
    const Frame self = timeline_.self();
    const Frame known = unread();
    running_fast_ = self - known >= (running_fast_ ? stall_release : stall_distance);
    fast_watch_.look(running_fast_, now, counts_.running_fast);
    blame(now);
    return running_fast_ || !timeline_.has_room(self);
}

bool HostSession::has_joiners() const
{
    return std::ranges::any_of(
        clients_, [](const auto& client) { return client != nullptr && !client->synced; });
}

bool HostSession::has_old_clients() const
{
    return std::ranges::any_of(clients_, [](const auto& client) {
        return client != nullptr && client->negotiated.protocol == 4;
    });
}

// In protocol 4 a player is a port of three words: it cannot tell of one who has two ports, of two
// who share one, or of a keyboard.
bool HostSession::has_plain_seats() const
{
    constexpr std::size_t words_max = 3;
    if (std::ranges::any_of(settings_.devices, [](std::uint32_t device) {
            return wire::device_words(device) > words_max;
        }))
        return false;
    const Seats& seats = timeline_.seats();
    std::uint32_t seen = 0;
    for (const std::uint32_t players : seats.clients) {
        if ((players & (players - 1)) != 0 || (players & seen) != 0) return false;
        seen |= players;
    }
    return true;
}

void HostSession::blame(Instant now)
{
    const Instant passed = last_tick_ ? now - *last_tick_ : Instant{0};
    last_tick_ = now;
    for (std::uint32_t number = 1; number < clients_max; ++number) {
        Client* client = clients_[number].get();
        if (client == nullptr) continue;
        const Frame read = std::min(timeline_.self(), timeline_.read(number));
        if (!running_fast_ || !client->playing || timeline_.self() - read < stall_release) {
            client->lagging_since.reset();
            continue;
        }
        if (!client->lagging_since) client->lagging_since = now;
        client->counts.waited_for += passed;
        if (now - *client->lagging_since >= server_patience) drop(number, CloseReason::silent);
    }
}

void HostSession::ask_to_stall()
{
    const Frame self = timeline_.self();
    each_synced([&](std::uint32_t number, Client& client) {
        if (!client.playing || timeline_.read(number) <= self + stall_request_lead) return;
        if (client.last_stall && self - *client.last_stall < stall_request_interval) return;
        client.last_stall = self;
        ++client.counts.stalls_sent;
        const Frame lead = timeline_.read(number) - self + 1;
        send(client, wire::Stall{std::min<Frame>(lead, wire::stall_frames_max)});
    });
}

Turn HostSession::tick(const LocalInput& local, Instant now)
{
    if (end_ != CloseReason::none) return Turn::ended;
    const auto core_failed = [this] {
        end_ = CloseReason::core_failed;
        return Turn::ended;
    };
    if (!timeline_.confirm(unread())) return core_failed();
    report_confirmed();
    if (paused()) {
        each_synced([](std::uint32_t, Client& client) { client.lagging_since.reset(); });
        fast_watch_.restart(now);
        last_tick_ = now;
        // A newcomer cannot wait for the end of the pause: it would give up.
        if (has_joiners()) serve_state();
        return end_ == CloseReason::none ? Turn::paused : Turn::ended;
    }
    const bool stalled = stalls(now);
    each_synced([&](std::uint32_t, Client& client) {
        state_wanted_ |= client.state_due && *client.state_due <= timeline_.self();
    });
    if (state_wanted_ && !stalled) serve_state();
    if (end_ != CloseReason::none) return Turn::ended;
    ask_to_stall();
    hurrying_ = catch_up_.look(farthest() - timeline_.self(), now);
    if (stalled) return Turn::stalled;

    if (timeline_.self() - timeline_.run() <= latency_) close_frame(local);
    while (timeline_.self() - timeline_.run() > latency_)
        if (!timeline_.run_frame()) return core_failed();
    return Turn::ran;
}

// Nothing of a frame is sent before we are at it: first what we hold of the others, then our own.
void HostSession::close_frame(const LocalInput& local)
{
    const Frame frame = timeline_.self();
    const Seats seats = timeline_.seats_at(frame);
    const std::uint32_t players = seats.players();
    tell_late_leaves();
    for (std::uint32_t player = 1; player < clients_max; ++player) {
        if ((players >> player & 1U) == 0) continue;
        const InputWords* known = timeline_.input(player, frame);
        if (known == nullptr) continue;
        each_synced([&](std::uint32_t number, Client& client) {
            if (number != player) send_input(client, player, frame, *known);
        });
    }

    if (!playing_ || seats.ports_of(0) == 0) {
        each_synced([&](std::uint32_t, Client& client) { send(client, wire::NoInput{frame}); });
        timeline_.advance_self();
        return;
    }
    const InputWords words = own_input(local, timeline_, 0, frame);
    timeline_.expect(0, frame);
    timeline_.put_input(0, words);
    each_synced([&](std::uint32_t, Client& client) { send_input(client, 0, frame, words); });
    timeline_.advance_self();
}

void HostSession::report_confirmed()
{
    while (const auto frame = timeline_.next_confirmed()) {
        const std::span<const std::uint8_t> state = timeline_.state(*frame);
        if (confirmed_watch_) confirmed_watch_(*frame, state);
        if (settings_.crc_interval == 0 || *frame % settings_.crc_interval != 0) continue;
        const wire::Crc crc{*frame, netplay::crc32(state)};
        bool anybody = false;
        each_synced([&](std::uint32_t, Client& client) {
            send(client, crc);
            client.crc_open = true;
            anybody = true;
        });
        if (anybody) ++counts_.crcs_sent;
    }
}

void HostSession::reset()
{
    reset_wanted_ = true;
    state_wanted_ = true;
}

void HostSession::load_state(std::vector<std::uint8_t> state)
{
    load_wanted_ = std::move(state);
    state_wanted_ = true;
}

bool HostSession::flip_players()
{
    bool all_old = true;
    each_synced([&](std::uint32_t, Client& client) { all_old &= client.negotiated.protocol == 4; });
    if (!all_old || !timeline_.flip(timeline_.self())) return false;
    const wire::FlipPlayers flip{timeline_.self()};
    each_synced([&](std::uint32_t, Client& client) { send(client, flip); });
    return true;
}

void HostSession::serve_state()
{
    state_wanted_ = false;
    each_synced([&](std::uint32_t, Client& client) {
        if (std::exchange(client.state_due, std::nullopt)) client.last_state = timeline_.self();
        client.crc_open = false;
    });
    Core& core = timeline_.core();
    if (load_wanted_) {
        if (!core.load(*load_wanted_)) end_ = CloseReason::core_failed;
        load_wanted_.reset();
    }
    if (reset_wanted_) core.reset();
    const std::span<const std::uint8_t> state = timeline_.confirm_predictions();
    if (state.empty()) end_ = CloseReason::core_failed;
    if (end_ != CloseReason::none) return;

    for (std::uint32_t number = 1; number < clients_max; ++number) {
        if (!clients_[number] || clients_[number]->synced) continue;
        // Only protocol 4 has words for exchanged players.
        if (timeline_.seats().flipped && clients_[number]->negotiated.protocol > 4)
            (void)flip_players();
        send_sync(number);
    }
    if (reset_wanted_) {
        const wire::Reset reset{timeline_.self()};
        each_synced([&](std::uint32_t, Client& client) { send(client, reset); });
        ++counts_.resets;
        reset_wanted_ = false;
    }
    send_state(state);
}

} // namespace netplay_relay::rollback
