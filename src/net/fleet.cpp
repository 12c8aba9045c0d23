#include "net/fleet.hpp"

#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <pthread.h>
#include <utility>

namespace netplay_relay::net {

namespace {

constexpr std::chrono::milliseconds gather_interval{500};

std::shared_ptr<const fleet::View> first_view(const FleetPlan& plan)
{
    auto view = std::make_shared<fleet::View>(plan.before ? plan.before->view : fleet::View{});
    view->own = plan.self.node;
    view->members = members_of(plan);
    if (plan.before) return view;
    view->up.set(plan.self.node);
    view->open.set(plan.self.node);
    return view;
}

} // namespace

Fleet::Fleet(boost::asio::io_context& io, FleetHome& home, FleetPlan plan, UniqueFd listening)
    : io_(io), home_(home), inbox_(io), look_(io), view_(first_view(plan)),
      endpoints_(first_endpoints(plan)), nodes_(members_of(plan).count()),
      office_(plan, std::move(listening), *this)
{
    home_.join_fleet(plan.self);
    home_.see_fleet(view_, endpoints_);
}

void Fleet::begin()
{
    look_again();
    look_later();
    thread_ = std::thread([this] {
        sigset_t all;
        sigfillset(&all);
        (void)pthread_sigmask(SIG_BLOCK, &all, nullptr); // they are for the loop
        office_.run();
    });
}

Fleet::~Fleet()
{
    office_.stop();
    if (thread_.joinable()) thread_.join();
}

SeenFleet Fleet::seen() const
{
    SeenFleet seen{*view_, {}};
    for (std::size_t node = 0; node < endpoints_.size(); ++node)
        if (endpoints_[node])
            seen.endpoints.emplace_back(static_cast<fleet::Node>(node), *endpoints_[node]);
    return seen;
}

void Fleet::look_again()
{
    std::vector<std::uint64_t> rooms = home_.room_hashes();
    const bool takes_new = home_.takes_rooms();
    if (rooms == told_rooms_ && takes_new == told_takes_new_ && drains_ == told_drains_) return;
    told_rooms_ = rooms;
    told_takes_new_ = takes_new;
    told_drains_ = drains_;
    office_.note(std::move(rooms), takes_new, drains_);
}

void Fleet::drains(bool so)
{
    drains_ = so;
    look_again();
}

void Fleet::look_later()
{
    look_.expires_after(gather_interval);
    look_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        look_again();
        home_.end_lost_links();
        look_later();
    });
}

void Fleet::fleet_changed(std::shared_ptr<const fleet::View> view, const NodeEndpoints& endpoints,
                          const LinkCounts& counts)
{
    inbox_.put([this, view = std::move(view), endpoints, counts] {
        view_ = view;
        endpoints_ = endpoints;
        counts_ = counts;
        home_.see_fleet(view_, endpoints_);
    });
}

void Fleet::hop_came(UniqueFd link, const fleet::Head& head, std::vector<std::uint8_t> record)
{
    auto owned = std::make_shared<UniqueFd>(std::move(link));
    inbox_.put([this, owned, head, record = std::move(record)] {
        home_.take_hopped(std::move(*owned), head, record);
    });
}

void answer_link(UniqueFd link, fleet::Verdict verdict)
{
    TlsStream* const stream = TlsSockets::find(link.value());
    if (stream == nullptr) return; // it has been taken
    const std::array answer{static_cast<std::uint8_t>(verdict)};
    (void)stream->write(answer);
    close_stream(link.release(), false);
}

void Fleet::link_came_back(UniqueFd link, const fleet::LinkPlace& place)
{
    auto owned = std::make_shared<UniqueFd>(std::move(link));
    inbox_.put([this, owned, place] { home_.resume_link(std::move(*owned), place); });
}

void Fleet::ask_all(std::function<std::string(std::vector<NodeAnswer>)> compose,
                    std::function<void(std::string)> then)
{
    office_.ask_all([this, compose = std::move(compose),
                     then = std::move(then)](std::vector<NodeAnswer> answers) {
        std::string text;
        try {
            text = compose(std::move(answers));
        } catch (const std::exception&) { // no memory for it
            text.clear();
        }
        inbox_.put([then, text = std::move(text)] { then(text); });
    });
}

void Fleet::tell_bans(const lobby::BanBook& book)
{
    const std::uint64_t digest = book.digest();
    if (std::exchange(told_bans_, digest) != digest) office_.note_bans(digest, book.all());
}

void Fleet::bans_came(fleet::Node from, std::vector<lobby::BanEntry> bans)
{
    inbox_.put([this, from, bans = std::move(bans)] {
        if (take_bans_) take_bans_(from, bans);
    });
}

// Nobody gets one if it cannot be made: those who wait for it give up.
void Fleet::status_wanted()
{
    inbox_.put([this] {
        if (!make_status_) return;
        boost::asio::co_spawn(io_, make_status_(),
                              [this](std::exception_ptr failure, std::string text) {
                                  if (!failure) office_.give_status(std::move(text));
                              });
    });
}

} // namespace netplay_relay::net
