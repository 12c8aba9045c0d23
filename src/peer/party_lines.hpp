// What the inspector of parties prints: a line of text, or of JSON, for each thing that happens,
// and one for what it all came to.
#pragma once

#include "peer/party_client.hpp"
#include "peer/party_probe.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::inspector {

struct PartyReport
{
    bool hosts = false;
    std::string code; // empty: it was in no party
    std::int32_t id = 0;
    std::string outcome; // finished, refused, lost, failed
    std::string reason;  // a close reason, or empty
    std::string text;
    double seconds = 0;
    std::uint64_t connections = 0;
    PartyClientCounts counts;
    std::optional<double> round_trip; // milliseconds, as the relay has measured it last
    std::vector<ProbeReport> streams;
    std::optional<bool> faultless; // whether all that has to arrive did; if it was looked at
    int exit_code = 0;
};

class PartyLines
{
public:
    explicit PartyLines(bool json) : json_(json) {}

    [[nodiscard]] std::string code(const std::string& code) const;
    [[nodiscard]] std::string event(const PartyClientEvent& event, Duration at) const;
    [[nodiscard]] std::string report(const PartyReport& report) const;

private:
    bool json_;
};

// Packets and what the relay counts come in masses.
[[nodiscard]] bool is_frequent(const PartyClientEvent& event);

} // namespace netplay_relay::inspector
