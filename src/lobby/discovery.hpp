// Decides who is answered on the LAN, with which game, and how often (protocol.md, "LAN
// discovery").
//
// The answer is 172 times as long as the question, and anybody can forge the source of a question:
// hence private sources only, and limits for each and for all.
#pragma once

#include "lobby/ids.hpp"
#include "wire/address.hpp"
#include "wire/discovery.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace netplay_relay::lobby {

struct DiscoveryLimits
{
    Duration pause = std::chrono::seconds{1}; // between two answers to one source
    std::size_t answers_per_second = 50;      // to all of them
    // Half of these are kept for sources that were not answered for so long: who asks again and
    // again, from many addresses, takes the other half.
    Duration newcomer_after = std::chrono::seconds{10};
    // Sources remembered; for one more that which was answered longest ago is forgotten. At 50
    // answers a second its pause is long over by then.
    std::size_t sources = 1024;
    bool loopback = false; // answer 127/8 too: for tests, RetroArch takes no answer from there
};

// Why a datagram was not answered.
enum class DiscoveryIgnored : std::uint8_t
{
    not_private, // its source is none of 10/8, 172.16/12, 192.168/16 and 169.254/16
    malformed,
    old_form, // a frontend before RetroArch 1.10
    too_fast, // its source was answered less than a second ago
    too_many, // so many others were
    nothing_to_list,
};
inline constexpr std::size_t discovery_ignored_count = 6;
// The word for it in JSON: the name above.
[[nodiscard]] std::string_view word(DiscoveryIgnored reason);

// VPNs that give their machines addresses which RetroArch takes for public ones: it takes no answer
// from there, and gets none from us.
struct UnansweredVpn
{
    std::string_view names;
    std::string_view network;
};
inline constexpr std::size_t unanswered_vpn_count = 3;
// Which of them the address is of.
[[nodiscard]] std::optional<std::size_t> unanswered_vpn(const wire::Address& address);
[[nodiscard]] const UnansweredVpn& unanswered_vpn_at(std::size_t index);

struct DiscoveryCounts
{
    std::uint64_t queries = 0; // datagrams of any kind: answered and ignored ones
    std::uint64_t answered = 0;
    std::array<std::uint64_t, discovery_ignored_count> ignored{};

    bool operator==(const DiscoveryCounts&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.queries, self.answered, self.ignored);
    }
};

using AdvertisementList = std::function<std::vector<wire::Advertisement>()>;

class DiscoveryResponder
{
public:
    explicit DiscoveryResponder(DiscoveryLimits limits = {}) : limits_(limits) {}

    // What to answer this datagram with, if at all. `list` is asked only if its source may be
    // answered, and each source hears of the advertisements in turn. Finding nothing to list counts
    // towards the limits like an answer. `now` never goes back.
    [[nodiscard]] std::optional<wire::Advertisement> answer(const wire::Address& source,
                                                            std::span<const std::uint8_t> datagram,
                                                            Instant now,
                                                            const AdvertisementList& list);

    [[nodiscard]] const DiscoveryCounts& counts() const { return counts_; }
    // Those of the process before this one.
    void go_on_from(const DiscoveryCounts& counts) { counts_ = counts; }
    [[nodiscard]] std::size_t sources() const { return by_answer_.size(); }

private:
    struct Source
    {
        wire::Address address;
        Instant answered_at;
        std::size_t turn = 0; // which advertisement is next
    };

    [[nodiscard]] std::optional<DiscoveryIgnored>
    reason_to_ignore(const wire::Address& source, std::span<const std::uint8_t> datagram,
                     Instant now);
    [[nodiscard]] bool is_welcome(const wire::Address& source) const;
    Source& remember(const wire::Address& address, Instant now);
    void ignore(DiscoveryIgnored reason);

    DiscoveryLimits limits_;
    DiscoveryCounts counts_;
    std::list<Source> by_answer_; // answered longest ago first
    std::map<wire::Address, std::list<Source>::iterator> by_address_;
    [[nodiscard]] bool is_newcomer(const wire::Address& source, Instant now) const;

    struct Answer
    {
        Instant at;
        bool to_newcomer = false;
    };
    std::deque<Answer> recent_; // of the last second, oldest first
};

} // namespace netplay_relay::lobby
