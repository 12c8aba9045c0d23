// A run of the inspector of parties: what it sends and when, what it answers, when it ends, and
// what it prints. Time comes in, bytes and lines go out.
#pragma once

#include "peer/party_lines.hpp"
#include "peer/party_orders.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::inspector {

struct PartyRunOptions
{
    PartyClientSettings client;
    std::vector<SendOrder> sends;
    std::size_t size = 0;      // bytes of each payload; 0: as long as its text
    double rate = 0;           // of numbered ones, a second; 0: each order is sent once
    std::uint32_t count = 0;   // so many of each; 0: without end
    bool measure = false;      // numbered ones that come
    bool echo = false;         // what comes is sent back to its source
    Duration length{};         // 0: it does not end by itself
    std::uint64_t packets = 0; // it ends when so many have come; 0: it does not
    Duration cut_every{};      // 0: never
    bool json = false;
    bool quiet = false; // no line for each packet
};

enum PartyExit : int
{
    party_ok = 0,
    party_failed = 1,
    party_faults = 3, // what has to arrive came not, twice or out of order
    party_refused = 4,
    party_lost = 5, // or ended before it was to
};

class PartyRun
{
public:
    PartyRun(PartyRunOptions options, PartyClient::Random random, Instant now);

    // Its connections: see PartyClient.
    [[nodiscard]] std::optional<Instant> connect_at() const { return client_.connect_at(); }
    void dialling();
    void connected(Instant now) { client_.connected(now); }
    void received(std::span<const std::uint8_t> bytes, Instant now);
    void lost(const std::string& why, Instant now);
    [[nodiscard]] std::vector<std::uint8_t>& out() { return client_.out(); }
    // True once for each time at which the connection is to be cut.
    [[nodiscard]] bool takes_cut(Instant now);

    void order(std::string_view line, Instant now);
    void stop(Instant now, bool interrupted);

    void tick(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] std::string take_lines();      // for standard output
    [[nodiscard]] std::string take_complaints(); // for standard error
    [[nodiscard]] bool is_over() const { return client_.is_over(); }
    [[nodiscard]] PartyReport report(Instant now) const;

private:
    void take_events(Instant now);
    void take_packet(const PartyPacket& packet, Instant now);
    void obey(const PartyOrder& order, Instant now);
    void send(const SendOrder& order, std::span<const std::uint8_t> payload);
    void send_due(Instant now);
    void send_numbered(std::uint32_t number, Instant now);
    [[nodiscard]] bool is_counting() const { return options_.rate > 0; }
    [[nodiscard]] std::optional<Instant> next_send() const;
    void look_at_end(Instant now);
    [[nodiscard]] std::optional<bool> faultless(const std::vector<ProbeReport>& streams) const;

    PartyRunOptions options_;
    PartyClient client_;
    PartyLines printed_;
    ProbeMeter meter_;
    Instant begin_;
    std::string lines_;
    std::string complaints_;
    std::optional<party::Welcome> place_;
    std::optional<PartyEnd> end_;
    std::optional<double> round_trip_;
    std::optional<Instant> sends_since_; // there is somebody to send to
    std::uint32_t sent_ = 0;             // numbers, of all orders
    std::uint64_t packets_ = 0;
    std::uint64_t connections_ = 0;
    std::optional<Instant> cut_at_;
    bool cut_now_ = false;
    std::optional<Instant> stop_by_; // it ends as soon as all has arrived, or then
    bool as_asked_ = false;
};

} // namespace netplay_relay::inspector
