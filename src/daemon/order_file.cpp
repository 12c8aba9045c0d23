#include "daemon/order_file.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <spdlog/spdlog.h>

namespace netplay_relay::daemon {

namespace {

using nlohmann::json;

constexpr std::string_view ending = ".json";

// As far as it makes sense; what is wrong with the rest.
std::string read_networks(const json& texts, std::vector<wire::Network>& networks)
{
    if (!texts.is_array() || texts.empty() || texts.size() > lobby::networks_of_reservation_max)
        return "has no networks, or too many";
    for (const json& text : texts) {
        const auto network =
            text.is_string() ? wire::parse_network(text.get<std::string>()) : std::nullopt;
        if (!network) return "has a network that is none, such as '203.0.113.0/24'";
        networks.push_back(*network);
    }
    return {};
}

std::string read_one(const json& entry, const Clocks& clocks, lobby::Reservation& reservation)
{
    if (!entry.is_object()) return "is no object";
    const json session = entry.value("session", json());
    const auto id =
        session.is_string() ? wire::parse_session_id(session.get<std::string>()) : std::nullopt;
    if (!id || id->is_zero()) return "has no session, which is an id of 16 characters";
    reservation.id = *id;
    const json until = entry.value("until", json(false));
    if (until.is_string()) reservation.until_read = wall_seconds_of(until.get<std::string>());
    if (!until.is_null() && !reservation.until_read)
        return "has no until, which is a time, such as '2026-11-29T23:39:32Z', or null";
    if (reservation.until_read) reservation.until = instant_of(*reservation.until_read, clocks);
    return read_networks(entry.value("networks", json()), reservation.networks);
}

void read_reservations(const json& entries, const Clocks& clocks, ReadOrders& read)
{
    std::vector<lobby::Reservation>& all = read.orders.reservations;
    for (std::size_t at = 0; at < entries.size(); ++at) {
        lobby::Reservation one;
        std::string problem = read_one(entries[at], clocks, one);
        if (problem.empty() && all.size() >= lobby::reservations_max) problem = "is one too many";
        if (!problem.empty())
            read.problems.push_back("reservation " + std::to_string(at + 1) + " " + problem);
        else if (one.until && *one.until <= clocks.relay)
            ++read.ended;
        else
            all.push_back(std::move(one));
    }
}

} // namespace

std::string order_file_path(const std::string& ban_file)
{
    if (ban_file.empty()) return ban_file;
    const std::size_t cut = ban_file.ends_with(ending) ? ending.size() : 0;
    return ban_file.substr(0, ban_file.size() - cut) + ".orders.json";
}

std::string orders_to_json(const Orders& orders, const Clocks& clocks)
{
    std::string all;
    for (const lobby::Reservation& one : orders.reservations) {
        json networks = json::array();
        for (const wire::Network& network : one.networks)
            networks.push_back(wire::to_text(network));
        const json until =
            one.until_read ? wall_text(*one.until_read) : wall_text(one.until, clocks);
        all += all.empty() ? "\n  " : ",\n  ";
        all +=
            json{{"session", wire::to_text(one.id)}, {"networks", networks}, {"until", until}}.dump(
                -1);
    }
    return std::string("{\n \"takes_new\": ") + (orders.takes_new ? "true" : "false") +
           ",\n \"reservations\": [" + all + "]\n}\n";
}

ReadOrders orders_from_json(std::string_view text, const Clocks& clocks)
{
    ReadOrders read;
    const json all = json::parse(text, nullptr, false);
    if (!all.is_object()) {
        read.problems.emplace_back(all.is_discarded() ? "is not JSON" : "is no object");
        return read;
    }
    const json takes_new = all.value("takes_new", json());
    if (takes_new.is_boolean())
        read.orders.takes_new = takes_new.get<bool>();
    else
        read.problems.emplace_back("has no takes_new, which is true or false");
    const json entries = all.value("reservations", json());
    if (entries.is_array())
        read_reservations(entries, clocks, read);
    else
        read.problems.emplace_back("has no reservations, which are a list");
    return read;
}

std::vector<lobby::Reservation> reservations_by_wall(const std::vector<lobby::Reservation>& all,
                                                     const Clocks& now)
{
    std::vector<lobby::Reservation> read;
    for (const lobby::Reservation& one : all) {
        if (!one.until_read) continue;
        read.push_back(one);
        read.back().until = instant_of(*one.until_read, now);
    }
    return read;
}

Orders OrderFile::read(const Clocks& clocks)
{
    const std::optional<std::string> text = read_text();
    if (!text) return {};
    ReadOrders read = orders_from_json(*text, clocks);
    if (!read.problems.empty()) move_aside(read.problems);
    spdlog::info("orders_read file={} reservations={} ended={} left_out={} takes_new={}", path(),
                 read.orders.reservations.size(), read.ended, read.problems.size(),
                 read.orders.takes_new);
    return std::move(read.orders);
}

void OrderFile::keep(Orders orders, const Clocks& clocks)
{
    keep_text([orders = std::move(orders), clocks] { return orders_to_json(orders, clocks); });
}

} // namespace netplay_relay::daemon
