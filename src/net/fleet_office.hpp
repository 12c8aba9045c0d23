// What a node of a fleet does with the other nodes, in a thread of its own: it takes their links,
// tells them of itself, listens to what they tell, and asks them. Whoever is no node costs the
// players nothing.
#pragma once

#include "fleet/head.hpp"
#include "fleet/namesakes.hpp"
#include "fleet/roll.hpp"
#include "lobby/ban_book.hpp"
#include "net/hops.hpp"
#include "net/inbox.hpp"
#include "net/link_socket.hpp"
#include "net/seen_fleet.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netplay_relay::net {

// Links that are being greeted, or tell of this node, at once, and as many for nodes alone; and
// those from one address, or IPv6 network of 64 bits, that is no node's.
inline constexpr std::size_t links_greeted_max = 256;
inline constexpr std::size_t links_of_stranger_max = 8;
// From the connection's first packet until it is known what the link is for.
inline constexpr std::chrono::milliseconds link_greeting_limit{4000};
inline constexpr std::chrono::seconds name_interval{30}; // so often names are looked up
// Of a question: from the connection's first packet to the last byte of the answer.
inline constexpr std::chrono::milliseconds ask_limit{3000};
// Nodes that wait for this node's status at once, and what all statuses may take together.
inline constexpr std::size_t statuses_wanted_max = 32;
inline constexpr std::size_t statuses_bytes_max = 64U << 20U;
// A list of bans that is longer is none: at least what lobby::BanBook has room for.
inline constexpr std::size_t bans_bytes_max = 8U << 20U;
// Two nodes that know other things ask each other that often; behind an answer in vain they wait.
inline constexpr std::chrono::milliseconds bans_ask_pause{500};
inline constexpr std::chrono::milliseconds bans_vain_pause{15000};
// A status serves whoever asks within this time.
inline constexpr std::chrono::milliseconds status_serves{1000};

struct OtherNode
{
    fleet::Node node = 0;
    std::string host;
    std::uint16_t port = 0;

    // "HOST:PORT", as the configuration has it.
    [[nodiscard]] std::string address() const
    {
        const bool is_ipv6 = host.find(':') != std::string::npos;
        return (is_ipv6 ? "[" + host + "]:" : host + ":") + std::to_string(port);
    }
};

struct FleetPlan
{
    FleetMember self;
    std::vector<OtherNode> others;
    std::string own_address;         // as the others know it, for whoever looks at the fleet
    std::string program{};           // this relay's version
    std::optional<SeenFleet> before; // of the process that this one goes on from
};

// Those that the process before knew.
[[nodiscard]] NodeEndpoints first_endpoints(const FleetPlan& plan);
[[nodiscard]] fleet::Nodes members_of(const FleetPlan& plan); // with this one

// Where it takes links, by DNS; nothing if its name is not found.
[[nodiscard]] boost::asio::awaitable<std::optional<wire::Endpoint>>
find_node(boost::asio::io_context& io, OtherNode node);

// What a node says of itself when it is asked.
struct NodeAnswer
{
    fleet::Node node = 0;
    bool is_own = false;
    std::string address; // where it takes links: "HOST:PORT"
    std::string problem; // why it has not answered; empty: it has
    std::string status;  // JSON, if what answers is a relay
    std::string warning; // what is wrong with its number; empty: nothing
};

// What has come to an end at the links, ever, and what is wrong now.
struct LinkCounts
{
    std::uint64_t taken = 0;
    std::uint64_t refused = 0; // without the key, or of another version, or more than there may be
    std::string problem{};     // of numbers that several relays have; empty: none
    bool operator==(const LinkCounts&) const = default;
};

// Who is told, in the office's thread.
class FleetListener
{
public:
    virtual ~FleetListener() = default;
    virtual void fleet_changed(std::shared_ptr<const fleet::View> view,
                               const NodeEndpoints& endpoints, const LinkCounts& counts) = 0;
    virtual void hop_came(UniqueFd link, const fleet::Head& head,
                          std::vector<std::uint8_t> record) = 0;
    virtual void link_came_back(UniqueFd link, const fleet::LinkPlace& place) = 0;
    // give_status() is to be called.
    virtual void status_wanted() = 0;
    // What another node knows of bans.
    virtual void bans_came(fleet::Node from, std::vector<lobby::BanEntry> bans) = 0;
};

class FleetOffice
{
public:
    // `listening`: for the links of others; may be not open. `listener` outlives it.
    FleetOffice(FleetPlan plan, UniqueFd listening, FleetListener& listener);
    FleetOffice(FleetOffice&&) = delete;

    // Until stop(), in a thread of its own.
    void run();

    // From any thread.
    void stop();
    void note(std::vector<std::uint64_t> rooms, bool takes_new, bool drains);
    // Asks all nodes for their status at once; `then` gets what they say by node, in this office's
    // thread, behind ask_limit at the latest.
    void ask_all(std::function<void(std::vector<NodeAnswer>)> then);
    void give_status(std::string text); // this node's
    // What is known of bans here, and its digest: others are told, and ask for it.
    void note_bans(std::uint64_t digest, std::vector<lobby::BanEntry> bans);

private:
    // fleet_door.cpp: links from other nodes
    void wait_for_links();
    void accept_some();
    [[nodiscard]] bool may_greet(const wire::Address& from) const;
    void greet(UniqueFd socket, const wire::Endpoint& from);
    [[nodiscard]] boost::asio::awaitable<void> greeted(UniqueFd socket, wire::Endpoint from);
    [[nodiscard]] boost::asio::awaitable<void>
    turn_away(LinkSocket& link, const fleet::ReadHead& read, const wire::Endpoint& from);
    [[nodiscard]] boost::asio::awaitable<void> take(LinkSocket& link, fleet::Head head);
    void resume(LinkSocket& link, const fleet::Head& head);
    [[nodiscard]] boost::asio::awaitable<void> tell(LinkSocket& link, const fleet::Head& head,
                                                    const wire::Endpoint& to);
    void refuse(const wire::Endpoint& from, const std::string& problem);

    // fleet_office.cpp: what others tell
    [[nodiscard]] boost::asio::awaitable<void> watch(OtherNode other);
    [[nodiscard]] boost::asio::awaitable<void> look_up(const OtherNode& other);
    [[nodiscard]] boost::asio::awaitable<std::string> listen_to(fleet::Node node);
    [[nodiscard]] boost::asio::awaitable<std::string>
    open(LinkSocket& link, fleet::Node node, fleet::Purpose purpose, fleet::Wanted wanted);
    void hear(fleet::Node node, const fleet::Beat& beat);
    void look_again();
    void look_later();
    void spawn(boost::asio::awaitable<void> task, const char* name);
    [[nodiscard]] static Instant now();

    // fleet_namesakes.cpp
    [[nodiscard]] fleet::Nodes look_at_numbers();
    void tell_of_numbers();
    [[nodiscard]] std::string problem_of_number(fleet::Node node) const;

    // fleet_bans.cpp
    void look_at_bans(fleet::Node node, std::uint64_t digest);
    [[nodiscard]] boost::asio::awaitable<void> learn_bans(fleet::Node node);

    // fleet_asks.cpp: questions of this node and of others
    struct Asking;
    [[nodiscard]] boost::asio::awaitable<void> ask_one(std::shared_ptr<Asking> asking,
                                                       std::size_t at);
    // Why there is no answer; empty: it is in `answer`.
    [[nodiscard]] boost::asio::awaitable<std::string>
    ask(fleet::Node node, fleet::Wanted wanted, std::size_t size_max, std::string& answer);
    [[nodiscard]] boost::asio::awaitable<void> answer(LinkSocket& link, fleet::Wanted wanted);
    [[nodiscard]] boost::asio::awaitable<std::shared_ptr<const std::string>> own_status();
    [[nodiscard]] std::string introduction() const;
    void forget_status();

    FleetPlan plan_;
    FleetListener& listener_;
    boost::asio::io_context io_;
    AsioInbox inbox_;
    boost::asio::posix::stream_descriptor door_;
    boost::asio::steady_timer door_pause_;
    boost::asio::steady_timer look_;
    fleet::Roll roll_;
    fleet::Namesakes namesakes_;
    fleet::Nodes told_up_;    // in the log
    fleet::Nodes told_twice_; // likewise
    fleet::Nodes drained_;    // that have said before they were down that they drain
    std::array<std::chrono::steady_clock::time_point, fleet::nodes_max> heard_at_{};
    fleet::View view_;
    fleet::Beat beat_;
    std::vector<std::uint64_t> rooms_;
    bool takes_new_ = true;
    bool drains_ = false;
    NodeEndpoints endpoints_;
    NodeEndpoints told_endpoints_;
    LinkCounts counts_;
    LinkCounts told_counts_;
    std::multiset<wire::Address> greeting_;              // from these
    std::set<boost::asio::steady_timer*> told_again_;    // of links that tell of this node
    std::array<std::string, fleet::nodes_max> problems_; // why a node is down
    std::set<boost::asio::steady_timer*> status_waits_;  // of those who want this node's status
    std::shared_ptr<const std::string> status_;          // that was made last
    std::chrono::steady_clock::time_point status_made_;
    // Of each node: what was asked for last, so that nothing is asked for in vain again and again.
    struct AskedForBans
    {
        bool is_asking = false;
        std::chrono::steady_clock::time_point at;
        std::uint64_t theirs = 0;
        std::uint64_t own = 0;
    };
    std::array<AskedForBans, fleet::nodes_max> asked_for_bans_;
    std::uint64_t bans_digest_ = 0;
    std::shared_ptr<const std::string> bans_ = std::make_shared<const std::string>(4, '\0');
    QuietTime<std::chrono::steady_clock::time_point> quiet_;
};

} // namespace netplay_relay::net
