// Links that are cut and laid anew, so that hops outlive the process at either end.
#include "net/hops.hpp"

#include <boost/asio/co_spawn.hpp>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

namespace asio = boost::asio;

void Hops::pause_links()
{
    is_pausing_ = true;
    for (const auto& [key, pump] : pumps_)
        pump->pause();
    poller_.let_others_go_on();
}

std::size_t Hops::unquiet()
{
    std::size_t count = beginning_ + resuming_now_; // which end by themselves
    for (const auto& [key, pump] : pumps_) {
        if (pump->is_paused()) pump->drain();
        if (!pump->is_over() && !pump->is_quiet()) ++count;
    }
    return count;
}

void Hops::hand_over(const std::function<void(const HandedHop&, int player)>& into) const
{
    for (const auto& [key, pump] : pumps_)
        if (pump->is_quiet()) into(pump->handed(), pump->player());
}

// Nobody asks for its link before lay_links_again().
void Hops::take(const HandedHop& handed, UniqueFd player)
{
    is_pausing_ = true;
    HopPump& pump = own(std::make_unique<HopPump>(place(), handed, std::move(player)));
    if (!pump.begin()) pump.end();
}

void Hops::lay_links_again()
{
    is_pausing_ = false;
    for (const auto& [key, pump] : pumps_)
        if (pump->is_paused()) look_at_paused(*pump);
    poller_.let_asio_run();
}

HopPump* Hops::find(std::uint64_t key) const
{
    const auto found = pumps_.find(key);
    return found == pumps_.end() || found->second->is_over() ? nullptr : found->second.get();
}

// Its link has been cut: by the other node, or by this one, which goes on after all.
void Hops::look_at_paused(const HopPump& pump)
{
    if (is_pausing_ || !resuming_.insert(pump.key()).second) return;
    to_resume_.push_back(pump.key());
    resume_some();
}

void Hops::resume_some()
{
    while (resuming_now_ < resuming_max && !to_resume_.empty()) {
        const std::uint64_t key = to_resume_.front();
        to_resume_.pop_front();
        ++resuming_now_;
        asio::co_spawn(io_, resume(key), [this, key](const std::exception_ptr& failure) {
            --resuming_now_;
            resuming_.erase(key);
            if (failure) spdlog::error("hop_failed problem=\"out of memory\"");
            if (HopPump* pump = failure ? find(key) : nullptr) pump->end();
            poller_.let_others_go_on();
            resume_some();
        });
    }
    poller_.let_asio_run();
}

// Until the other node takes it, or knows nothing of it, or that takes too long.
asio::awaitable<void> Hops::resume(std::uint64_t key)
{
    asio::steady_timer pause(io_);
    for (;;) {
        HopPump* pump = find(key);
        if (pump == nullptr || !pump->is_paused() || is_pausing_) co_return;
        if (pump->is_half_over()) co_return pump->end();
        const fleet::Node node = pump->node();
        LinkSocket link(io_);
        link.limit(link_pause_limit);
        LinkAnswer answer{fleet::Verdict::not_yet, {}, "nothing could be asked of it"};
        if (pump->is_quiet()) answer = co_await ask_again(link, node, pump->place());
        pump = find(key);
        if (pump == nullptr) co_return;
        if (answer.is_taken()) {
            UniqueFd socket = link.release();
            if (!socket.is_open()) co_return pump->end();
            pump->go_on_with(std::move(socket));
            if (is_pausing_) pump->pause();
            co_return;
        }
        if (answer.verdict != fleet::Verdict::not_yet || pump->pause_time() > link_pause_limit) {
            spdlog::warn("hop_lost node={} peer={} problem=\"its link is not laid again: {}\"",
                         node, wire::to_text(pump->peer()), answer.problem);
            co_return pump->end();
        }
        pause.expires_after(replacing_pause);
        co_await pause.async_wait(as_values);
    }
}

// Who cannot be reached may be on its way to become another process.
asio::awaitable<LinkAnswer> Hops::ask_again(LinkSocket& link, fleet::Node node,
                                            fleet::LinkPlace place)
{
    LinkAnswer answer{fleet::Verdict::not_yet, {}, "its address is not known"};
    if (member_.tls == nullptr || node >= endpoints_.size() || !endpoints_[node]) co_return answer;
    fleet::Head head = head_for(node);
    head.purpose = fleet::Purpose::resume;
    head.place = place;
    const FleetMember self = member_;
    answer = co_await ask_link(link, *self.tls, *endpoints_[node], head, {});
    const bool may_come = !answer.verdict || answer.verdict == fleet::Verdict::other_node ||
                          answer.verdict == fleet::Verdict::same_number;
    if (may_come) answer.verdict = fleet::Verdict::not_yet;
    co_return answer;
}

} // namespace netplay_relay::net
