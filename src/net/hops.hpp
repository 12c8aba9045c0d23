// Those who have come to this node of a fleet and whose games are at another one, on their way
// there and as long as they play.
#pragma once

#include "fleet/head.hpp"
#include "net/ask_link.hpp"
#include "net/hop_limits.hpp"
#include "net/hop_pump.hpp"
#include "net/link_socket.hpp"
#include "net/quiet_time.hpp"
#include "worker/io.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace netplay_relay::net {

// On the way at once; for one more there is no hop.
inline constexpr std::size_t hops_beginning_max = 256;
// From the connection's first packet to the other node's answer. The player waits meanwhile.
inline constexpr std::chrono::milliseconds hop_limit{4000};

// So long another program may take to listen at a node in the place of one that has hung up, and so
// often it is asked meanwhile.
inline constexpr std::chrono::milliseconds replacing_time{800};
inline constexpr std::chrono::milliseconds replacing_pause{20};

// Those whose links are cut and that ask for new ones at once, and how long each may try. Its
// player, and those who play with it, wait meanwhile.
inline constexpr std::size_t resuming_max = 64;
inline constexpr std::chrono::seconds link_pause_limit{3};

// Where the nodes take links; nothing of those that are not known.
using NodeEndpoints = std::array<std::optional<wire::Endpoint>, fleet::nodes_max>;

// What a process is in its fleet.
struct FleetMember
{
    std::shared_ptr<const TlsContext> tls;
    fleet::Node node = 0;
    std::uint64_t instance = 0; // see fleet::Namesakes
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
    // Never more than hops_max; those that are there stay.
    void limit(std::size_t most) { most_ = std::min(most, hops_max); }

    void begin(fleet::Node node, worker::Moving moving);
    // Nobody is left then, but those on the way.
    void end_all();
    [[nodiscard]] std::size_t count() const { return pumps_.size() + beginning_; }

    bool go_on() override;

    // hops_resume.cpp: for a process that takes this one's place. All links are cut, and no new one
    // is asked for until lay_links_again(); once they are quiet they can be handed over.
    void pause_links();
    [[nodiscard]] std::size_t unquiet(); // that are not, with those on their way
    void hand_over(const std::function<void(const HandedHop&, int player)>& into) const;
    void take(const HandedHop& handed, UniqueFd player);
    void lay_links_again();
    [[nodiscard]] bool is_pausing() const { return is_pausing_; }

private:
    [[nodiscard]] boost::asio::awaitable<void> hop(fleet::Node node, worker::Moving moving);
    void run(fleet::Node node, const wire::Endpoint& peer, UniqueFd player, UniqueFd link);
    HopPump& own(std::unique_ptr<HopPump> made);
    [[nodiscard]] HopPump::Place place();
    [[nodiscard]] HopPump* find(std::uint64_t key) const;
    [[nodiscard]] fleet::Head head_for(fleet::Node node) const;
    void look_at_paused(const HopPump& pump);
    void resume_some();
    [[nodiscard]] boost::asio::awaitable<void> resume(std::uint64_t key);
    [[nodiscard]] boost::asio::awaitable<LinkAnswer> ask_again(LinkSocket& link, fleet::Node node,
                                                               fleet::LinkPlace place);
    void fail(fleet::Node node, worker::Moving moving, const std::string& problem);
    void look_again();

    boost::asio::io_context& io_;
    Poller& poller_;
    std::function<void(worker::Moving)> give_back_;
    std::function<void()> ended_;
    FleetMember member_;
    NodeEndpoints endpoints_;
    std::size_t most_ = hops_max;
    std::size_t beginning_ = 0;
    std::unordered_map<std::uint64_t, std::unique_ptr<HopPump>> pumps_; // by their links' keys
    std::deque<std::uint64_t> to_resume_;
    std::unordered_set<std::uint64_t> resuming_; // and those that wait for their turn
    std::size_t resuming_now_ = 0;
    bool is_pausing_ = false;
    std::vector<HopPump*> due_;
    std::vector<std::uint8_t> scratch_;
    boost::asio::steady_timer look_;
    bool is_looking_ = false;
    bool has_ended_ = false; // no hop begins any more
    QuietTime<std::chrono::steady_clock::time_point> quiet_;
};

} // namespace netplay_relay::net
