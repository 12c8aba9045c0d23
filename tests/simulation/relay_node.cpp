#include "relay_node.hpp"

#include "wire/magic.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

namespace netplay_relay::simulation {

namespace {

using lobby::Stage;
using worker::Handle;
using worker::IoResult;
using worker::IoState;

constexpr std::chrono::seconds kernel_patience{25};

bool answers_query(std::span<const std::uint8_t> bytes)
{
    return bytes.size() == wire::address_reply_size && wire::read_u32(bytes) == wire::magic_address;
}

} // namespace

Relay::Node::Node(Relay& relay, Rng rng, const lobby::Policy& policy, lobby::RandomSource& random,
                  AmongWorkers among)
    : relay_(relay), rng_(rng), network_(relay.network_), fault_(relay.fault_),
      worker_(*this, *this, policy, random, among)
{
    worker_.inspect_new_links(true);
}

void Relay::Node::ready(Line line, worker::Readiness readiness)
{
    stuck_.erase(line);
    if (fault_ == Fault::forgets_the_dead) readiness.broken = readiness.hung_up = false;
    worker_.begin_batch();
    worker_.ready(*watched_.at(line), readiness);
    worker_.end_batch();
}

IoResult Relay::Node::read(Handle line, std::span<std::uint8_t> into)
{
    const auto swapped = swapped_.find(line);
    const Line from = swapped == swapped_.end() ? line : swapped->second;
    if (stuck_.contains(from)) return {IoState::blocked, 0, EAGAIN};
    if (deaf_.contains(from)) return {IoState::finished, 0, 0};
    const Network::Result read = network_.relay_reads(from, into);
    const bool is_over = read.end || (read.error != 0 && read.error != EAGAIN);
    if (read.error == EAGAIN || (is_over && fault_ == Fault::forgets_the_dead))
        return {IoState::blocked, 0, EAGAIN};
    if (read.end) return {IoState::finished, 0, 0};
    if (read.error != 0) return {IoState::failed, 0, read.error};
    return {IoState::moved, read.bytes, 0};
}

IoResult Relay::Node::write_to(Handle line, std::span<const std::uint8_t> bytes)
{
    const Network::Result written = network_.relay_writes(line, bytes);
    if (written.error == EAGAIN) return {IoState::blocked, 0, EAGAIN};
    if (written.error != 0) return {IoState::failed, 0, written.error};
    return {IoState::moved, written.bytes, 0};
}

IoResult Relay::Node::write(Handle line, std::span<const std::uint8_t> bytes)
{
    const IoResult all{IoState::moved, bytes.size(), 0};
    if (early_.contains(line) && fault_ == Fault::loses_early_bytes) return all;
    if (early_.contains(line) && fault_ == Fault::sends_early_bytes_late) {
        late_[line].insert(late_[line].end(), bytes.begin(), bytes.end());
        return all;
    }
    if (answers_query(bytes) && fault_ == Fault::leaves_query_open) return all;
    const IoResult written = write_to(line, bytes);
    const worker::Connection* target = worker_.look_at(id_of(line));
    if (fault_ == Fault::forgets_to_go_on && written.bytes < bytes.size() && target != nullptr &&
        target->partner != nullptr)
        stuck_.insert(target->partner->handle);
    if (written.state != IoState::moved) return written;
    if (answers_query(bytes) && fault_ == Fault::answers_query_twice) (void)write_to(line, bytes);
    if (late_.contains(line)) (void)write_to(line, std::exchange(late_[line], {}));
    return fault_ == Fault::keeps_no_rest ? all : written;
}

void Relay::Node::finish_writing(Handle line)
{
    network_.relay_finishes(line);
    if (fault_ == Fault::takes_one_end_for_both) deaf_[line] = true;
}

void Relay::Node::close(Handle line, bool)
{
    forget(line);
    std::erase_if(swapped_, [&](const auto& pair) { return pair.second == line; });
    network_.relay_closes(line);
}

int Relay::Node::watch(Handle line, worker::Connection& connection)
{
    watched_[line] = &connection;
    relay_.homes_[line] = this;
    network_.report_soon(line); // as epoll does
    return 0;
}

void Relay::Node::forget(Handle line)
{
    watched_.erase(line);
    relay_.homes_.erase(line);
}

void Relay::Node::inherit(Node& other)
{
    other.worker_.abandon();
    other.is_retired_ = true;
    std::erase_if(relay_.ports_, [&](const auto& port) {
        if (port.second.node != &other) return false;
        inherited_ports_.insert(port.first);
        return true;
    });
}

void Relay::Node::die()
{
    worker_.abandon();
    is_retired_ = true;
}

void Relay::Node::hop(fleet::Node node, worker::Moving moving)
{
    if (relay_.neighbours_ == nullptr) return relay_.oracle_.complains("a hop to nobody");
    std::size_t own = 0;
    while (relay_.nodes_[own].get() != this)
        ++own;
    relay_.neighbours_->hop(relay_, own, node, std::move(moving));
}

int Relay::Node::error_of(Handle line) const { return network_.error_at_relay(line); }

worker::Unacknowledged Relay::Node::unacknowledged(Handle line) const
{
    const bool any = !network_.is_acknowledged(line);
    return {any, any && network_.silence(line) > lobby::Duration{0} ? 9U : 0U, {}};
}

bool Relay::Node::is_silenced(Handle line) const
{
    return network_.silence(line) >= kernel_patience;
}

bool Relay::Node::open_port(std::uint16_t port, const lobby::ListenerProfile& profile)
{
    if (const auto open = relay_.ports_.find(port); open != relay_.ports_.end()) {
        if (open->second.node == this) relay_.oracle_.complains("a port was to be opened twice");
        return false; // another worker has it
    }
    const bool is_inherited = inherited_ports_.erase(port) > 0;
    if (!is_inherited && rng_.one_in(4)) return false; // somebody else may listen there
    relay_.ports_[port] = {profile, this};
    return true;
}

void Relay::Node::close_port(std::uint16_t port)
{
    if (relay_.ports_.erase(port) == 0)
        relay_.oracle_.complains("a port was closed that was not open");
}

void Relay::Node::tell_others(const lobby::OpenGames&)
{
    const auto late =
        rng_.between(lobby::Duration{0}, lobby::Duration(std::chrono::milliseconds{2}));
    relay_.schedule_.after(late, [this] { relay_.tell_others(); });
}

void Relay::Node::wake_at(lobby::Instant when)
{
    if (fault_ == Fault::waits_for_ever) return;
    armed_ = when;
    const auto late = fault_ == Fault::sleeps_over
                          ? lobby::Duration(std::chrono::seconds{1})
                          : rng_.between(lobby::Duration{0}, timer_lateness_max);
    // What was late already, elsewhere, is not late twice.
    const lobby::Instant now = relay_.schedule_.now();
    relay_.schedule_.at(when < now && fault_ != Fault::sleeps_over ? now : when + late,
                        [this, when] {
                            if (armed_ != when || is_retired_) return; // another took its place
                            armed_ = lobby::Instant::max();
                            worker_.woken();
                            relay_.check();
                        });
}

void Relay::Node::wake_soon()
{
    relay_.schedule_.after({}, [this] {
        if (is_retired_) return;
        worker_.go_on();
        relay_.check();
    });
}

void Relay::Node::handled(const lobby::Event& event, const lobby::Output& output)
{
    relay_.oracle_.sees(event, output, relay_.schedule_.now());
    if (relay_.neighbours_ != nullptr) relay_.neighbours_->sees(relay_, event, output);
    expect_possible(output);
    for (const lobby::Command& command : output.commands) {
        if (const auto* join = std::get_if<lobby::Join>(&command)) plant_in_join(*join);
        const auto* cut = std::get_if<lobby::CloseLink>(&command);
        const worker::Connection* guest = cut == nullptr ? nullptr : worker_.look_at(cut->guest);
        if (guest != nullptr && guest->partner != nullptr)
            relay_.oracle_.link_was_cut(guest->id, guest->partner->id);
    }
}

void Relay::Node::plant_in_join(const lobby::Join& join)
{
    for (const lobby::ConnectionId end : {join.guest, join.host_side})
        early_[line_of(end)] = true;
    if (fault_ != Fault::joins_the_wrong_guest) return;
    worker_.each_connection([&](const worker::Connection& other) {
        if (other.stage() != Stage::waiting || other.id == join.guest) return;
        swapped_[line_of(join.guest)] = line_of(other.id);
        swapped_[line_of(other.id)] = line_of(join.guest);
    });
}

// The lobby knows who is there.
void Relay::Node::expect_possible(const lobby::Output& output)
{
    std::vector<lobby::ConnectionId> entered;
    for (const lobby::Command& command : output.commands) {
        if (const auto* close = std::get_if<lobby::Close>(&command);
            close != nullptr && worker_.look_at(close->connection) == nullptr)
            relay_.oracle_.complains("the lobby closed one that is gone");
        if (const auto* enter = std::get_if<lobby::Become>(&command);
            enter != nullptr && lobby::is_heard(enter->stage)) {
            entered.push_back(enter->connection);
            if (worker_.look_at(enter->connection) == nullptr)
                relay_.oracle_.complains("the lobby let in one that is gone");
        }
        const auto* deliver = std::get_if<lobby::Deliver>(&command);
        const worker::Connection* member =
            deliver == nullptr ? nullptr : worker_.look_at(deliver->message.to);
        if (member != nullptr && !lobby::is_heard(member->stage()) &&
            std::ranges::find(entered, member->id) == entered.end())
            relay_.oracle_.complains("a message for one that is no member");
    }
}

} // namespace netplay_relay::simulation
