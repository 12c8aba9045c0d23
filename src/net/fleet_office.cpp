#include "net/fleet_office.hpp"

#include "net/ask_link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds look_interval{250};
constexpr std::chrono::milliseconds retry_pause{1000};

wire::Endpoint endpoint_from(const tcp::endpoint& found)
{
    wire::Endpoint endpoint;
    endpoint.port = found.port();
    if (found.address().is_v6()) {
        std::ranges::copy(found.address().to_v6().to_bytes(), endpoint.address.bytes.begin());
    } else {
        const auto mapped = asio::ip::make_address_v6(asio::ip::v4_mapped, found.address().to_v4());
        std::ranges::copy(mapped.to_bytes(), endpoint.address.bytes.begin());
    }
    return endpoint;
}

fleet::Roll first_roll(const FleetPlan& plan, Instant now)
{
    return plan.before ? fleet::Roll(plan.before->view, now) : fleet::Roll(plan.self.node, now);
}

} // namespace

NodeEndpoints first_endpoints(const FleetPlan& plan)
{
    NodeEndpoints endpoints;
    if (plan.before)
        for (const auto& [node, endpoint] : plan.before->endpoints)
            if (node < endpoints.size()) endpoints[node] = endpoint;
    return endpoints;
}

fleet::Nodes members_of(const FleetPlan& plan)
{
    fleet::Nodes all;
    all.set(plan.self.node);
    for (const OtherNode& other : plan.others)
        if (other.node < fleet::nodes_max) all.set(other.node);
    return all;
}

asio::awaitable<std::optional<wire::Endpoint>> find_node(asio::io_context& io, OtherNode node)
{
    tcp::resolver resolver(io);
    auto [error, found] = co_await resolver.async_resolve(
        node.host, std::to_string(node.port), asio::ip::resolver_base::numeric_service, as_values);
    if (error || found.empty()) co_return std::nullopt;
    co_return endpoint_from(found.begin()->endpoint());
}

FleetOffice::FleetOffice(FleetPlan plan, UniqueFd listening, FleetListener& listener)
    : plan_(std::move(plan)), listener_(listener), inbox_(io_), door_(io_), door_pause_(io_),
      look_(io_), roll_(first_roll(plan_, now())), endpoints_(first_endpoints(plan_))
{
    if (listening.is_open()) door_.assign(listening.release());
    if (plan_.before) {
        told_up_ = plan_.before->view.up;
        told_twice_ = plan_.before->view.twice;
        for (const fleet::HeldRoom& held : plan_.before->view.held)
            if (held.node == plan_.self.node) rooms_.push_back(held.room);
    }
    beat_ = roll_.beat_of(view_, rooms_, takes_new_, now());
    view_ = roll_.look(beat_, now());
}

void FleetOffice::run()
{
    if (door_.is_open()) wait_for_links();
    for (const OtherNode& other : plan_.others)
        if (other.node != plan_.self.node && other.node < fleet::nodes_max)
            spawn(watch(other), "watch");
    look_later();
    io_.run();
}

void FleetOffice::stop()
{
    inbox_.put([this] { io_.stop(); });
}

void FleetOffice::note(std::vector<std::uint64_t> rooms, bool takes_new, bool drains)
{
    inbox_.put([this, rooms = std::move(rooms), takes_new, drains] {
        rooms_ = rooms;
        takes_new_ = takes_new;
        drains_ = drains;
        look_again();
    });
}

Instant FleetOffice::now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

void FleetOffice::spawn(asio::awaitable<void> task, const char* name)
{
    asio::co_spawn(io_, std::move(task), [name](const std::exception_ptr& failure) {
        if (failure) spdlog::error("fleet_failed task={} problem=\"out of memory\"", name);
    });
}

asio::awaitable<void> FleetOffice::watch(OtherNode other)
{
    asio::steady_timer pause(io_);
    auto looked_up = std::chrono::steady_clock::time_point::min();
    const bool was_known = endpoints_[other.node].has_value(); // to the process before
    // The last link that it has told of itself on; or that to the process before.
    auto ended = roll_.is_up(other.node, now()) ? std::chrono::steady_clock::now() : looked_up;
    if (was_known) looked_up = std::chrono::steady_clock::now();
    QuietTime<std::chrono::steady_clock::time_point> quiet;
    for (;;) {
        const auto began = std::chrono::steady_clock::now();
        std::optional<wire::Endpoint>& known = endpoints_[other.node];
        if (!known || began - name_interval > looked_up) {
            co_await look_up(other);
            looked_up = began;
        }
        std::string problem = "its name is not found";
        if (known) problem = co_await listen_to(other.node);
        // Who hangs up may be on its way to become another program: it is up as long.
        if (heard_at_[other.node] >= began) ended = std::chrono::steady_clock::now();
        if (std::chrono::steady_clock::now() < ended + replacing_time &&
            roll_.is_up(other.node, now())) {
            pause.expires_after(replacing_pause);
            co_await pause.async_wait(as_values);
            continue;
        }
        if (drained_.test(other.node)) problem = "it has drained, and ended: " + problem;
        if (told_up_.test(other.node))
            spdlog::warn("node_down node={} problem=\"{}\"", other.node, problem);
        else if (quiet.may_warn(began))
            spdlog::info("node_unreachable node={} problem=\"{}\"", other.node, problem);
        problems_[other.node] = problem;
        roll_.lose(other.node);
        told_up_.reset(other.node);
        look_again();
        pause.expires_after(retry_pause);
        co_await pause.async_wait(as_values);
    }
}

// An address that is known stays while the name is not to be had.
asio::awaitable<void> FleetOffice::look_up(const OtherNode& other)
{
    const auto found = co_await find_node(io_, other);
    if (found) endpoints_[other.node] = found;
}

// Why that cannot be; empty if it is taken.
asio::awaitable<std::string> FleetOffice::open(LinkSocket& link, fleet::Node node,
                                               fleet::Purpose purpose, fleet::Wanted wanted)
{
    fleet::Head head;
    head.purpose = purpose;
    head.from = plan_.self.node;
    head.to = node;
    head.sent = now();
    head.wanted = wanted;
    head.instance = plan_.self.instance;
    const wire::Endpoint to = *endpoints_[node];
    LinkAnswer answer = co_await ask_link(link, *plan_.self.tls, to, head, {});
    if (answer.verdict == fleet::Verdict::same_number)
        namesakes_.hear(plan_.self.node, fleet::unknown_instance, wire::to_text(to.address), now());
    co_return std::move(answer.problem);
}

// Until it is silent, or hangs up: why.
asio::awaitable<std::string> FleetOffice::listen_to(fleet::Node node)
{
    LinkSocket link(io_);
    link.limit(link_greeting_limit);
    std::string problem = co_await open(link, node, fleet::Purpose::beat, fleet::Wanted::nothing);
    if (!problem.empty()) co_return problem;
    std::vector<std::uint8_t> heard;
    std::array<std::uint8_t, 4096> some{};
    for (;;) {
        link.limit(fleet::silence_limit);
        const std::size_t got = co_await link.read_some(some);
        if (got == 0) co_return link.problem();
        heard.insert(heard.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(got));
        fleet::ReadBeat read;
        while ((read = fleet::take_beat(heard)).beat)
            hear(node, *read.beat);
        if (!read.makes_sense) co_return "what it tells makes no sense";
    }
}

void FleetOffice::hear(fleet::Node node, const fleet::Beat& beat)
{
    if (!told_up_.test(node)) spdlog::info("node_up node={}", node);
    told_up_.set(node);
    drained_.set(node, beat.drains);
    heard_at_[node] = std::chrono::steady_clock::now();
    namesakes_.hear(node, beat.instance,
                    endpoints_[node] ? wire::to_text(endpoints_[node]->address) : std::string(),
                    now());
    roll_.hear(node, beat, now());
    look_at_bans(node, beat.bans);
    look_again();
}

void FleetOffice::look_later()
{
    look_.expires_after(look_interval);
    look_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        forget_status();
        look_again();
        look_later();
    });
}

// What is told of this node follows from what is known of the others, and is part of it.
void FleetOffice::look_again()
{
    fleet::Beat beat = roll_.beat_of(view_, rooms_, takes_new_, now());
    beat.bans = bans_digest_;
    beat.instance = plan_.self.instance;
    beat.twice = static_cast<std::uint32_t>(look_at_numbers().to_ulong());
    beat.drains = drains_;
    fleet::View view = roll_.look(beat, now());
    view.members = members_of(plan_);
    if (beat != beat_) {
        beat_ = beat;
        for (asio::steady_timer* timer : told_again_)
            timer->cancel();
    }
    const bool is_same = view == view_;
    view_ = std::move(view);
    tell_of_numbers();
    if (is_same && endpoints_ == told_endpoints_ && counts_ == told_counts_) return;
    told_endpoints_ = endpoints_;
    told_counts_ = counts_;
    listener_.fleet_changed(std::make_shared<const fleet::View>(view_), endpoints_, counts_);
}

} // namespace netplay_relay::net
