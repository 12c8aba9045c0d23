// The relay as a node of a fleet.
#include "base/byte_order.hpp"
#include "daemon/fleet_start.hpp"
#include "daemon/running_daemon.hpp"
#include "net/tls_stream.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::daemon {

namespace {

// For what is on its way on the links to other nodes; only their players wait.
constexpr std::chrono::milliseconds link_look{1};
constexpr unsigned link_looks = 500;

} // namespace

void RunningDaemon::join_fleet(FleetStart start)
{
    if (!start.plan) return;
    const fleet::Node node = start.plan->self.node;
    start.plan->self.instance = fleet_instance_;
    if (start.listening.is_open()) fleet_listening_ = net::local_endpoint(start.listening.value());
    const std::string where = fleet_listening_ ? wire::to_text(*fleet_listening_) : "nowhere";
    spdlog::info("fleet_joined node={} others={} listening={}", node, start.plan->others.size(),
                 where);
    fleet_ = std::make_unique<net::Fleet>(io_, workers_, std::move(*start.plan),
                                          std::move(start.listening));
    fleet_->tell_status_by([this] {
        return admin::status_text(admin::StatusSource{io_, workers_, process_});
    });
    fleet_view_.join(*fleet_);
    fleet_->when_bans_come([this](fleet::Node from, const std::vector<lobby::BanEntry>& others) {
        take_bans(from, others);
    });
    forget_bans_later();
    process_.fleet = [this] { return fleet_facts(); };
}

std::optional<net::FleetFacts> RunningDaemon::fleet_facts() const
{
    const fleet::View& view = fleet_->view();
    net::FleetFacts facts;
    facts.node = view.own;
    facts.nodes = fleet_->nodes();
    facts.up = view.up.count();
    facts.twice = view.twice.count();
    facts.problem = fleet_->counts().problem;
    facts.listening = fleet_listening_;
    facts.hops_sent = workers_.figures().hops;
    facts.hops_taken = net::TlsSockets::named().size();
    facts.refused_links = fleet_->counts().refused;
    facts.refused_bans = refused_bans_;
    return facts;
}

// Others are told at once that rooms are not opened here any more, or are again.
void RunningDaemon::tell_fleet()
{
    if (fleet_ != nullptr) fleet_->drains(process_.state == net::RelayState::draining);
}

// It is the same in the process that takes this one's place.
std::uint64_t RunningDaemon::fresh_instance()
{
    std::array<std::uint8_t, 8> bytes{};
    random_.fill(bytes);
    bytes[0] |= 1U;    // neither 0
    bytes[7] &= 0x7FU; // nor fleet::unknown_instance
    return load_little<std::uint64_t>(bytes);
}

// For another process: the links are laid anew by it, or by lay_links_again(). `then` is called out
// of the loop, behind what a signal wants.
void RunningDaemon::rest_links(boost::asio::steady_timer& timer, std::function<void()> then,
                               unsigned looks)
{
    if (looks == 0) workers_.pause_links();
    if (workers_.unquiet_links() == 0 || looks >= link_looks)
        return boost::asio::post(io_, std::move(then));
    timer.expires_after(link_look);
    timer.async_wait(
        [this, &timer, then = std::move(then), looks](const boost::system::error_code& error) {
            if (!error) rest_links(timer, then, looks + 1);
        });
}

// Not for an upgrade that is given up while systemd's restart goes on.
void RunningDaemon::lay_links_again()
{
    if (!is_leaving_) workers_.lay_links_again();
}

} // namespace netplay_relay::daemon
