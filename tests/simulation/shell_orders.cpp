// The lobby's orders, as src/net/engine_orders.cpp carries them out.
#include "shell.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

using net::IoResult;
using net::IoState;
using net::Phase;

namespace {

constexpr std::chrono::seconds linger_time{2};
constexpr std::uint8_t linger_rounds_max = 30;

} // namespace

void Shell::carry_out(const lobby::Send& order)
{
    Connection* connection = find(order.connection);
    if (connection == nullptr) return;
    auto bytes = order.bytes.view();
    const bool is_answer = bytes.size() == wire::address_reply_size;
    if (is_answer && fault_ == Fault::leaves_query_open) return;
    if (connection->outbox.empty()) {
        const IoResult written = net::write_now(connection->socket.value(), bytes);
        if (written.state == IoState::failed) return;
        if (is_answer && fault_ == Fault::answers_query_twice)
            (void)net::write_now(connection->socket.value(), bytes);
        bytes = bytes.subspan(written.bytes);
        if (bytes.empty()) return;
    }
    connection->outbox.keep(bytes);
    if (connection->outbox.size() > scratch_.size()) {
        tell(lobby::Left{connection->id, lobby::Departure::too_slow});
        destroy(*connection);
    }
}

void Shell::carry_out(const lobby::Join& order)
{
    Connection* guest = find(order.guest);
    Connection* host_leg = find(order.host_leg);
    if (guest == nullptr || host_leg == nullptr)
        return witness_.complains("the lobby joined one that is gone");
    if (fault_ == Fault::joins_the_wrong_guest)
        for (const auto& [id, other] : connections_)
            if (other->phase == Phase::waiting && other->is_guest && id != guest->id)
                std::swap(guest->early, other->early);
    for (Connection* end : {guest, host_leg}) {
        end->phase = Phase::linked;
        end->partner = end == guest ? host_leg : guest;
        end->last_byte = schedule_.now();
    }
    host_leg->partial.assign({});
    guest->inspector = std::make_unique<inspect::LinkInspector>();
    if (fault_ == Fault::sends_early_bytes_late && !pump_link(*guest, true)) return;
    for (Connection* source : {guest, host_leg}) {
        Connection& target = *source->partner;
        std::vector<std::uint8_t> early = std::exchange(source->early, {});
        if (fault_ == Fault::loses_early_bytes) early.clear();
        source->received += early.size();
        net::inspect_passing(*source, target, early);
        if (!splice_goes_on(net::forward(target, early), *source, target)) return;
        if (!source->told_spoke) tell_first_word(*source);
        if (source->unread) go_on_later(*source);
    }
}

void Shell::carry_out(const lobby::Close& order)
{
    Connection* connection = find(order.connection);
    if (connection == nullptr) return witness_.complains("the lobby closed one that is gone");
    say_goodbye(*connection, wire::encode_farewell(lobby::last_words_of(order),
                                                   lobby::told_reason_for(order.goodbye))
                                 .view());
}

void Shell::carry_out(const lobby::CloseLink& order)
{
    Connection* guest = find(order.guest);
    if (guest == nullptr || guest->partner == nullptr) return;
    witness_.link_was_cut(guest->id, guest->partner->id);
    end_link(*guest, true, *guest->partner, true);
}

void Shell::carry_out(const lobby::CheckIdle& order)
{
    const Connection* guest = find(order.guest);
    if (guest == nullptr || guest->partner == nullptr) return;
    tell(lobby::Progressed{guest->id, std::max(guest->last_byte, guest->partner->last_byte)});
}

void Shell::carry_out(const lobby::CheckAcknowledged& order)
{
    if (find(order.connection) == nullptr) return;
    const net::Unacknowledged sent = net::unacknowledged(line_of(order.connection));
    const auto state = !sent.any          ? lobby::Acknowledging::all
                       : sent.repeats < 3 ? lobby::Acknowledging::waits
                                          : lobby::Acknowledging::silent;
    tell(lobby::Acknowledgement{order.connection, state});
}

void Shell::end_link(Connection& one, bool flush_one, Connection& other, bool flush_other)
{
    for (Connection* end : {&one, &other})
        end->partner = nullptr;
    if (flush_one)
        say_goodbye(one, {});
    else
        destroy(one);
    if (flush_other)
        say_goodbye(other, {});
    else
        destroy(other);
}

void Shell::say_goodbye(Connection& connection, std::span<const std::uint8_t> last_words)
{
    connection.early = {};
    if (connection.parcels)
        connection.outbox.keep(connection.parcels->last_words(member_last_words_max));
    connection.parcels.reset();
    connection.outbox.keep(last_words);
    const IoResult flushed = connection.outbox.flush(connection.socket.value());
    if (flushed.state == IoState::failed) return destroy(connection);
    if (flushed.state == IoState::moved) net::finish_writing(connection.socket.value());
    connection.phase = Phase::lingering;
    go_on_later(connection);
    schedule_.after(linger_time, [this, id = connection.id] { stop_lingering(id); });
}

void Shell::stop_lingering(lobby::ConnectionId id)
{
    Connection* connection = find(id);
    if (connection == nullptr) return;
    if (!connection->outbox.empty() && ++connection->linger_rounds < linger_rounds_max) {
        schedule_.after(linger_time, [this, id] { stop_lingering(id); });
        return;
    }
    destroy(*connection);
    graveyard_.clear();
}

void Shell::destroy(Connection& connection)
{
    const auto found = connections_.find(connection.id);
    if (found == connections_.end()) return;
    connection.phase = Phase::closed;
    connection.socket = net::UniqueFd();
    graveyard_.push_back(std::move(found->second));
    connections_.erase(found);
}

// The lobby's books against what is really there, while nothing is half done.
void Shell::check()
{
    if (!events_.empty()) return;
    lobby_.check_consistency();
    Census census;
    for (const auto& [id, connection] : connections_) {
        const std::size_t kept = connection->outbox.size() + connection->early.size();
        const std::size_t words_max = connection->sent > 0 ? member_last_words_max : 0;
        if (kept > scratch_.size() + small_leftover_max + words_max)
            witness_.complains("more bytes are kept than the limit allows");
        const bool is_linked = connection->phase == Phase::linked;
        if (connection->phase == Phase::lingering || said_left_.contains(id)) continue;
        Seen seen{id, connection->peer, connection->phase, connection->is_guest, {}, {}};
        if (is_linked) {
            seen.partner = connection->partner->id;
            seen.last_byte = std::max(connection->last_byte, connection->partner->last_byte);
        }
        census.push_back(seen);
    }
    witness_.counts(census, lobby_, schedule_.now());
}

std::vector<std::optional<inspect::GameFacts>> Shell::games() const
{
    std::vector<std::optional<inspect::GameFacts>> games;
    for (const auto& [id, connection] : connections_) {
        if (connection->phase != Phase::linked || !connection->is_guest) continue;
        games.emplace_back();
        if (connection->inspector != nullptr) games.back() = connection->inspector->facts();
    }
    return games;
}

} // namespace netplay_relay::simulation
