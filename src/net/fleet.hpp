// This relay as a node of a fleet: what the office learns of the others comes to the workers, and
// what they have goes to the office.
#pragma once

#include "net/engine.hpp"
#include "net/fleet_office.hpp"
#include "net/inbox.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace netplay_relay::net {

// The workers, as the fleet sees them; called in the loop of whoever made it.
class FleetHome
{
public:
    virtual ~FleetHome() = default;
    virtual void join_fleet(const FleetMember& member) = 0;
    virtual void see_fleet(const std::shared_ptr<const fleet::View>& view,
                           const NodeEndpoints& endpoints) = 0;
    virtual void take_hopped(UniqueFd link, const fleet::Head& head,
                             std::vector<std::uint8_t> record) = 0;
    // A link that goes on; its stream answers the other node.
    virtual void resume_link(UniqueFd link, const fleet::LinkPlace& place) = 0;
    virtual void end_lost_links() = 0;
    [[nodiscard]] virtual std::vector<std::uint64_t> room_hashes() const = 0;
    [[nodiscard]] virtual bool takes_rooms() const = 0; // new ones
};

// To a link that was to go on; one that does has been answered.
void answer_link(UniqueFd link, fleet::Verdict verdict);

class Fleet final : private FleetListener
{
public:
    // `io` and `home` must outlive it. Before the first newcomer.
    Fleet(boost::asio::io_context& io, FleetHome& home, FleetPlan plan, UniqueFd listening);
    // Others hear of this node, and it of them: once it has what a process before it had.
    void begin();
    ~Fleet() override;
    Fleet(Fleet&&) = delete;

    // The others are told at once, and not within half a second, that this node takes new rooms or
    // takes none.
    void look_again();
    // From now on the others know that it is going to end, or that it is not after all.
    void drains(bool so);

    // How this node's status is made, in the loop.
    void tell_status_by(std::function<boost::asio::awaitable<std::string>()> make)
    {
        make_status_ = std::move(make);
    }
    // Asks all nodes, this one as well. `compose` makes a text of what they say, in another thread;
    // `then` gets it in the loop; empty if there was no memory for it.
    void ask_all(std::function<std::string(std::vector<NodeAnswer>)> compose,
                 std::function<void(std::string)> then);

    // What is known of bans here has changed.
    void tell_bans(const lobby::BanBook& book);
    // What another node knows of them comes there, in the loop.
    void when_bans_come(std::function<void(fleet::Node, const std::vector<lobby::BanEntry>&)> take)
    {
        take_bans_ = std::move(take);
    }

    [[nodiscard]] std::size_t nodes() const { return nodes_; } // with this one
    [[nodiscard]] const fleet::View& view() const { return *view_; }
    [[nodiscard]] const LinkCounts& counts() const { return counts_; }
    [[nodiscard]] SeenFleet seen() const; // for a process that takes this one's place

private:
    void fleet_changed(std::shared_ptr<const fleet::View> view, const NodeEndpoints& endpoints,
                       const LinkCounts& counts) override;
    void hop_came(UniqueFd link, const fleet::Head& head,
                  std::vector<std::uint8_t> record) override;
    void link_came_back(UniqueFd link, const fleet::LinkPlace& place) override;
    void status_wanted() override;
    void bans_came(fleet::Node from, std::vector<lobby::BanEntry> bans) override;
    void look_later();

    boost::asio::io_context& io_;
    FleetHome& home_;
    AsioInbox inbox_; // of the loop
    boost::asio::steady_timer look_;
    std::shared_ptr<const fleet::View> view_;
    NodeEndpoints endpoints_;
    LinkCounts counts_;
    std::optional<std::vector<std::uint64_t>> told_rooms_; // nothing yet
    bool told_takes_new_ = true;
    bool drains_ = false;
    bool told_drains_ = false;
    std::size_t nodes_;
    std::function<boost::asio::awaitable<std::string>()> make_status_;
    std::function<void(fleet::Node, const std::vector<lobby::BanEntry>&)> take_bans_;
    std::uint64_t told_bans_ = 0; // digest
    FleetOffice office_;
    std::thread thread_;
};

} // namespace netplay_relay::net
