// Links from other nodes of the fleet.
#include "net/fleet_office.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <cerrno>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds door_pause_time{100};

} // namespace

void FleetOffice::wait_for_links()
{
    door_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                         if (!error) accept_some();
                     });
}

void FleetOffice::accept_some()
{
    for (;;) {
        Accepted accepted = accept_now(door_.native_handle());
        if (accepted.socket.is_open()) {
            greet(std::move(accepted.socket), accepted.peer);
            continue;
        }
        if (is_of_one_connection(accepted.error)) continue;
        if (accepted.error == EAGAIN || accepted.error == EWOULDBLOCK) return wait_for_links();
        break;
    }
    door_pause_.expires_after(door_pause_time); // no files, or no memory
    door_pause_.async_wait([this](const boost::system::error_code& error) {
        if (!error) accept_some();
    });
}

bool FleetOffice::may_greet(const wire::Address& from) const
{
    const bool is_node = std::ranges::any_of(
        endpoints_, [&](const auto& known) { return known && known->address == from; });
    // Strangers leave room for nodes.
    const std::size_t most = is_node ? 2 * links_greeted_max : links_greeted_max;
    return greeting_.size() < most &&
           (is_node || greeting_.count(wire::client_prefix(from)) < links_of_stranger_max);
}

void FleetOffice::greet(UniqueFd socket, const wire::Endpoint& from)
{
    if (!may_greet(from.address)) return refuse(from, "too many links at once");
    const wire::Address network = wire::client_prefix(from.address);
    greeting_.insert(network);
    asio::co_spawn(io_, greeted(std::move(socket), from),
                   [this, network](const std::exception_ptr& failure) {
                       greeting_.erase(greeting_.find(network));
                       if (failure) spdlog::error("fleet_failed task=greet problem=\"no memory\"");
                   });
}

asio::awaitable<void> FleetOffice::greeted(UniqueFd socket, wire::Endpoint from)
{
    LinkSocket link(io_);
    link.limit(link_greeting_limit);
    link.adopt(std::move(socket));
    if (!co_await link.shake_hands(*plan_.self.tls, TlsStream::Role::server))
        co_return refuse(from, link.problem());
    std::array<std::uint8_t, fleet::head_size> bytes{};
    if (!co_await link.read(bytes)) co_return refuse(from, link.problem());
    const fleet::Node own = plan_.self.node;
    const fleet::ReadHead read = fleet::decode_head(bytes, own, plan_.self.instance);
    if (read.verdict != fleet::Verdict::taken) {
        co_await turn_away(link, read, from);
        co_return;
    }
    if (read.head.purpose == fleet::Purpose::hop)
        co_await take(link, read.head);
    else if (read.head.purpose == fleet::Purpose::resume)
        resume(link, read.head);
    else if (read.head.purpose == fleet::Purpose::ask)
        co_await answer(link, read.head.wanted);
    else
        co_await tell(link, read.head, from);
}

// Behind the verdict stands the number of this node, which whoever looks for another one is told.
asio::awaitable<void> FleetOffice::turn_away(LinkSocket& link, const fleet::ReadHead& read,
                                             const wire::Endpoint& from)
{
    const fleet::Head& head = read.head;
    std::string problem = "what it says first is refused: " + std::string(word(read.verdict));
    if (read.verdict == fleet::Verdict::other_node || read.verdict == fleet::Verdict::same_number) {
        namesakes_.hear(head.from, head.instance, wire::to_text(from.address), now());
        problem = "it looks for node " + std::to_string(head.to) + " here, where node " +
                  std::to_string(plan_.self.node) + " is";
    } else if (read.verdict == fleet::Verdict::itself) {
        problem = "this relay has connected to itself: it is node " +
                  std::to_string(plan_.self.node) + ", and stands as node " +
                  std::to_string(head.to) + " in fleet.nodes";
    } else if (read.verdict == fleet::Verdict::other_version) {
        problem = "other_version: its version links nodes in another way";
    }
    refuse(from, problem);
    const std::array answer{static_cast<std::uint8_t>(read.verdict), plan_.self.node};
    (void)co_await link.write(answer);
}

asio::awaitable<void> FleetOffice::take(LinkSocket& link, fleet::Head head)
{
    std::vector<std::uint8_t> record(head.record_size);
    if (!co_await link.read(record)) co_return;
    UniqueFd socket = link.release();
    if (!socket.is_open()) co_return;
    ++counts_.taken;
    listener_.hop_came(std::move(socket), head, std::move(record));
}

void FleetOffice::resume(LinkSocket& link, const fleet::Head& head)
{
    UniqueFd socket = link.release();
    if (socket.is_open()) listener_.link_came_back(std::move(socket), head.place);
}

// Once a second, and when it changes. Who has acknowledged that is there.
asio::awaitable<void> FleetOffice::tell(LinkSocket& link, const fleet::Head& head,
                                        const wire::Endpoint& to)
{
    const std::array answer{static_cast<std::uint8_t>(fleet::Verdict::taken)};
    if (!co_await link.write(answer)) co_return;
    asio::steady_timer pause(io_);
    told_again_.insert(&pause);
    for (;;) {
        pause.expires_after(fleet::beat_interval);
        link.limit(fleet::silence_limit);
        const std::vector<std::uint8_t> beat = fleet::encode(beat_);
        if (!co_await link.write(beat)) break;
        co_await pause.async_wait(as_values);
        if (link.is_acknowledged())
            namesakes_.hear(head.from, head.instance, wire::to_text(to.address), now());
    }
    told_again_.erase(&pause);
}

void FleetOffice::refuse(const wire::Endpoint& from, const std::string& problem)
{
    ++counts_.refused;
    if (quiet_.may_warn(std::chrono::steady_clock::now()))
        spdlog::warn("link_refused peer={} problem=\"{}\"", wire::to_text(from), problem);
}

} // namespace netplay_relay::net
