// The relay while it runs: what daemon.hpp promises, in daemon.cpp, what its operator does with it,
// in daemon_control.cpp, what outlives it, in keeping_orders.cpp, and how one process takes the
// place of another, in daemon_handover.cpp.
#pragma once

#include "admin/admin_server.hpp"
#include "admin/control_routes.hpp"
#include "admin/event_stream.hpp"
#include "admin/feed.hpp"
#include "admin/fleet_view.hpp"
#include "admin/game_watch.hpp"
#include "admin/metrics_routes.hpp"
#include "admin/public_page.hpp"
#include "daemon/address_watch.hpp"
#include "daemon/announcements.hpp"
#include "daemon/ban_file.hpp"
#include "daemon/clock_watch.hpp"
#include "daemon/daemon.hpp"
#include "daemon/drain_plan.hpp"
#include "daemon/fleet_start.hpp"
#include "daemon/listeners.hpp"
#include "daemon/order_file.hpp"
#include "daemon/service_reporter.hpp"
#include "daemon/stand_in.hpp"
#include "daemon/system_random.hpp"
#include "daemon/terminal.hpp"
#include "net/handover.hpp"
#include "net/lan_discovery.hpp"
#include "net/workers.hpp"
#include "outward/outward.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace netplay_relay::daemon {

// Lowers config's connections to what the process may open, and returns how many hops it has files
// for. Nothing if that is too few connections to be of use.
[[nodiscard]] std::optional<std::uint32_t> fit_open_files(config::Config& config,
                                                          const OpenSockets& sockets);

class RunningDaemon
{
public:
    // `before`: of the process whose place this one takes, if it takes one's.
    RunningDaemon(const CommandLine& line, const config::Config& config, OpenSockets sockets,
                  Succession succession, const net::HandoverFacts* before);

    // `before`: as above.
    [[nodiscard]] int run(Listeners listeners, std::optional<net::IncomingHandover>& before);
    // Before it runs.
    void limit_hops(std::uint32_t most) { workers_.limit_hops(most); }
    void join_fleet(FleetStart start);
    // Of one that stands in: it holds these sockets, and serves none of them.
    void hold(std::vector<Inherited> inherited);

private:
    void serve(Listeners listeners);
    void serve_discovery(net::UniqueFd socket);
    void tell_reach();
    void wait_for_stop();
    void wait_for_reload();
    void wait_for_drain();
    void drain(std::optional<lobby::Instant> since = std::nullopt);
    void arm_drain_limit();
    void end_drain(const char* cause);
    void stop(const std::string& cause);
    void serve_control(OpenLocal control);
    void hang_up();
    void reload();
    [[nodiscard]] std::string adopt_configuration();

    // daemon_control.cpp
    [[nodiscard]] admin::Controls controls();
    lobby::Outcome say_in_rooms(std::optional<std::uint64_t> room, const std::string& text);
    void read_token();
    [[nodiscard]] std::string plan_drain(std::chrono::seconds in, const std::string& message);
    void drain_as_planned();
    [[nodiscard]] std::chrono::seconds drain_left() const;
    [[nodiscard]] std::string undrain();

    // keeping_orders.cpp
    void keep_orders();
    void keep_promises();
    void leave_files();
    void finish_files();
    void follow_wall_clock();
    void adopt_wall_times(std::chrono::milliseconds jump);
    [[nodiscard]] bool writes_orders() const;
    [[nodiscard]] std::string kept_problem() const;
    [[nodiscard]] Orders orders() const;
    [[nodiscard]] Clocks clocks() const;

    // daemon_fleet.cpp
    [[nodiscard]] std::optional<net::FleetFacts> fleet_facts() const;
    void tell_fleet();
    void rest_links(boost::asio::steady_timer& timer, std::function<void()> then,
                    unsigned looks = 0);
    void lay_links_again();
    [[nodiscard]] std::uint64_t fresh_instance();

    // shared_bans.cpp
    std::size_t give_ban(lobby::Ban ban);
    [[nodiscard]] bool lift_ban(const wire::Network& network, const std::string& by);
    void take_bans(fleet::Node from, const std::vector<lobby::BanEntry>& others);
    void note_refused_bans(fleet::Node from, std::size_t refused);
    [[nodiscard]] lobby::Ban shared_ban_of(const lobby::BanEntry& entry, const Clocks& now) const;
    void adopt_read_bans(std::vector<lobby::Ban> bans);
    void know_bans();
    void keep_bans();
    void forget_bans_later();

    // daemon_outward.cpp
    void begin_feed();
    void begin_outward();
    void adopt_outward();
    void learn_game(const std::string& event);
    [[nodiscard]] std::vector<net::UntoldNews> untold_news() const;

    // daemon_handover.cpp
    void take_over(net::IncomingHandover& before);
    [[nodiscard]] bool settle_succession();
    void wait_for_parent();
    void give_back();
    void go_on_alone(const std::string& problem);
    void begin();
    void reap_stand_in();
    void go_on_as_configured();
    void wait_for_upgrade();
    void upgrade();
    void hand_over_when_logged(unsigned tries);
    void hand_over();
    void upgrade_failed(const std::string& problem);
    [[nodiscard]] std::vector<net::Workers::Held> write(net::OutgoingHandover& into,
                                                        bool with_passed);
    [[nodiscard]] net::HandoverFacts handover_facts() const;
    void list(net::ListenerUse use, const wire::Endpoint& wanted, bool passed, int socket);

    // daemon_leaving.cpp
    void leave(int signal);
    [[nodiscard]] bool is_going() const
    {
        return process_.state == net::RelayState::stopping || is_leaving_;
    }
    [[nodiscard]] bool hand_over_by_service_manager();

    const CommandLine& line_;
    const bool in_terminal_ = is_in_terminal(); // before SIGHUP is caught
    config::Config config_;
    OpenSockets sockets_;
    bool stands_in_;
    Succession before_;
    boost::asio::io_context io_;
    SystemRandom random_;
    outward::Outward outward_; // is told to the last
    net::Workers workers_;
    std::uint64_t fleet_instance_;      // see fleet::Namesakes
    std::unique_ptr<net::Fleet> fleet_; // if it is a node of one
    std::optional<wire::Endpoint> fleet_listening_;
    std::uint64_t refused_bans_ = 0;
    std::array<std::size_t, nodes_max> refused_last_{}; // of the bans of each node
    lobby::BanBook ban_book_;                           // of that; else empty
    boost::asio::steady_timer bans_timer_;              // likewise
    std::unique_ptr<BanFile> ban_file_;                 // once it is steered
    std::unique_ptr<OrderFile> order_file_;             // likewise
    Clocks known_clocks_;                               // by which what was read from them ends
    ClockWatch clock_watch_;
    bool has_memory_before_ = false; // what the process before this one knew of orders is here
    net::ProcessState process_;
    std::vector<wire::Endpoint> listening_; // for `listen`, without doors
    admin::Feed feed_;
    admin::EventStreams event_streams_;
    admin::GameWatch game_watch_;
    admin::FleetView fleet_view_;
    admin::AdminServer admin_;
    admin::PublicPage public_page_;
    admin::AdminServer public_server_;
    Announcements announcements_;
    AddressWatch addresses_;
    ServiceReporter service_;
    std::vector<net::UniqueFd> listeners_;         // for players
    std::unique_ptr<net::LanDiscovery> discovery_; // if enabled
    boost::asio::signal_set stop_signals_;
    boost::asio::signal_set reload_signals_;
    boost::asio::signal_set drain_signals_;
    boost::asio::steady_timer drain_timer_;
    boost::asio::signal_set upgrade_signals_;
    boost::asio::steady_timer upgrade_timer_;
    boost::asio::steady_timer leave_timer_;
    bool is_leaving_ = false; // for a successor that systemd starts
    boost::asio::steady_timer reap_timer_;
    boost::asio::posix::stream_descriptor control_; // of a stand-in, while it serves
    StandIn child_;
    std::vector<Inherited> inherited_; // of one that stands in
    net::HandoverFacts facts_before_;  // of the process before, with what taking over has cost
    std::optional<lobby::Instant> draining_since_;            // before this process began
    std::vector<std::pair<net::HandedListener, int>> handed_; // all that listen
    std::chrono::steady_clock::time_point drain_began_;
    bool drain_is_final_ = false; // systemd knows of it
    DrainPlan drain_plan_;
    std::string control_path_; // of the Unix socket that we have made
};

} // namespace netplay_relay::daemon
