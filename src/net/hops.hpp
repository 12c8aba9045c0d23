// Those who have come to this node of a fleet and whose games are at another one, on their way
// there and as long as they play.
#pragma once

#include "fleet/head.hpp"
#include "net/hop_pump.hpp"
#include "net/link_socket.hpp"
#include "net/quiet_time.hpp"
#include "worker/io.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace netplay_relay::net {

// On the way at once; for one more there is no hop.
inline constexpr std::size_t hops_beginning_max = 256;
// From the connection's first packet to the other node's answer. The player waits meanwhile.
inline constexpr std::chrono::milliseconds hop_limit{4000};

// Where the nodes take links; nothing of those that are not known.
using NodeEndpoints = std::array<std::optional<wire::Endpoint>, fleet::nodes_max>;

// What a process is in its fleet.
struct FleetMember
{
    std::shared_ptr<const TlsContext> tls;
    fleet::Node node = 0;
};

class Hops final : public Bystander
{
public:
    // `give_back`: one that was not taken. `ended`: nobody is left. Both are called out of the
    // loop. All must outlive it.
    Hops(boost::asio::io_context& io, Poller& poller, std::function<void(worker::Moving)> give_back,
         std::function<void()> ended);
    ~Hops() override;

    void join(FleetMember member) { member_ = std::move(member); }
    void see(const NodeEndpoints& endpoints) { endpoints_ = endpoints; }

    void begin(fleet::Node node, worker::Moving moving);
    // Nobody is left then, but those on the way.
    void end_all();
    [[nodiscard]] std::size_t count() const { return pumps_.size() + beginning_; }

    bool go_on() override;

private:
    [[nodiscard]] boost::asio::awaitable<void> hop(fleet::Node node, worker::Moving moving);
    [[nodiscard]] boost::asio::awaitable<bool>
    ask(LinkSocket& link, fleet::Node node, const worker::Moving& moving, std::string& problem);
    void run(UniqueFd player, UniqueFd link);
    void fail(fleet::Node node, worker::Moving moving, const std::string& problem);
    void look_again();

    boost::asio::io_context& io_;
    Poller& poller_;
    std::function<void(worker::Moving)> give_back_;
    std::function<void()> ended_;
    FleetMember member_;
    NodeEndpoints endpoints_;
    std::size_t beginning_ = 0;
    std::unordered_map<HopPump*, std::unique_ptr<HopPump>> pumps_;
    std::vector<HopPump*> due_;
    std::vector<std::uint8_t> scratch_;
    boost::asio::steady_timer look_;
    bool is_looking_ = false;
    bool has_ended_ = false; // no hop begins any more
    QuietTime<std::chrono::steady_clock::time_point> quiet_;
};

} // namespace netplay_relay::net
