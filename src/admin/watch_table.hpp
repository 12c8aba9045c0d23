// One status after the other as a table of the people there, who lags most first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace netplay_relay::admin {

class WatchTable
{
public:
    // False if the text is not the status of a relay: then all stays as it was.
    [[nodiscard]] bool take(const std::string& status_json);

    // Of at most so many lines; 0: all. What has changed since the status before the last is told
    // per second, and is "-" where nothing was known before.
    [[nodiscard]] std::string text(std::size_t lines) const;

private:
    // Of one connection, all since its begin.
    struct Counts
    {
        std::uint64_t retransmits = 0;
        std::uint64_t late = 0;
        std::uint64_t waits = 0;
        double waited_seconds = 0;
    };
    struct Person
    {
        std::string what; // "host", "guest" or "member"
        std::string where;
        std::string id;
        std::string nick;
        std::string address;
        double lag = 0;
        std::string rtt;
        std::string retransmits;
        std::string behind;
        std::string late;
        std::string waits;
        std::string waited;
    };
    using Known = std::map<std::string, Counts>; // by address, which nobody shares

    void add_host(const nlohmann::json& session);
    void add_guest(const nlohmann::json& session, const nlohmann::json& link);
    void add_member(const nlohmann::json& room, const nlohmann::json& member);
    void add(Person person, const nlohmann::json& tcp, const Counts& counts);
    [[nodiscard]] std::string ended(const nlohmann::json& status);

    Known before_;
    Known now_;
    std::map<std::string, std::uint64_t> ended_before_; // by reason
    std::optional<double> uptime_before_;
    double seconds_ = 0; // since the status before; 0: there was none
    std::string head_;
    std::vector<Person> people_;
};

} // namespace netplay_relay::admin
