// The lobby's orders, as system calls.
#include "net/engine.hpp"

#include "netplay_relay/ensure.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

namespace netplay_relay::net {

namespace {

// How long one that was said goodbye to may take to read it and hang up.
constexpr std::chrono::seconds linger_time{2};
// One that is still being sent what was kept for it gets that time so often.
constexpr std::uint8_t linger_rounds_max = 30;
// Sent again after 0.2, 0.6 and 1.4 s at the soonest, later on a slow line.
constexpr unsigned repeats_dead = 3;
} // namespace

void Engine::carry_out(const lobby::Send& order)
{
    Connection* connection = find(order.connection);
    if (connection == nullptr) return;
    auto bytes = order.bytes.view();
    if (connection->outbox.empty()) {
        const IoResult written = write_now(connection->socket.value(), bytes);
        if (written.state == IoState::failed) return; // reading it will tell why
        bytes = bytes.subspan(written.bytes);
        if (bytes.empty()) return;
    }
    connection->outbox.keep(bytes);
    if (connection->outbox.size() > scratch_.size()) {
        tell(lobby::Left{connection->id, lobby::Departure::too_slow});
        return destroy(*connection);
    }
    watch_slow(*connection);
}

void Engine::carry_out(const lobby::Join& order)
{
    Connection* guest = find(order.guest);
    Connection* host_leg = find(order.host_leg);
    ensure(guest != nullptr && host_leg != nullptr, "joined one that is gone");
    for (Connection* end : {guest, host_leg}) {
        end->phase = Phase::linked;
        end->partner = end == guest ? host_leg : guest;
        end->last_byte = now();
    }
    host_leg->partial.assign({}); // its first bytes for the guest are gathered there
    if (inspects_) guest->inspector = std::make_unique<inspect::LinkInspector>();
    // Both first words go out before either end is looked at: one of them may have left already.
    std::array<SpliceResult, 2> results;
    for (Connection* source : {guest, host_leg}) {
        const std::vector<std::uint8_t> early = std::exchange(source->early, {});
        source->received += early.size();
        results[source == guest ? 0 : 1] = forward(*source->partner, early);
        inspect_passing(*source, *source->partner, early);
        if (!source->told_spoke) tell_first_word(*source);
        if (source->unread) go_on_later(*source);
    }
    if (splice_goes_on(results[0], *guest, *host_leg))
        (void)splice_goes_on(results[1], *host_leg, *guest);
}

void Engine::carry_out(const lobby::Close& order)
{
    Connection* connection = find(order.connection);
    if (connection == nullptr) return;
    const wire::Bytes last_words =
        wire::encode_farewell(lobby::last_words_of(order), lobby::told_reason_for(order.goodbye));
    say_goodbye(*connection, last_words.view());
}

void Engine::carry_out(const lobby::CloseLink& order)
{
    Connection* guest = find(order.guest);
    if (guest == nullptr || guest->partner == nullptr) return;
    end_link(*guest, true, *guest->partner, true);
}

void Engine::carry_out(const lobby::CheckIdle& order)
{
    const Connection* guest = find(order.guest);
    if (guest == nullptr || guest->partner == nullptr) return;
    tell(lobby::Progressed{guest->id, std::max(guest->last_byte, guest->partner->last_byte)});
}

void Engine::carry_out(const lobby::CheckAcknowledged& order)
{
    const Connection* connection = find(order.connection);
    if (connection == nullptr) return;
    const Unacknowledged sent = unacknowledged(connection->socket.value());
    const auto state = !sent.any                     ? lobby::Acknowledging::all
                       : sent.repeats < repeats_dead ? lobby::Acknowledging::waits
                                                     : lobby::Acknowledging::silent;
    tell(lobby::Acknowledgement{connection->id, state, sent.silence});
}

void Engine::report(const lobby::SessionOpened& news)
{
    journal_.session_opened(news, join_text(news.id, news.host), now());
}

void Engine::report(const lobby::SessionClosed& news) { journal_.session_closed(news, now()); }

void Engine::report(const lobby::LinkOpened& news) { journal_.link_opened(news, now()); }

void Engine::report(const lobby::LinkClosed& news)
{
    LinkMeter meter;
    if (const Connection* guest = find(news.guest); guest != nullptr && guest->partner != nullptr)
        meter = {guest->received, guest->partner->received};
    bytes_moved_ += meter.to_host + meter.to_guest;
    journal_.link_closed(news, meter, now());
}

void Engine::report(const lobby::Reloaded& news) { journal_.reloaded(news); }

void Engine::report(const lobby::TurnedAway& news)
{
    const Connection* connection = find(news.connection);
    const bool was_mute = connection != nullptr && connection->phase == Phase::greeting &&
                          connection->partial.size() == 0;
    journal_.turned_away(news, was_mute, now());
}

// Closes both ends; one that is to be flushed gets what is still kept for it first.
void Engine::end_link(Connection& one, bool flush_one, Connection& other, bool flush_other)
{
    for (Connection* end : {&one, &other}) {
        end->partner = nullptr;
        end->inspector.reset();
    }
    if (flush_one)
        say_goodbye(one, {});
    else
        destroy(one);
    if (flush_other)
        say_goodbye(other, {});
    else
        destroy(other);
}

// Sends the last words behind whatever is kept, says that no more will come, and waits a little for
// the peer to hang up: closing at once would send a reset, which can overtake what was said.
void Engine::say_goodbye(Connection& connection, std::span<const std::uint8_t> last_words)
{
    connection.early = {};
    // What a host would not take of our answers is of no use to it any more.
    if (connection.phase == Phase::control) connection.outbox = {};
    if (lingering_count_ >= lingering_max) stop_one_lingering();
    connection.outbox.keep(last_words_of(connection));
    connection.outbox.keep(last_words);
    const IoResult flushed = connection.outbox.flush(connection.socket.value());
    if (flushed.state == IoState::failed) return destroy(connection);
    if (flushed.state == IoState::moved) finish_writing(connection.socket.value());
    connection.phase = Phase::lingering;
    ++lingering_count_;
    go_on_later(connection); // what it has said already is to be read, and thrown away
    lingering_.push_back({now() + linger_time, connection.id});
}

void Engine::stop_one_lingering()
{
    while (!lingering_.empty()) {
        Connection* oldest = find(lingering_.front().connection);
        lingering_.pop_front();
        if (oldest != nullptr) return destroy(*oldest);
    }
}

void Engine::stop_lingering()
{
    const lobby::Instant due = now();
    while (!lingering_.empty() && lingering_.front().until <= due) {
        const lobby::ConnectionId id = lingering_.front().connection;
        lingering_.pop_front();
        Connection* connection = find(id);
        if (connection == nullptr) continue;
        const bool more_time =
            !connection->outbox.empty() && ++connection->linger_rounds < linger_rounds_max;
        if (more_time)
            lingering_.push_back({due + linger_time, id});
        else
            destroy(*connection);
    }
}

// The kernel's limit for unacknowledged data also ends a connection whose peer is alive and just
// does not read (a full window), so while we keep bytes for one, we look for ourselves whether it
// lives.
void Engine::watch_slow(Connection& connection)
{
    if (connection.slow) return;
    connection.slow = true;
    limit_unacknowledged(connection.socket.value(), 0);
    slow_.push_back({now() + member_look, connection.id});
    if (slow_.size() * 2 * socket_memory_max > slow_memory_.most) watch_memory();
    if (!telling_) arm_timer();
}

void Engine::look_at_slow()
{
    const lobby::Instant due = now();
    while (!slow_.empty() && slow_.front().until <= due) {
        const lobby::ConnectionId id = slow_.front().connection;
        slow_.pop_front();
        Connection* connection = find(id);
        if (connection == nullptr) continue;
        const bool is_kept_waiting = connection->phase == Phase::waiting && connection->unread;
        const bool took_all = connection->outbox.empty() && !is_kept_waiting &&
                              (!connection->parcels || connection->parcels->empty());
        const bool blocks = blocks_state_memory(*connection);
        if (blocks || takes_state_too_slowly(*connection)) {
            tell(lobby::Left{id, lobby::Departure::too_slow});
            destroy(*connection);
        } else if (took_all) {
            connection->slow = false;
            limit_unacknowledged(connection->socket.value(), Keepalive{}.unacknowledged_ms);
        } else if (!is_silenced(connection->socket.value())) {
            slow_.push_back({due + member_look, id});
        } else if (connection->phase == Phase::linked) {
            (void)link_broke(*connection, ETIMEDOUT);
        } else {
            tell(lobby::Left{id, lobby::Departure::lost});
            destroy(*connection);
        }
    }
}

// Who does not read leaves nothing behind in the kernel: see watch_slow().
void Engine::leave_nothing(const Connection& connection)
{
    if (!connection.slow) return;
    const bool took_all =
        connection.outbox.empty() && (!connection.parcels || connection.parcels->empty());
    if (took_all)
        limit_unacknowledged(connection.socket.value(), Keepalive{}.unacknowledged_ms);
    else
        reset_on_close(connection.socket.value());
}

// Closes the socket. Within a batch the record stays: the poller may still hold its address.
void Engine::destroy(Connection& connection)
{
    const auto found = connections_.find(connection.id);
    if (found == connections_.end()) return;
    leave_nothing(connection);
    if (connection.phase == Phase::lingering) --lingering_count_;
    connection.phase = Phase::closed;
    connection.socket = UniqueFd();
    std::unique_ptr<Connection> owned = std::move(found->second);
    connections_.erase(found);
    if (in_batch_) graveyard_.push_back(std::move(owned));
    if (connections_.empty() && when_empty_) boost::asio::post(io_, std::exchange(when_empty_, {}));
}

void Engine::begin_draining(std::function<void()> done)
{
    when_drained_ = std::move(done);
    tell(lobby::Drain{});
}

void Engine::shut_down(std::chrono::seconds grace, std::function<void()> done)
{
    when_drained_ = {};
    tell(lobby::Shutdown{});
    if (connections_.empty()) return boost::asio::post(io_, std::move(done));
    when_empty_ = std::move(done);
    grace_timer_.expires_after(grace);
    grace_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error && when_empty_) std::exchange(when_empty_, {})();
    });
}

Connection* Engine::find(lobby::ConnectionId id) const
{
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second.get();
}

std::optional<LinkFacts> Engine::facts(const lobby::LinkSnapshot& link) const
{
    const Connection* guest = find(link.guest);
    const Connection* host = find(link.host_leg);
    if (guest == nullptr || host == nullptr) return std::nullopt;
    LinkFacts facts;
    facts.guest = {guest->received, 0, guest->outbox.size(), tcp_facts(guest->socket.value())};
    facts.host = {host->received, 0, host->outbox.size(), tcp_facts(host->socket.value())};
    facts.last_byte = std::max(guest->last_byte, host->last_byte);
    if (guest->inspector != nullptr) facts.game = guest->inspector->facts();
    return facts;
}

std::optional<TcpFacts> Engine::tcp_facts_of(lobby::ConnectionId connection) const
{
    const Connection* found = find(connection);
    if (found == nullptr) return std::nullopt;
    return tcp_facts(found->socket.value());
}

std::string Engine::join_text(const lobby::SessionSnapshot& session) const
{
    // The host's end of a link has reached us where its control connection has, and may outlive it.
    const bool by_link = session.host_gone && !session.links.empty();
    return join_text(session.id, by_link ? session.links.front().host_leg : session.host);
}

std::string Engine::join_text(const wire::SessionId& id, lobby::ConnectionId host) const
{
    wire::Endpoint reached;
    const Connection* connection = find(host);
    const bool must_ask = public_name_.name.empty() || public_name_.port == 0;
    if (connection != nullptr && must_ask) reached = local_endpoint(connection->socket.value());
    const std::string name =
        public_name_.name.empty() ? wire::to_text(reached.address) : public_name_.name;
    const std::uint16_t port = public_name_.port == 0 ? reached.port : public_name_.port;
    return name + "|" + std::to_string(port) + "|" + wire::to_text(id);
}

} // namespace netplay_relay::net
