// What the engine measures for the metrics: the round trip of everybody who plays, now and then.
#include "net/engine.hpp"
#include "net/listener.hpp"

#include <chrono>

namespace netplay_relay::net {

namespace {

// Of one turn: the players have theirs in between.
constexpr std::size_t looked_at_per_turn = 32;

} // namespace

// There is nobody to look at before the first connection: an idle relay is not woken for it.
void Engine::begin_sampling()
{
    if (is_sampling_) return;
    is_sampling_ = true;
    sampling_timer_.expires_after(sampling_interval);
    sampling_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) sample(0);
    });
}

void Engine::sample(std::size_t from)
{
    const std::size_t next = worker_.visit_some(
        from, looked_at_per_turn, [this](const worker::Connection& one) { note_round_trip(one); });
    if (next != 0) return post([this, next] { sample(next); });
    is_sampling_ = false;
    if (worker_.size() > 0) begin_sampling();
}

void Engine::note_round_trip(const worker::Connection& connection)
{
    const lobby::Stage stage = connection.stage();
    if (!connection.is_linked() && !lobby::is_heard(stage)) return;
    const std::optional<TcpFacts> facts = SocketIo::tcp_facts(connection.handle);
    if (!facts || facts->rtt_us == 0) return;
    auto& round_trip = stage == lobby::Stage::guest       ? tally_.guest_round_trip
                       : stage == lobby::Stage::host_side ? tally_.host_round_trip
                       : stage == lobby::Stage::member    ? tally_.member_round_trip
                                                          : tally_.peer_round_trip;
    round_trip.add(std::chrono::microseconds(facts->rtt_us));
}

} // namespace netplay_relay::net
