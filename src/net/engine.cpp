#include "net/engine.hpp"

#include "base/ensure.hpp"
#include "net/listener.hpp"
#include "net/tls_stream.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

namespace {

constexpr lobby::Duration timer_step = std::chrono::milliseconds(4);

// No other worker has it, of whatever node: connections that hop keep their number.
AmongWorkers in_fleet(AmongWorkers among, const lobby::Policy& policy)
{
    among.number = static_cast<std::uint16_t>(policy.node.value_or(0) * among.count + among.own());
    return among;
}

} // namespace

Engine::Engine(boost::asio::io_context& io, lobby::Policy policy, PublicName public_name,
               lobby::RandomSource& random, AmongWorkers among)
    : io_(io), public_name_(std::move(public_name)), among_(among),
      connection_ids_(in_fleet(among, policy)), grace_timer_(io), sampling_timer_(io),
      poller_(io, worker_, tally_), newcomers_(
                                        io,
                                        [this](const wire::Address& one, bool asks) {
                                            return worker_.waits_for_share(one, asks);
                                        },
                                        [this](Newcomers::One one) { take_in(std::move(one)); }),
      hops_(
          io, poller_, [this](const worker::Moving& back) { take_passed(back); },
          [this] {
              look_whether_empty();
              look_whether_drained();
          }),
      worker_(*this, *this, std::move(policy), random, among)
{
}

// Listeners know the poller.
Engine::~Engine() { ports_.clear(); }

void Engine::take(UniqueFd socket, const wire::Endpoint& peer,
                  const lobby::ListenerProfile& profile)
{
    newcomers_.take({std::move(socket), peer, profile});
}

void Engine::take_in(Newcomers::One one)
{
    worker_.take({connection_ids_.next()}, one.socket.release(), one.peer, one.profile);
    begin_sampling();
}

void Engine::pass_on(std::uint16_t worker, worker::Moving moving)
{
    ensure(neighbours_ != nullptr, "passed on to nobody");
    neighbours_->pass_on(worker, std::move(moving));
}

void Engine::tell_worker(std::uint16_t worker, const lobby::GameMoved& news)
{
    ensure(neighbours_ != nullptr, "told to nobody");
    neighbours_->tell_worker(worker, news);
}

void Engine::tell_workers(const lobby::News& news)
{
    if (neighbours_ != nullptr) neighbours_->tell_workers(among_.number, news);
}

void Engine::tell_others(const lobby::OpenGames& games)
{
    if (neighbours_ != nullptr) neighbours_->tell_others(among_.own(), games);
}

std::optional<record::Fault> Engine::take_given(const worker::Moving& moving)
{
    begin_sampling();
    return worker_.adopt(moving);
}

void Engine::take_passed(const worker::Moving& moving)
{
    const auto fault = adopt(moving, {});
    if (!fault) return;
    close_all(moving);
    worker_.miss(moving.handles.size());
    spdlog::error("pass_on_failed connections={} problem=\"{}\"", moving.handles.size(),
                  record::word(*fault));
}

void Engine::adopt(lobby::Policy policy, PublicName public_name)
{
    public_name_ = std::move(public_name);
    worker_.adopt(std::move(policy));
}

void Engine::close(worker::Handle socket, bool reset)
{
    poller_.forget(socket);
    SocketIo::close(socket, reset);
}

int Engine::watch(worker::Handle socket, worker::Connection& connection)
{
    return poller_.watch(socket, connection);
}

// Rounded up, so that what is due at nearly the same time is dealt with in one turn.
void Engine::wake_at(lobby::Instant when)
{
    const auto steps = (when.time_since_epoch() + timer_step - lobby::Duration{1}) / timer_step;
    poller_.wake_at(lobby::Instant(steps * timer_step));
}

void Engine::post(std::function<void()> act)
{
    boost::asio::post(io_, std::move(act));
    poller_.let_asio_run();
}

void Engine::begin_draining(std::function<void()> done)
{
    when_drained_ = std::move(done);
    worker_.begin_draining();
}

void Engine::stop_draining()
{
    when_drained_ = {};
    worker_.order(lobby::Undrain{});
}

std::optional<wire::Endpoint> Engine::peer_of(lobby::ConnectionId connection) const
{
    const worker::Connection* found = worker_.look_at(connection);
    return found == nullptr ? std::nullopt : std::optional(found->peer);
}

Figures Engine::figures() const
{
    Figures all;
    all.use = lobby().use();
    all.totals = lobby().totals();
    all.traffic = worker_.traffic();
    all.tally = tally_;
    all.party_counts = lobby().party_counts();
    all.slow_memory = worker_.slow_memory();
    all.state_bytes = lobby().state_bytes();
    all.bytes_moved = worker_.bytes_moved();
    all.longest_turn = poller_.longest_turn();
    all.hops = hops_.count();
    return all;
}

void Engine::shut_down(std::chrono::seconds grace, std::function<void()> done)
{
    when_drained_ = {};
    take_all();
    worker_.shut_down();
    hops_.end_all();
    if (worker_.size() == 0 && hops_.count() == 0) return post(std::move(done));
    when_empty_ = std::move(done);
    grace_timer_.expires_after(grace);
    grace_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error && when_empty_) std::exchange(when_empty_, {})();
    });
}

std::optional<TcpFacts> Engine::tcp_facts_of(lobby::ConnectionId connection) const
{
    const std::optional<worker::Handle> socket = worker_.handle_of(connection);
    return socket ? tcp_facts(*socket) : std::nullopt;
}

std::string Engine::join_text(const lobby::SessionSnapshot& session) const
{
    // The host's end of a link has reached us where its control connection has, and may outlive it.
    const bool by_link = session.host_gone && !session.links.empty();
    return join_text(session.id, by_link ? session.links.front().host_side : session.host);
}

std::optional<wire::Endpoint> Engine::reached_at(lobby::ConnectionId peer) const
{
    const std::optional<worker::Handle> socket = worker_.handle_of(peer);
    if (!socket || TlsSockets::find(*socket) != nullptr) return std::nullopt;
    return local_endpoint(*socket);
}

std::string Engine::join_text(const wire::SessionId& id, lobby::ConnectionId host) const
{
    wire::Endpoint reached;
    const bool must_ask = public_name_.name.empty() || public_name_.port == 0;
    // Of one that has come by another node nobody knows what it has reached.
    if (must_ask) reached = reached_at(host).value_or(wire::Endpoint{});
    const std::string name =
        public_name_.name.empty() ? wire::to_text(reached.address) : public_name_.name;
    const std::uint16_t port = public_name_.port == 0 ? reached.port : public_name_.port;
    return name + "|" + std::to_string(port) + "|" + wire::to_text(id);
}

} // namespace netplay_relay::net
