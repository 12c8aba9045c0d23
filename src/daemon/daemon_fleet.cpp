// The relay as a node of a fleet.
#include "daemon/fleet_start.hpp"
#include "daemon/running_daemon.hpp"

#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::daemon {

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

} // namespace netplay_relay::daemon
