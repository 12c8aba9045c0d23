#include "fleet.hpp"

#include <algorithm>
#include <utility>

namespace netplay_relay::simulation {

namespace {

using namespace std::chrono_literals;

// As net::hop_limit.
constexpr std::chrono::milliseconds hop_limit{4000};
constexpr std::uint32_t fleet_salt = 0xf1ee7;
constexpr std::size_t workers_most = 4;

} // namespace

Fleet::Fleet(Schedule& schedule, Rng rng, const lobby::Policy& policy, lobby::RandomSource& random,
             Network& network, Oracle& oracle, std::size_t nodes, Fault fault, bool is_calm)
    : schedule_(schedule), rng_(rng), policy_(policy), random_(random), network_(network),
      oracle_(oracle), fault_(fault), is_calm_(is_calm), machines_(nodes)
{
    policy_.rooms.fleet_salt = fleet_salt;
    const auto first = static_cast<fleet::Node>(rng_.below(fleet::nodes_max));
    for (std::size_t at = 0; at < nodes; ++at) {
        machines_[at].number = static_cast<fleet::Node>((first + 3 * at) % fleet::nodes_max);
        machines_[at].workers = rng_.between(std::size_t{1}, workers_most);
        machines_[at].links.resize(nodes);
    }
    // The others come later.
    const std::size_t first_ones =
        is_calm_ || rng_.one_in(2) ? nodes : rng_.between(std::size_t{1}, nodes);
    for (std::size_t at = 0; at < first_ones; ++at)
        begin(at);
    check_owners_later();
}

Fleet::~Fleet() = default;

std::size_t Fleet::place_of(const Relay& relay) const
{
    return static_cast<std::size_t>(
        std::ranges::find_if(machines_,
                             [&](const Machine& one) { return one.relay.get() == &relay; }) -
        machines_.begin());
}

std::optional<std::size_t> Fleet::place_of(fleet::Node node) const
{
    const auto found = std::ranges::find(machines_, node, &Machine::number);
    if (found == machines_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - machines_.begin());
}

bool Fleet::reaches(std::size_t one, std::size_t other) const
{
    return !cuts_.contains(std::minmax(one, other));
}

std::size_t Fleet::alive() const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(machines_, [](const Machine& one) { return one.relay != nullptr; }));
}

bool Fleet::is_agreed() const
{
    return cuts_.empty() && schedule_.now() - changed_at_ >= agreed_after;
}

bool Fleet::is_whole() const
{
    return cuts_.empty() && schedule_.now() - split_at_ >= agreed_after;
}

// By DNS: to any of them that answers.
void Fleet::accept(Line line, const wire::Endpoint& peer, std::uint16_t port)
{
    lines_[peer] = line;
    std::vector<std::size_t> up;
    for (std::size_t at = 0; at < machines_.size(); ++at)
        if (is_up(at)) up.push_back(at);
    machines_[rng_.one_of(up)].relay->accept(line, peer, port);
}

void Fleet::ready(Line line, worker::Readiness readiness)
{
    if (transits_.contains(line)) return; // it is told whoever takes it in
    for (Machine& machine : machines_)
        if (machine.relay != nullptr && machine.relay->has(line))
            return machine.relay->ready(line, readiness);
    oracle_.complains("an edge of a connection that nobody has");
}

lobby::Duration Fleet::hop_delay()
{
    return !is_calm_ && rng_.one_in(10) ? rng_.between(0ms, 3900ms) : rng_.between(1ms, 60ms);
}

void Fleet::hop(Relay& from, std::size_t worker, fleet::Node to, worker::Moving moving)
{
    ++counts_.hops;
    const std::size_t at = place_of(from);
    const auto target = place_of(to);
    if (moving.handles.size() != 1) return oracle_.complains("a hop of several");
    const Line line = moving.handles.front().second;
    if (!hopped_.insert(line).second) oracle_.complains("a connection hops again");
    if (at == target) oracle_.complains("a hop to itself");
    transits_[line] = {at, worker, std::move(moving), schedule_.now()};
    // Full, of another version, or no such node.
    if (!target || (!is_calm_ && rng_.one_in(20)))
        return schedule_.after(rng_.between(0ms, 60ms), [this, line] { give_back(line); });
    schedule_.after(hop_delay(), [this, line, place = *target] { deliver(line, place); });
}

void Fleet::deliver(Line line, std::size_t to)
{
    const auto found = transits_.find(line);
    if (found == transits_.end()) return; // it died with its machine
    const lobby::Instant since = found->second.since;
    if (!reaches(found->second.from, to))
        return schedule_.at(since + hop_limit, [this, line] { give_back(line); });
    if (!is_up(to)) return give_back(line);
    const Transit transit = std::move(found->second);
    transits_.erase(found);
    const auto fault =
        machines_[to].relay->take_hopped(transit.moving, schedule_.now() - transit.since);
    if (fault)
        return oracle_.complains("who has hopped is not taken: " + std::string(word(*fault)));
    ++counts_.taken;
    pumped_[line] = {transit.from, to};
    look();
}

void Fleet::give_back(Line line)
{
    const auto found = transits_.find(line);
    if (found == transits_.end()) return;
    const Transit transit = std::move(found->second);
    transits_.erase(found);
    ++counts_.returned;
    returned_.insert(line);
    machines_[transit.from].relay->take_back(transit.worker, transit.moving);
    look();
}

void Fleet::begin(std::size_t at)
{
    Machine& machine = machines_[at];
    lobby::Policy policy = policy_;
    policy.node = policy.parties.node = machine.number;
    Neighbours* const self = this;
    machine.relay = std::make_unique<Relay>(schedule_, rng_.fork(), policy, random_, network_,
                                            oracle_, fault_, machine.workers, true, self);
    for (const lobby::LastNumbers& given : machine.given)
        machine.relay->note(given);
    if (has_peers_) machine.relay->has_peers();
    ++machine.lives;
    machine.drains = false;
    machine.takes_new = true;
    machine.rooms.clear();
    machine.known_rooms.clear();
    machine.roll.emplace(machine.number, schedule_.now());
    machine.view = {};
    machine.view.own = machine.number;
    machine.view.up.set(machine.number);
    machine.view.open.set(machine.number);
    see(at);
    machine.beat = machine.roll->beat_of(machine.view, {}, true, schedule_.now());
    machine.view = machine.roll->look(machine.beat, schedule_.now());
    for (std::size_t other = 0; other < machines_.size(); ++other)
        if (other != at) connect(at, other, rng_.between(0ms, 20ms));
    look_later(at, machine.lives);
    gather_later(at, machine.lives);
    changed();
}

// Those who are at another node and have come by this one lose their lines.
void Fleet::cut_pumps(const Machine& machine, std::size_t at)
{
    for (const auto& [line, pumped] : pumped_) {
        if (pumped.at != at || pumped.owner == at || machine.relay->has(line)) continue;
        const auto& owner = machines_[pumped.owner].relay;
        if (owner == nullptr || !owner->has(line)) continue;
        oracle_.is_cut(id_of(line));
        network_.cut(line);
    }
}

void Fleet::kill(std::size_t at)
{
    Machine& machine = machines_[at];
    ++counts_.died;
    counts_.given_away += machine.relay->given_away();
    counts_.passed_on += machine.relay->passed_on();
    cut_pumps(machine, at);
    machine.given.clear();
    for (const lobby::Lobby* lobby : machine.relay->lobbies())
        machine.given.push_back(lobby->last_numbers());
    const Books books = machine.relay->books();
    of_dead_.totals.add(books.totals);
    of_dead_.died += books.use.connections - books.use.links + books.on_the_way;
    std::set<Line> lines = machine.relay->die();
    for (const auto& [line, transit] : transits_) {
        if (transit.from != at) continue;
        lines.insert(line);
        ++of_dead_.died;
    }
    std::vector<lobby::ConnectionId> ids;
    for (const Line line : lines) {
        transits_.erase(line);
        ids.push_back(id_of(line));
        network_.relay_dies(line);
    }
    std::vector<wire::SessionId> sessions;
    for (const wire::SessionId& id : oracle_.open_sessions())
        if (wire::node_of(id) == machine.number) sessions.push_back(id);
    oracle_.loses(ids, sessions, schedule_.now());
    if (on_death_) on_death_(machine.number);
    dead_.push_back(std::move(machine.relay));
    machine.roll.reset();
    rooms_changed_ = true;
    for (std::size_t other = 0; other < machines_.size(); ++other) {
        machine.links[other].is_up = false;
        ++machine.links[other].attempt;
        if (other == at || !is_up(other) || !reaches(at, other)) continue;
        schedule_.after(rng_.between(1ms, 40ms),
                        [this, other, at, attempt = machines_[other].links[at].attempt] {
                            if (is_up(other) && machines_[other].links[at].attempt == attempt)
                                lose(other, at);
                        });
    }
    changed();
    look();
}

void Fleet::cut(std::size_t one, std::size_t other)
{
    if (one != other) cuts_.insert(std::minmax(one, other));
    // Whoever plays over that link loses it when the kernel gives up.
    for (const auto& [line, pumped] : pumped_) {
        const bool is_cut = std::minmax(pumped.at, pumped.owner) == std::minmax(one, other);
        if (!is_cut || !is_up(pumped.owner) || !machines_[pumped.owner].relay->has(line)) continue;
        oracle_.is_cut(id_of(line));
        network_.cut(line);
    }
    lost_sight();
}

void Fleet::heal()
{
    cuts_.clear();
    lost_sight();
}

void Fleet::drain(std::size_t at)
{
    machines_[at].drains = true;
    machines_[at].drains_since = schedule_.now();
    machines_[at].relay->drain();
    gather(at);
    changed();
}

void Fleet::undrain(std::size_t at)
{
    machines_[at].drains = false;
    (void)machines_[at].relay->order(lobby::Undrain{});
    gather(at);
    changed();
}

void Fleet::give_away()
{
    for (std::size_t at = 0; at < machines_.size(); ++at)
        if (is_up(at) && machines_[at].workers > 1 && rng_.one_in(2))
            machines_[at].relay->give_away();
}

void Fleet::shut_down()
{
    for (Machine& machine : machines_)
        if (machine.relay != nullptr) machine.relay->shut_down();
}

void Fleet::has_peers(std::function<void(fleet::Node)> on_death)
{
    has_peers_ = true;
    on_death_ = std::move(on_death);
    for (Machine& machine : machines_)
        if (machine.relay != nullptr) machine.relay->has_peers();
}

bool Fleet::may_go_astray(lobby::ConnectionId id) const
{
    return !is_agreed() || returned_.contains(line_of(id));
}

void Fleet::stop() { is_over_ = true; }

Books Fleet::books() const
{
    Books all = of_dead_;
    for (const Machine& machine : machines_)
        if (machine.relay != nullptr) all.add(machine.relay->books());
    all.on_the_way += transits_.size();
    return all;
}

Census Fleet::census() const
{
    Census all;
    for (const Machine& machine : machines_) {
        if (machine.relay == nullptr) continue;
        const Census some = machine.relay->census();
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

std::size_t Fleet::connections() const
{
    std::size_t count = transits_.size();
    for (const Machine& machine : machines_)
        if (machine.relay != nullptr) count += machine.relay->connections();
    return count;
}

std::size_t Fleet::games_away() const
{
    std::size_t count = 0;
    for (const Machine& machine : machines_)
        if (machine.relay != nullptr) count += machine.relay->games_away();
    return count;
}

FleetCounts Fleet::counts() const
{
    FleetCounts all = counts_;
    for (const Machine& machine : machines_) {
        if (machine.relay == nullptr) continue;
        all.given_away += machine.relay->given_away();
        all.passed_on += machine.relay->passed_on();
    }
    return all;
}

} // namespace netplay_relay::simulation
