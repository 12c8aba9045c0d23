// What the operator does with the relay while it runs: who may, and what of it is the daemon's.
#include "admin/control_routes.hpp"
#include "daemon/admin_token.hpp"
#include "daemon/drain_countdown.hpp"
#include "daemon/logging.hpp"
#include "daemon/running_daemon.hpp"
#include "text/text.hpp"
#include "wire/netplay_command.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::daemon {

admin::Controls RunningDaemon::controls()
{
    net::Workers& workers = workers_;
    admin::Controls made;
    made.end_session = [&](const wire::SessionId& id) { return workers.end_session(id); };
    made.end_room = [&](std::uint64_t room) { return workers.end_room(room); };
    made.end_party = [&](std::uint64_t party) { return workers.end_party(party); };
    made.send_peer_away = [&](std::uint64_t party, std::int32_t peer) {
        return workers.send_away(party, peer);
    };
    made.end_link = [&](lobby::ConnectionId guest) { return workers.end_link(guest); };
    made.send_away = [&](lobby::ConnectionId who) { return workers.send_away(who); };
    made.peer_of = [&](lobby::ConnectionId who) { return workers.peer_of(who); };
    made.whereabouts_of = [&](lobby::ConnectionId who) {
        return admin::whereabouts_of(workers, who);
    };
    made.say = [this](std::optional<std::uint64_t> room, const std::string& text) {
        return say_in_rooms(room, text);
    };
    made.bans_problem = [this] { return ban_file_ ? ban_file_->problem() : std::string(); };
    made.promises_problem = [this] { return order_file_ ? order_file_->problem() : std::string(); };
    made.can_ban = [&](const wire::Network& network) { return workers.can_ban(network); };
    made.ban = [this](const lobby::Ban& ban) { return give_ban(ban); };
    made.lift_ban = [this](const wire::Network& network, const std::string& by) {
        return lift_ban(network, by);
    };
    made.bans = [&] { return workers.bans(); };
    made.node = config_.fleet.node;
    made.reserve = [&](lobby::Reservation wanted) { return workers.reserve(std::move(wanted)); };
    made.lift_reservation = [&](const wire::SessionId& id) { return workers.lift_reservation(id); };
    made.reservations = [&] { return workers.reservations(); };
    made.take_new = [&, this](bool allowed) {
        workers.take_new(allowed);
        tell_fleet();
    };
    made.drains = [this] { return process_.state != net::RelayState::running; };
    made.drain = [this](std::chrono::seconds in, const std::string& message) {
        return plan_drain(in, message);
    };
    made.undrain = [this] { return undrain(); };
    made.change_log_level = [](std::string_view word) {
        config::LogLevel level{};
        if (!config::parse_log_level(word, level)) return false;
        change_log_level(level);
        return true;
    };
    made.now = [&] { return workers.now(); };
    return made;
}

// One message of the protocol holds less than the operator may say.
lobby::Outcome RunningDaemon::say_in_rooms(std::optional<std::uint64_t> room,
                                           const std::string& text)
{
    lobby::Outcome told;
    for (const std::string_view piece : text::pieces_of(text, wire::chat_text_max))
        told = workers_.say(room, std::string(piece));
    return told;
}

void RunningDaemon::read_token()
{
    const char* credentials = std::getenv("CREDENTIALS_DIRECTORY"); // NOLINT: one thread
    AdminToken read = read_admin_token(config_.token_file, credentials);
    const std::string key = config_.token_file.empty() ? "" : " key=admin.token_file";
    if (!read.problem.empty())
        spdlog::error("token_not_read{} file=\"{}\" problem=\"{}\"", key, text::quotable(read.file),
                      text::quotable(read.problem));
    if (!read.warning.empty())
        spdlog::warn("token_not_secret{} file=\"{}\" problem=\"{}\"", key,
                     text::quotable(read.file), text::quotable(read.warning));
    admin_.set_token(std::move(read.token));
}

std::string RunningDaemon::plan_drain(std::chrono::seconds in, const std::string& message)
{
    if (process_.state != net::RelayState::running)
        return process_.state == net::RelayState::draining ? "the relay drains already"
                                                           : "the relay stops";
    drain_plan_.cancel();
    process_.drain_starts.reset();
    if (in.count() == 0) {
        (void)say_in_rooms(std::nullopt, drain_text(config_.drain_limit, message));
        drain();
        return {};
    }
    drain_plan_.begin(workers_.now() + in, workers_.now(), message);
    process_.drain_starts = drain_plan_.at();
    return {};
}

// Of the limit; who began it may have been this process's predecessor.
std::chrono::seconds RunningDaemon::drain_left() const
{
    const auto left = drain_began_ + config_.drain_limit - std::chrono::steady_clock::now();
    return std::max(std::chrono::ceil<std::chrono::seconds>(left), std::chrono::seconds(0));
}

void RunningDaemon::drain_as_planned()
{
    process_.drain_starts.reset();
    (void)say_in_rooms(std::nullopt, drain_text(config_.drain_limit, drain_plan_.message()));
    drain();
}

std::string RunningDaemon::undrain()
{
    if (process_.state == net::RelayState::stopping) return "the relay stops";
    const bool was_planned = drain_plan_.cancel();
    process_.drain_starts.reset();
    if (process_.state == net::RelayState::running) {
        if (!was_planned) return "the relay does not drain";
    } else if (service_.has_said_stopping()) {
        return "SIGUSR1 began it, and systemd, which was told that the relay stops, takes that "
               "back for nobody";
    } else {
        drain_timer_.cancel();
        process_.drain_ends.reset();
        process_.state = net::RelayState::running;
        draining_since_.reset();
        drain_is_final_ = false;
        workers_.stop_draining();
        tell_fleet();
    }
    (void)say_in_rooms(std::nullopt, "the relay goes on after all");
    spdlog::info("undrained");
    feed_.publish("undrained", nlohmann::ordered_json::object());
    return {};
}

} // namespace netplay_relay::daemon
