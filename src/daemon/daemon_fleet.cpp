// The relay as a node of a fleet.
#include "daemon/fleet_start.hpp"
#include "daemon/running_daemon.hpp"

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
    const std::string where = start.listening.is_open()
                                  ? wire::to_text(net::local_endpoint(start.listening.value()))
                                  : "nowhere";
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
    return net::FleetFacts{view.own, fleet_->nodes(), view.up.count()};
}

// Others are told at once that rooms are not opened here any more, or are again.
void RunningDaemon::tell_fleet()
{
    if (fleet_ != nullptr) fleet_->look_again();
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
