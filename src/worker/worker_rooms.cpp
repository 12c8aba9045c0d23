// Members of rooms: what they say goes to the lobby, and what the lobby has for them to them.
#include "netplay_relay/ensure.hpp"
#include "worker/worker.hpp"

#include <utility>

namespace netplay_relay::worker {

namespace {

// Written to one member before the others have their turn: a savestate is long.
constexpr std::size_t write_budget = 128 * 1024;
// Kept of what a member was to be sent when it has to go.
constexpr std::size_t last_words_max = 64 * 1024;

} // namespace

void Worker::carry_out(const lobby::Become& order)
{
    Connection* connection = find(order.connection);
    if (connection == nullptr) return;
    connection->become(order.stage);
    // What a member has said already is told when the lobby has come to an end with this.
    if (order.stage == Stage::member) go_on_later(*connection);
}

void Worker::ready_member(Connection& connection, Readiness readiness)
{
    if (!connection.has_taken_parcels()) flush_member(connection);
    if (!connection.first->early.empty()) {
        const std::vector<std::uint8_t> early = take_early(connection);
        tell_said(connection, early);
        if (connection.stage() == Stage::member) go_on_later(connection);
        return;
    }
    if (!readiness.readable && !readiness.again) return;
    const auto bytes = read_some(connection, scratch_.size());
    if (!bytes) return;
    const bool is_full = bytes->size() == scratch_.size();
    tell_said(connection, *bytes);
    if (connection.stage() != Stage::member) return;
    if (is_full || readiness.hung_up || readiness.again) go_on_later(connection);
}

// The bytes live only as long as this call: nothing may keep the lobby from hearing them at once.
void Worker::tell_said(Connection& connection, std::span<const std::uint8_t> bytes)
{
    ensure(!telling_, "a member was heard while the lobby was busy");
    connection.received += bytes.size();
    connection.last_byte = now();
    tell(lobby::MemberSaid{connection.id, bytes});
}

void Worker::carry_out(lobby::Deliver& order)
{
    Connection* connection = find(order.parcel.to);
    if (connection == nullptr || connection->stage() == Stage::lingering) return;
    if (!connection->member) connection->member = std::make_unique<MemberBytes>();
    MemberBytes& member = *connection->member;
    member.sent += order.parcel.bytes.size();
    if (order.parcel.state) member.sent += order.parcel.state->size();
    const bool is_clear = connection->has_taken_parcels();
    if (is_clear && !order.parcel.state) {
        const IoResult written = io_.write(connection->handle, order.parcel.bytes);
        if (written.state == IoState::failed) return; // reading it will tell why
        if (written.bytes == order.parcel.bytes.size())
            return lobby_.take_back(std::move(order.parcel.bytes));
        order.parcel.bytes.erase(order.parcel.bytes.begin(),
                                 order.parcel.bytes.begin() +
                                     static_cast<std::ptrdiff_t>(written.bytes));
    }
    if (!member.parcels) member.parcels = std::make_unique<ParcelQueue>();
    ParcelQueue& parcels = *member.parcels;
    parcels.push(std::move(order.parcel.bytes));
    if (order.parcel.state && parcels.states() == 0) parcels.states_since = io_.now();
    parcels.push(std::move(order.parcel.state));
    if (parcels.backlog() > member_backlog_max || parcels.states() > member_states_max) {
        tell(lobby::Left{connection->id, lobby::Departure::too_slow});
        return destroy(*connection);
    }
    if (is_clear) flush_member(*connection);
}

void Worker::flush_member(Connection& connection)
{
    ParcelQueue& parcels = *connection.parcels();
    const std::size_t states = parcels.states();
    const IoResult flushed = parcels.flush(io_, connection.handle, write_budget);
    if (parcels.states() < states) parcels.states_since = io_.now();
    if (flushed.state == IoState::failed) {
        // What it said before may still be read; that it is gone is told there.
        connection.member->parcels.reset();
        return go_on_later(connection);
    }
    if (parcels.empty())
        connection.member->parcels.reset();
    else if (flushed.state == IoState::moved)
        go_on_later(connection);
    else
        watch_slow(connection);
}

// All rooms share the memory for savestates: one that is taken by the spoonful holds up the others.
bool Worker::takes_state_too_slowly(const Connection& connection) const
{
    const ParcelQueue* parcels = connection.parcels();
    return parcels != nullptr && parcels->states() > 0 &&
           io_.now() - parcels->states_since >= member_state_limit;
}

// Nobody takes more of the state that it holds, while others wait for the memory.
bool Worker::blocks_state_memory(Connection& connection)
{
    ParcelQueue* parcels = connection.parcels();
    if (parcels == nullptr) return false;
    const std::uint64_t taken = connection.member->sent - parcels->size();
    const std::uint64_t before = std::exchange(parcels->taken_at_look, taken);
    return parcels->states() > 0 && lobby_.is_short_of_state_memory() &&
           io_.now() - parcels->states_since >= member_look &&
           taken - before < member_progress_least;
}

std::vector<std::uint8_t> Worker::last_words_of(Connection& connection)
{
    std::vector<std::uint8_t> words;
    if (connection.parcels() == nullptr) return words;
    words = connection.parcels()->last_words(last_words_max);
    connection.member->parcels.reset();
    return words;
}

std::optional<LegFacts> Worker::facts_of(lobby::ConnectionId member) const
{
    const Connection* connection = find(member);
    if (connection == nullptr) return std::nullopt;
    LegFacts facts;
    facts.received = connection->received;
    if (connection->member) facts.sent = connection->member->sent;
    if (connection->parcels() != nullptr) facts.kept = connection->parcels()->size();
    facts.tcp = io_.tcp_facts(connection->handle);
    return facts;
}

} // namespace netplay_relay::worker
