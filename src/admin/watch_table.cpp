#include "admin/watch_table.hpp"

#include "admin/status_words.hpp"
#include "admin/text_columns.hpp"
#include "text/text.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace netplay_relay::admin {

namespace {

using Json = nlohmann::json;

// What makes a game worse, in milliseconds of round trip that are about as bad: a segment that is
// sent again costs some of them, a late input makes the others rewind, and who is waited for all
// the time is as bad as can be.
constexpr double lag_of_retransmit = 50;
constexpr double lag_of_late_input = 10;
constexpr double lag_of_waiting = 1000;

constexpr std::size_t lines_of_head = 4; // with the empty one and the names of the columns
constexpr std::size_t reasons_told = 4;

double number_or(const Json& object, const char* field, double otherwise)
{
    const auto found = object.find(field);
    return found != object.end() && found->is_number() ? found->get<double>() : otherwise;
}

std::uint64_t count_of(const Json& object, const char* field)
{
    const auto found = object.find(field);
    return found != object.end() && found->is_number() ? found->get<std::uint64_t>() : 0;
}

// A count may be smaller than before where somebody else has the address now.
double per_second(std::uint64_t now, std::uint64_t before, double seconds)
{
    return now > before ? static_cast<double>(now - before) / seconds : 0;
}

std::string nick_of_game(const Json& link, const char* end)
{
    const auto game = link.find("game");
    return game == link.end() || !game->is_object() ? "-" : text_or_dash(game->at(end), "nick");
}

std::string overview(const Json& status)
{
    const Json& use = status.at("use");
    const Json& limits = status.at("limits");
    return fmt::format(
        "netplay-relay {}, {}, up {}; {} of {} connections, {} of {} sessions, "
        "links {}, rooms {}, members {}\n",
        status.at("version").get<std::string>(), status.at("state").get<std::string>(),
        span_text(status.at("uptime_seconds").get<double>()), whole_text(use, "connections"),
        whole_text(limits, "connections"), whole_text(use, "sessions"),
        whole_text(limits, "sessions"), whole_text(use, "links"), whole_text(use, "rooms"),
        whole_text(use, "members"));
}

} // namespace

void WatchTable::add(Person person, const Json& tcp, const Counts& counts)
{
    const auto before = before_.find(person.address);
    const bool is_known = before != before_.end() && seconds_ > 0;
    person.lag = number_or(tcp, "rtt_ms", number_or(tcp, "ping_ms", 0));
    person.rtt = tcp.contains("rtt_ms") ? milliseconds_text(tcp, "rtt_ms")
                                        : milliseconds_text(tcp, "ping_ms");
    person.retransmits = "-";
    if (is_known) {
        const Counts& old = before->second;
        const double retransmits = per_second(counts.retransmits, old.retransmits, seconds_);
        person.retransmits = fmt::format("{:.1f}", retransmits);
        person.lag += lag_of_retransmit * retransmits;
        if (person.what == "member") {
            const double late = per_second(counts.late, old.late, seconds_);
            const double waited =
                std::clamp((counts.waited_seconds - old.waited_seconds) / seconds_, 0.0, 1.0);
            person.late = fmt::format("{:.1f}", late);
            person.waits = fmt::format("{:.1f}", per_second(counts.waits, old.waits, seconds_));
            person.waited = fmt::format("{:.0f}%", waited * 100);
            person.lag += lag_of_late_input * late + lag_of_waiting * waited;
        }
    }
    now_[person.address] = counts;
    people_.push_back(std::move(person));
}

// Of all links that it has, and of its control connection.
void WatchTable::add_host(const Json& session)
{
    Json host = session.at("host");
    Counts counts{count_of(host, "retransmits")};
    std::string nick = "-";
    for (const Json& link : session.at("links")) {
        const Json& side = link.at("host");
        counts.retransmits += count_of(side, "retransmits");
        const double rtt = number_or(side, "rtt_ms", 0);
        if (rtt > number_or(host, "rtt_ms", 0)) host["rtt_ms"] = rtt;
        nick = nick_of_game(link, "host");
    }
    add({"host", plain_word(session.at("id")), id_text(host), nick, plain_word(host.at("address")),
         0, "-", "-", "-", "-", "-", "-"},
        host, counts);
}

void WatchTable::add_guest(const Json& session, const Json& link)
{
    const Json& guest = link.at("guest");
    add({"guest", plain_word(session.at("id")), id_text(link), nick_of_game(link, "guest"),
         plain_word(guest.at("address")), 0, "-", "-", "-", "-", "-", "-"},
        guest, {count_of(guest, "retransmits")});
}

void WatchTable::add_member(const Json& room, const Json& member)
{
    add({"member", "room " + whole_text(room, "number"), id_text(member),
         plain_word(member.at("nick")), plain_word(member.at("address")), 0, "-", "-",
         whole_text(member, "frames_behind"), "-", "-", "-"},
        member,
        {count_of(member, "retransmits"), count_of(member, "inputs_late"),
         count_of(member, "waits"), number_or(member, "waited_seconds", 0)});
}

// "ended: unknown_session 4, guest_left 1" since the status before.
std::string WatchTable::ended(const Json& status)
{
    std::map<std::string, std::uint64_t> now;
    std::vector<std::pair<std::uint64_t, std::string>> lately;
    for (const auto& [reason, count] : status.at("totals").at("close_reasons").items()) {
        now[reason] = count.get<std::uint64_t>();
        const auto before = ended_before_.find(reason);
        if (before != ended_before_.end() && now[reason] > before->second)
            lately.emplace_back(now[reason] - before->second, reason);
    }
    ended_before_ = std::move(now);
    std::ranges::sort(lately, std::greater<>());
    if (lately.size() > reasons_told) lately.resize(reasons_told);
    std::string text;
    for (const auto& [count, reason] : lately)
        text += fmt::format("{} {} {}", text.empty() ? "" : ",", reason, count);
    return seconds_ > 0 ? fmt::format("ended in {}:{}\n", span_text(seconds_),
                                      text.empty() ? " nothing" : text)
                        : std::string("what changes is told from the next time on\n");
}

bool WatchTable::take(const std::string& status_json)
{
    try {
        const Json status = Json::parse(status_json);
        const double uptime = status.at("uptime_seconds").get<double>();
        WatchTable next;
        next.before_ = now_;
        next.ended_before_ = ended_before_;
        next.uptime_before_ = uptime;
        // 0: the relay has begun anew.
        next.seconds_ = uptime_before_ ? std::max(uptime - *uptime_before_, 0.0) : 0;
        for (const Json& session : status.at("sessions")) {
            next.add_host(session);
            for (const Json& link : session.at("links"))
                next.add_guest(session, link);
        }
        for (const Json& room : status.at("rooms"))
            for (const Json& member : room.at("members"))
                next.add_member(room, member);
        std::ranges::stable_sort(next.people_, std::greater<>(), &Person::lag);
        next.head_ = overview(status) + next.ended(status);
        *this = std::move(next);
        return true;
    } catch (const Json::exception&) {
        return false;
    }
}

std::string WatchTable::text(std::size_t lines) const
{
    if (people_.empty()) return text::plain(head_, true) + "\nnobody is here\n";
    std::size_t shown = people_.size();
    const std::size_t room = lines > lines_of_head ? lines - lines_of_head : 1;
    if (lines > 0 && shown > room) shown = room - 1;
    TextColumns table({7, 17, 16, 22, 7, 7, 9, 8, 8, 8, 8, 8}, 4);
    table.add({"who", "where", "nick", "address", "id", "lag", "rtt ms", "ret/s", "behind",
               "late/s", "waits/s", "waited"});
    for (std::size_t at = 0; at < shown; ++at) {
        const Person& one = people_[at];
        table.add({one.what, one.where, one.nick, one.address, one.id,
                   fmt::format("{:.0f}", one.lag), one.rtt, one.retransmits, one.behind, one.late,
                   one.waits, one.waited});
    }
    const std::size_t more = people_.size() - shown;
    return text::plain(
        head_ + "\n" + table.text() + (more > 0 ? fmt::format("  and {} more\n", more) : ""), true);
}

} // namespace netplay_relay::admin
