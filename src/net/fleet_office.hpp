// What a node of a fleet does with the other nodes, in a thread of its own: it takes their links,
// tells them of itself and listens to what they tell. Whoever is no node costs the players nothing.
#pragma once

#include "fleet/head.hpp"
#include "fleet/roll.hpp"
#include "net/hops.hpp"
#include "net/inbox.hpp"
#include "net/link_socket.hpp"

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

// Links that are being greeted, or tell of this node, at once; and those from one address that is
// no node's.
inline constexpr std::size_t links_greeted_max = 256;
inline constexpr std::size_t links_of_stranger_max = 8;
// From the connection's first packet until it is known what the link is for.
inline constexpr std::chrono::milliseconds link_greeting_limit{4000};
inline constexpr std::chrono::seconds name_interval{30}; // so often names are looked up

struct OtherNode
{
    fleet::Node node = 0;
    std::string host;
    std::uint16_t port = 0;
};

struct FleetPlan
{
    FleetMember self;
    std::vector<OtherNode> others;
};

// What has come to an end at the links, ever.
struct LinkCounts
{
    std::uint64_t taken = 0;
    std::uint64_t refused = 0; // without the key, or of another version, or more than there may be
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
    void note(std::vector<std::uint64_t> rooms, bool takes_new);

private:
    // fleet_door.cpp: links from other nodes
    void wait_for_links();
    void accept_some();
    [[nodiscard]] bool may_greet(const wire::Address& from) const;
    void greet(UniqueFd socket, const wire::Endpoint& from);
    [[nodiscard]] boost::asio::awaitable<void> greeted(UniqueFd socket, wire::Endpoint from);
    [[nodiscard]] boost::asio::awaitable<void> take(LinkSocket& link, fleet::Head head);
    [[nodiscard]] boost::asio::awaitable<void> tell(LinkSocket& link);
    void refuse(const wire::Endpoint& from, const std::string& problem);

    // fleet_office.cpp: what others tell
    [[nodiscard]] boost::asio::awaitable<void> watch(OtherNode other);
    [[nodiscard]] boost::asio::awaitable<void> look_up(const OtherNode& other);
    [[nodiscard]] boost::asio::awaitable<std::string> listen_to(fleet::Node node);
    void hear(fleet::Node node, const fleet::Beat& beat);
    void look_again();
    void look_later();
    void spawn(boost::asio::awaitable<void> task, const char* name);
    [[nodiscard]] static Instant now();

    FleetPlan plan_;
    FleetListener& listener_;
    boost::asio::io_context io_;
    AsioInbox inbox_;
    boost::asio::posix::stream_descriptor door_;
    boost::asio::steady_timer door_pause_;
    boost::asio::steady_timer look_;
    fleet::Roll roll_;
    fleet::View view_;
    fleet::Beat beat_;
    std::vector<std::uint64_t> rooms_;
    bool takes_new_ = true;
    NodeEndpoints endpoints_;
    NodeEndpoints told_endpoints_;
    LinkCounts counts_;
    LinkCounts told_counts_;
    std::multiset<wire::Address> greeting_;           // from these
    std::set<boost::asio::steady_timer*> told_again_; // of links that tell of this node
    QuietTime<std::chrono::steady_clock::time_point> quiet_;
};

} // namespace netplay_relay::net
