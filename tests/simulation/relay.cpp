#include "relay.hpp"

#include "relay_node.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

using lobby::Stage;

Relay::Relay(Schedule& schedule, Rng rng, const lobby::Policy& policy, lobby::RandomSource& random,
             Network& network, Oracle& oracle, Fault fault, std::size_t workers, bool together,
             Neighbours* neighbours)
    : schedule_(schedule), rng_(rng), network_(network), oracle_(oracle), fault_(fault),
      kept_most_(policy.limits.buffered_bytes_per_connection), policy_(policy), random_(random),
      together_(together), neighbours_(neighbours), workers_(workers)
{
    for (std::size_t at = 0; at < workers; ++at)
        nodes_.push_back(
            std::make_unique<Node>(*this, Rng(rng_.draw()), policy, random, among(at)));
    inboxes_.resize(workers);
    if (together_) share_out();
}

Relay::~Relay() = default;

AmongWorkers Relay::among(std::size_t number) const
{
    constexpr std::uint32_t salt = 0x5a17;
    // No other worker has it, of whatever node.
    const auto own = static_cast<std::uint16_t>(policy_.node.value_or(0) * workers_ + number);
    return together_ ? AmongWorkers(own, static_cast<std::uint16_t>(workers_), salt)
                     : AmongWorkers(static_cast<std::uint16_t>(number));
}

void Relay::accept(Line line, const wire::Endpoint& peer, std::uint16_t port)
{
    const auto open = ports_.find(port);
    if (port != 0 && open == ports_.end()) return network_.relay_closes(line); // nobody listens
    if (port == 0)
        nodes_[together_ ? rng_.between(std::size_t{0}, workers_ - 1) : front_]->worker().take(
            id_of(line), line, peer);
    else
        open->second.node->worker().take(id_of(line), line, peer, open->second.profile);
    check();
}

void Relay::ready(Line line, worker::Readiness readiness)
{
    if (on_the_way_.contains(line)) return; // it is told whoever takes it in
    const auto home = homes_.find(line);
    if (home == homes_.end()) return oracle_.complains("an edge of a closed connection");
    home->second->ready(line, readiness);
    check();
}

void Relay::adopt(const lobby::Policy& policy)
{
    kept_most_ = std::max<std::size_t>(kept_most_, policy.limits.buffered_bytes_per_connection);
    policy_ = policy;
    each([&](Node& node) { node.worker().adopt(policy); });
    if (together_) share_out();
    check();
}

void Relay::drain()
{
    drains_ = true;
    each([](Node& node) { node.worker().begin_draining(); });
    check();
}

lobby::Outcome Relay::order(const lobby::Event& event)
{
    if (std::holds_alternative<lobby::Undrain>(event)) drains_ = false;
    lobby::Outcome all;
    each([&](Node& node) {
        const lobby::Outcome outcome = node.worker().order(event);
        all.met += outcome.met;
        all.gone += outcome.gone;
    });
    check();
    return all;
}

void Relay::shut_down()
{
    each([](Node& node) { node.worker().shut_down(); });
    check();
}

void Relay::move()
{
    Node& from = *nodes_[front_];
    front_ = (front_ + 1) % nodes_.size();
    Node& to = *nodes_[front_];
    if (to.worker().adopt_memory(from.worker().release_memory()))
        oracle_.complains("what was remembered is lost");
    for (const std::uint64_t room : from.worker().lobby().rooms())
        hand_over(to, from.worker().release_room(room));
    for (const std::uint64_t party : from.worker().lobby().parties())
        hand_over(to, from.worker().release_party(party));
    for (const lobby::SessionKey key : from.worker().lobby().session_keys())
        hand_over(to, from.worker().release(key));
    std::vector<lobby::ConnectionId> rest;
    from.worker().each_connection(
        [&](const worker::Connection& connection) { rest.push_back(connection.id); });
    std::ranges::sort(rest);
    for (const lobby::ConnectionId id : rest)
        hand_over(to, from.worker().release(id));
    if (from.worker().size() > 0) oracle_.complains("somebody did not move");
    check();
}

void Relay::hand_over_to_successor()
{
    empty_inboxes(); // or who is on the way would be in none
    if (together_) front_ = rng_.between(std::size_t{0}, workers_ - 1);
    std::unique_ptr<Node>& place = nodes_[front_];
    worker::Worker& before = place->worker();
    std::vector<worker::Moving> parts;
    std::size_t connections = 0;
    before.write_all([&](const worker::Moving& part) {
        connections += part.handles.size();
        parts.push_back(part);
    });
    const std::vector<std::uint8_t> memory = before.write_memory();
    if (connections != before.size()) oracle_.complains("somebody is not written");
    const Books books_before = books();
    auto successor =
        std::make_unique<Node>(*this, Rng(rng_.draw()), policy_, random_, among(front_));
    successor->inherit(*place);
    retired_.push_back(std::exchange(place, std::move(successor)));
    if (place->worker().adopt_memory(memory)) oracle_.complains("what was remembered is lost");
    for (const worker::Moving& part : parts)
        hand_over(*place, part);
    if (together_) tell_others();
    if (together_) tell_homes();
    if (drains_) place->worker().begin_draining();
    Books after = books();
    after.use.addresses =
        books_before.use.addresses; // of some it is forgotten that they came lately
    // What is due already happens there as it would have here.
    const bool is_due =
        books_before.next_deadline.value_or(lobby::Instant::max()) <= schedule_.now();
    const bool is_alike = after.use == books_before.use && after.totals == books_before.totals &&
                          after.sessions == books_before.sessions;
    if (!is_due && !is_alike) oracle_.complains("the successor's books are others");
    check();
}

void Relay::move_there_and_back()
{
    Node& home = *nodes_[front_];
    Node& other = *nodes_[(front_ + 1) % nodes_.size()];
    std::vector<lobby::ConnectionId> all;
    home.worker().each_connection(
        [&](const worker::Connection& connection) { all.push_back(connection.id); });
    std::ranges::sort(all);
    const std::vector<lobby::SessionKey> keys = home.worker().lobby().session_keys();
    const std::vector<std::uint64_t> parties = home.worker().lobby().parties();
    if (!parties.empty() && rng_.one_in(2)) {
        const std::uint64_t party = rng_.one_of(parties);
        hand_over(other, home.worker().release_party(party));
        check();
        hand_over(home, other.worker().release_party(party));
    } else if (!keys.empty() && rng_.one_in(2)) {
        const lobby::SessionKey key = rng_.one_of(keys);
        hand_over(other, home.worker().release(key));
        check();
        hand_over(home, other.worker().release(key));
    } else if (!all.empty()) {
        const lobby::ConnectionId id = rng_.one_of(all);
        auto moving = home.worker().release(id);
        if (!moving) return; // it is part of something
        hand_over(other, moving);
        check();
        hand_over(home, other.worker().release(id));
    }
    check();
}

void Relay::hand_over(Node& to, const std::optional<worker::Moving>& moving)
{
    if (!moving) return;
    if (moving->handles.size() > 1) ++sessions_moved_;
    connections_moved_ += moving->handles.size();
    if (const auto fault = to.worker().adopt(*moving))
        oracle_.complains("what was released is not adopted: " + std::string(word(*fault)));
}

Books Relay::books() const
{
    Books books;
    for (const auto& node : nodes_)
        books.add(node->worker().lobby());
    books.on_the_way = on_the_way_.size();
    return books;
}

std::size_t Relay::connections() const
{
    std::size_t count = 0;
    for (const auto& node : nodes_)
        count += node->worker().size();
    return count;
}

Census Relay::census() const
{
    Census census;
    const auto look = [&](const worker::Connection& connection) {
        if (connection.stage() == Stage::lingering) return;
        Seen seen{connection.id, connection.peer, connection.stage(), {}, {}};
        if (connection.is_linked()) {
            seen.partner = connection.partner->id;
            seen.last_byte = std::max(connection.last_byte, connection.partner->last_byte);
        }
        census.push_back(seen);
    };
    for (const auto& node : nodes_)
        node->worker().each_connection(look);
    return census;
}

// The books of all lobbies against what is really there, while nothing is half done.
void Relay::check()
{
    const auto look = [&](const worker::Connection& connection) {
        const std::size_t kept = connection.outbox.size() + connection.first->early.size();
        // Of one that lingers nobody knows any more what it was.
        const std::size_t words_max =
            connection.member != nullptr ? std::max(member_pending_output_max, peer_words_max_) : 0;
        if (kept > kept_most_ + small_leftover_max + words_max)
            oracle_.complains("more bytes are kept than the limit allows");
    };
    for (const auto& node : nodes_) {
        node->worker().lobby().check_consistency();
        node->worker().each_connection(look);
    }
    if (neighbours_ != nullptr) return neighbours_->look();
    oracle_.counts(census(), books(), schedule_.now());
}

std::vector<std::optional<inspect::GameFacts>> Relay::games() const
{
    std::vector<std::optional<inspect::GameFacts>> games;
    for (const auto& node : nodes_)
        node->worker().each_connection([&](const worker::Connection& connection) {
            if (connection.stage() != Stage::guest) return;
            games.emplace_back();
            if (connection.inspector != nullptr) games.back() = connection.inspector->facts();
        });
    return games;
}

} // namespace netplay_relay::simulation
