#include "net/hops.hpp"

#include "base/ensure.hpp"
#include "net/ask_link.hpp"
#include "net/handover.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds silence_look{5};

std::uint64_t fresh_key()
{
    std::uint64_t key = 0;
    while (key == 0)
        ensure(RAND_bytes(reinterpret_cast<unsigned char*>(&key), sizeof key) == 1,
               "no random bytes to be had");
    return key;
}

std::int64_t now_ns()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

} // namespace

Hops::Hops(asio::io_context& io, Poller& poller, std::function<void(worker::Moving)> give_back,
           std::function<void()> ended)
    : io_(io), poller_(poller), give_back_(std::move(give_back)), ended_(std::move(ended)),
      look_(io)
{
    poller_.serve(*this);
}

Hops::~Hops() = default;

void Hops::begin(fleet::Node node, worker::Moving moving)
{
    std::string problem;
    if (member_.tls == nullptr || node >= endpoints_.size() || !endpoints_[node] || has_ended_)
        problem = "its address is not known";
    else if (is_pausing_)
        problem = "another program takes the place of this one";
    else if (beginning_ >= hops_beginning_max)
        problem = "too many are on their way";
    else if (count() >= most_)
        problem = "there are too many already, or too few open files";
    else if (moving.record.size() > fleet::hop_record_max || moving.handles.size() != 1)
        problem = "it has said too much";
    if (problem.empty()) {
        ++beginning_;
        asio::co_spawn(io_, hop(node, std::move(moving)),
                       [this](const std::exception_ptr& failure) {
                           --beginning_;
                           if (failure) spdlog::error("hop_failed problem=\"out of memory\"");
                       });
    } else {
        asio::post(io_, [this, node, problem, moving = std::move(moving)]() mutable {
            fail(node, std::move(moving), problem);
        });
    }
    poller_.let_asio_run();
}

void Hops::fail(fleet::Node node, worker::Moving moving, const std::string& problem)
{
    if (quiet_.may_warn(std::chrono::steady_clock::now()))
        spdlog::warn("hop_failed node={} peer={} problem=\"{}\"", node, wire::to_text(moving.peer),
                     problem);
    give_back_(std::move(moving));
}

asio::awaitable<void> Hops::hop(fleet::Node node, worker::Moving moving)
{
    const auto until = std::chrono::steady_clock::now() + replacing_time;
    asio::steady_timer pause(io_);
    for (;;) {
        LinkSocket link(io_);
        link.limit(hop_limit);
        fleet::Head head = head_for(node);
        head.purpose = fleet::Purpose::hop;
        head.place.key = fresh_key();
        head.connection = moving.handles.front().first;
        head.record_size = static_cast<std::uint32_t>(moving.record.size());
        const FleetMember self = member_;
        const LinkAnswer answer =
            co_await ask_link(link, *self.tls, *endpoints_[node], head, moving.record);
        if (answer.is_taken()) {
            link.begin_at(head.place);
            UniqueFd socket = link.release();
            if (!socket.is_open()) co_return close_all(moving); // it goes on there alone
            co_return run(node, moving.peer, UniqueFd(moving.handles.front().second),
                          std::move(socket));
        }
        const bool may_answer = !answer.verdict && !has_ended_ && !is_pausing_;
        if (!may_answer || std::chrono::steady_clock::now() > until)
            co_return fail(node, std::move(moving), answer.problem);
        pause.expires_after(replacing_pause);
        co_await pause.async_wait(as_values);
    }
}

fleet::Head Hops::head_for(fleet::Node node) const
{
    fleet::Head head;
    head.from = member_.node;
    head.instance = member_.instance;
    head.to = node;
    head.sent = lobby::Instant(std::chrono::nanoseconds(now_ns()));
    return head;
}

HopPump::Place Hops::place()
{
    if (scratch_.empty()) scratch_.resize(HopPump::scratch_size);
    return {poller_, scratch_, due_};
}

void Hops::run(fleet::Node node, const wire::Endpoint& peer, UniqueFd player, UniqueFd link)
{
    HopPump& pump =
        own(std::make_unique<HopPump>(place(), node, peer, std::move(player), std::move(link)));
    if (!pump.begin() || has_ended_) pump.end();
    if (is_pausing_) pump.pause();
}

HopPump& Hops::own(std::unique_ptr<HopPump> made)
{
    HopPump& pump = *made;
    pumps_.insert_or_assign(pump.key(), std::move(made));
    poller_.let_others_go_on();
    if (!std::exchange(is_looking_, true)) look_again();
    return pump;
}

bool Hops::go_on()
{
    const std::size_t before = pumps_.size();
    for (HopPump* pump : std::exchange(due_, {})) {
        pump->go_on();
        if (pump->is_paused()) look_at_paused(*pump);
        if (!pump->is_over()) continue;
        std::erase(due_, pump);
        pumps_.erase(pump->key());
    }
    if (before > 0 && pumps_.empty()) {
        asio::post(io_, ended_);
        poller_.let_asio_run();
    }
    return !due_.empty();
}

void Hops::end_all()
{
    has_ended_ = true;
    for (const auto& [known, pump] : pumps_)
        pump->end();
    poller_.let_others_go_on();
}

void Hops::look_again()
{
    look_.expires_after(silence_look);
    look_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        for (const auto& [known, pump] : pumps_)
            pump->look();
        poller_.let_others_go_on();
        if (pumps_.empty())
            is_looking_ = false;
        else
            look_again();
    });
}

} // namespace netplay_relay::net
