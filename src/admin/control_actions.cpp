#include "admin/control_actions.hpp"

#include "text/text.hpp"
#include "wire/address.hpp"

#include <array>
#include <ctime>
#include <limits>

namespace netplay_relay::admin {

namespace http = boost::beast::http;
using json = nlohmann::ordered_json;

namespace {

// What a number of JSON can be without loss.
constexpr std::uint64_t number_max = (1ULL << 53U) - 1;
constexpr std::uint64_t seconds_max =
    std::chrono::duration_cast<std::chrono::seconds>(lobby::order_longest).count();

Done failed(http::status status, std::string sentence)
{
    Done done;
    done.error = std::move(sentence);
    done.status = status;
    return done;
}

Done missing(std::string what) { return failed(http::status::not_found, std::move(what)); }
Done conflict(std::string why) { return failed(http::status::conflict, std::move(why)); }

// If the body has a problem, that is what has come of it.
std::optional<Done> refused(ControlBody& body)
{
    std::string problem = body.problem();
    if (problem.empty()) return std::nullopt;
    return failed(http::status::bad_request, std::move(problem));
}

std::optional<wire::SessionId> session_in(ControlBody& body, const char* key)
{
    const auto text = body.text(key, number_max);
    if (!text) return std::nullopt;
    const auto id = wire::parse_session_id(*text);
    if (id && !id->is_zero()) return id;
    body.fault(key, "must be a session id: 16 characters of A-Z, a-z, 0-9, + and /, not all A");
    return std::nullopt;
}

constexpr const char* a_network =
    "must be an address, or a network without bits behind its prefix, such as "
    "\"203.0.113.7\", \"203.0.113.0/24\" or \"2001:db8::/32\"";

std::optional<wire::Network> network_in(ControlBody& body, const char* key)
{
    const auto text = body.text(key, number_max);
    if (!text) return std::nullopt;
    const auto network = wire::parse_network(*text);
    if (!network) body.fault(key, a_network);
    return network;
}

std::optional<lobby::Instant> end_in(const Controls& controls, ControlBody& body, const char* key)
{
    const auto seconds = body.number(key, 1, seconds_max);
    if (!seconds) return std::nullopt;
    return controls.now() + std::chrono::seconds(*seconds);
}

Done end(const Controls& controls, ControlBody& body, const std::string&)
{
    const auto session = session_in(body, "session");
    const auto room = body.number("room", 1, number_max);
    const auto party = body.number("party", 1, number_max);
    const auto link = body.number("link", 1, number_max);
    if (body.has("session") + body.has("room") + body.has("party") + body.has("link") != 1)
        body.fault("session", "or \"room\", \"party\" or \"link\" must be there, and one of them "
                              "alone");
    if (auto done = refused(body)) return *done;
    Done done;
    if (session) {
        if (!controls.end_session(*session)) return missing("there is no such session");
        done.told["session"] = wire::to_text(*session);
    } else if (room) {
        if (!controls.end_room(*room)) return missing("there is no such room");
        done.told["room"] = *room;
    } else if (party) {
        if (!controls.end_party(*party)) return missing("there is no such party");
        done.told["party"] = *party;
    } else {
        if (!controls.end_link({*link})) return missing("there is no such link");
        done.told["link"] = *link;
    }
    return done;
}

constexpr const char* bans_full = "as many networks are banned as may be: lift one first";

// It holds all the same, until a restart that is none under live games.
void tell_whether_kept(const std::string& problem, Done& done)
{
    if (problem.empty()) return;
    done.answer["kept"] = false;
    done.answer["problem"] = problem;
}

// By its id in its party: it may be absent, and have no connection.
Done kick_peer(const Controls& controls, ControlBody& body)
{
    const auto party = body.number("party", 1, number_max);
    const auto peer = body.number("peer_id", 1, std::numeric_limits<std::int32_t>::max());
    body.must_have("party");
    body.must_have("peer_id");
    if (auto done = refused(body)) return *done;
    if (!controls.send_peer_away(*party, static_cast<std::int32_t>(*peer)))
        return missing("there is no such peer");
    Done done;
    done.told["party"] = *party;
    done.told["peer_id"] = *peer;
    return done;
}

// Whose game is at another node of the fleet is known there.
Done no_connection(const Controls& controls)
{
    if (!controls.node) return missing("there is no such connection");
    return missing("there is no such connection at node " + std::to_string(*controls.node) +
                   ": it is for the node whose status has it");
}

Done kick(const Controls& controls, ControlBody& body, const std::string& by)
{
    if (body.has("peer_id")) return kick_peer(controls, body);
    const auto id = body.number("id", 1, number_max);
    body.must_have("id");
    const auto until = end_in(controls, body, "ban_seconds");
    const auto reason = body.text("reason", lobby::order_text_max);
    if (reason && !body.has("ban_seconds")) body.fault("reason", "is for a ban: give ban_seconds");
    if (auto done = refused(body)) return *done;
    const auto peer = controls.peer_of({*id});
    if (!peer) return no_connection(controls);
    const wire::Network network = wire::network_of_one(peer->address);
    if (until && !controls.can_ban(network)) return conflict(bans_full);
    const Whereabouts where = controls.whereabouts_of({*id});
    if (!controls.send_away({*id})) return no_connection(controls);
    Done done;
    done.told["id"] = *id;
    done.told["peer"] = wire::to_text(*peer);
    if (!where.session.empty()) done.told["session"] = where.session;
    if (where.room != 0) done.told["room"] = where.room;
    if (!where.nick.empty()) done.told["nick"] = text::plain(where.nick);
    if (!until) return done;
    const std::size_t gone = controls.ban({network, until, reason.value_or(""), by, {}});
    done.answer["network"] = done.told["network"] = wire::to_text(network);
    done.answer["until"] = done.told["until"] = wall_time(until, controls.now());
    done.answer["gone"] = done.told["gone"] = gone;
    tell_whether_kept(controls.bans_problem(), done);
    return done;
}

Done ban(const Controls& controls, ControlBody& body, const std::string& by)
{
    const auto network = network_in(body, "network");
    body.must_have("network");
    const auto until = end_in(controls, body, "seconds");
    const auto reason = body.text("reason", lobby::order_text_max);
    if (network && lobby::is_too_wide_to_ban(*network))
        body.fault("network", "must be no wider than a /8, or of IPv6 a /16");
    if (auto done = refused(body)) return *done;
    if (!controls.can_ban(*network)) return conflict(bans_full);
    const std::size_t gone = controls.ban({*network, until, reason.value_or(""), by, {}});
    Done done;
    done.told["network"] = wire::to_text(*network);
    done.told["until"] = wall_time(until, controls.now());
    done.told["gone"] = gone;
    done.answer = done.told;
    tell_whether_kept(controls.bans_problem(), done);
    done.told["reason"] = reason.value_or("");
    return done;
}

// The widest ban that keeps the network out all the same.
std::string why_no_ban(const Controls& controls, const wire::Network& network)
{
    for (const lobby::Ban& ban : controls.bans()) {
        const bool is_wider = ban.network.prefix_bits < network.prefix_bits;
        if (is_wider && ban.network.contains(network.base))
            return "there is no such ban, but one of " + wire::to_text(ban.network) +
                   ", which holds it: lift that";
    }
    return "there is no such ban";
}

Done unban(const Controls& controls, ControlBody& body, const std::string& by)
{
    const auto network = network_in(body, "network");
    body.must_have("network");
    if (auto done = refused(body)) return *done;
    if (!controls.lift_ban(*network, by)) return missing(why_no_ban(controls, *network));
    Done done;
    tell_whether_kept(controls.bans_problem(), done);
    done.told["network"] = wire::to_text(*network);
    return done;
}

Done allow_new(const Controls& controls, ControlBody& body, const std::string&)
{
    const auto allowed = body.flag("allowed");
    body.must_have("allowed");
    if (auto done = refused(body)) return *done;
    controls.take_new(*allowed);
    Done done;
    tell_whether_kept(controls.promises_problem(), done);
    done.told["allowed"] = *allowed;
    if (*allowed && controls.drains())
        done.answer["problem"] = "the relay drains, so nothing new begins until that is undone";
    return done;
}

Done drain(const Controls& controls, ControlBody& body, const std::string&)
{
    const std::uint64_t seconds =
        body.number("in_seconds", 0, static_cast<std::uint64_t>(drain_countdown_max.count()))
            .value_or(0);
    const std::string message = body.text("message", said_bytes_max).value_or("");
    if (auto done = refused(body)) return *done;
    if (std::string why = controls.drain(std::chrono::seconds(seconds), message); !why.empty())
        return conflict(std::move(why));
    Done done;
    done.told["in_seconds"] = seconds;
    if (!message.empty()) done.told["message"] = message;
    return done;
}

Done undrain(const Controls& controls, ControlBody& body, const std::string&)
{
    if (auto done = refused(body)) return *done;
    if (std::string why = controls.undrain(); !why.empty()) return conflict(std::move(why));
    return {};
}

Done say(const Controls& controls, ControlBody& body, const std::string&)
{
    const auto room = body.number("room", 1, number_max);
    const auto text = body.text("text", said_bytes_max);
    body.must_have("text");
    if (text && text->find_first_not_of(' ') == std::string::npos)
        body.fault("text", "must not be empty");
    if (auto done = refused(body)) return *done;
    const lobby::Outcome said = controls.say(room, *text);
    if (room && said.met == 0) return missing("there is no such room");
    Done done;
    done.answer["rooms"] = said.told;
    if (said.met == 0) done.answer["problem"] = "there is no room";
    if (said.met > 0 && said.told == 0)
        done.answer["problem"] = "nobody there hears it: their RetroArch knows no chat, or they "
                                 "are on their way in";
    if (room) done.told["room"] = *room;
    done.told["rooms"] = said.told;
    done.told["text"] = *text;
    return done;
}

Done reserve(const Controls& controls, ControlBody& body, const std::string&)
{
    lobby::Reservation reservation;
    if (const auto id = session_in(body, "session")) reservation.id = *id;
    const std::uint8_t node = wire::node_of(reservation.id);
    if (!reservation.id.is_zero() && controls.node && node != *controls.node)
        body.fault("session", "belongs to node " + std::to_string(node) +
                                  " of the fleet: reserve it there, or another one here");
    body.must_have("networks");
    const auto texts = body.texts("networks", lobby::networks_of_reservation_max);
    for (const std::string& text : texts.value_or(std::vector<std::string>{})) {
        const auto network = wire::parse_network(text);
        if (network) reservation.networks.push_back(*network);
        if (!network)
            body.fault("networks", "must hold addresses and networks only, such as "
                                   "\"203.0.113.7\" or \"2001:db8::/32\"");
    }
    if (texts && texts->empty()) body.fault("networks", "must name at least one network");
    reservation.until = end_in(controls, body, "seconds");
    if (auto done = refused(body)) return *done;
    const auto until = reservation.until;
    const auto id = controls.reserve(std::move(reservation));
    if (!id) return conflict("as many session ids are reserved as may be: lift one first");
    Done done;
    done.told["session"] = wire::to_text(*id);
    done.told["until"] = wall_time(until, controls.now());
    done.answer = done.told;
    tell_whether_kept(controls.promises_problem(), done);
    done.told["networks"] = *texts;
    return done;
}

Done unreserve(const Controls& controls, ControlBody& body, const std::string&)
{
    const auto id = session_in(body, "session");
    body.must_have("session");
    if (auto done = refused(body)) return *done;
    if (!controls.lift_reservation(*id))
        return missing("there is no such reservation; one of the configuration stays until that "
                       "is changed");
    Done done;
    tell_whether_kept(controls.promises_problem(), done);
    done.told["session"] = wire::to_text(*id);
    return done;
}

Done change_log_level(const Controls& controls, ControlBody& body, const std::string&)
{
    const auto level = body.text("level", number_max);
    body.must_have("level");
    if (auto done = refused(body)) return *done;
    if (!controls.change_log_level(*level))
        return failed(http::status::bad_request,
                      "\"level\" must be \"debug\", \"info\", \"warning\" or \"error\"");
    Done done;
    done.told["level"] = *level;
    return done;
}

constexpr std::array actions{Action{"end", end},
                             Action{"kick", kick},
                             Action{"ban", ban},
                             Action{"unban", unban},
                             Action{"new", allow_new},
                             Action{"drain", drain},
                             Action{"undrain", undrain},
                             Action{"say", say},
                             Action{"reserve", reserve},
                             Action{"unreserve", unreserve},
                             Action{"log_level", change_log_level}};

} // namespace

std::span<const Action> control_actions() { return actions; }

json wall_time(const std::optional<lobby::Instant>& when, lobby::Instant now)
{
    if (!when) return nullptr;
    using std::chrono::system_clock;
    // As the file of bans has it: what is meant to a second is read a moment before it or behind.
    const std::time_t seconds = system_clock::to_time_t(std::chrono::round<std::chrono::seconds>(
        system_clock::now() + std::chrono::round<system_clock::duration>(*when - now)));
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

} // namespace netplay_relay::admin
