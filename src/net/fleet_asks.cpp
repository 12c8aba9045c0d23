// What the nodes of a fleet ask each other, and are answered.
#include "net/ask_link.hpp"
#include "net/fleet_office.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <spdlog/spdlog.h>
#include <utility>

namespace netplay_relay::net {

namespace asio = boost::asio;

// All nodes are asked for one who wants to know.
struct FleetOffice::Asking
{
    std::vector<NodeAnswer> answers; // by node
    std::size_t open = 0;            // that are still to come
    std::size_t bytes = 0;           // of those that came
    std::function<void(std::vector<NodeAnswer>)> then;
};

void FleetOffice::ask_all(std::function<void(std::vector<NodeAnswer>)> then)
{
    inbox_.put([this, then = std::move(then)] {
        const auto asking = std::make_shared<Asking>();
        asking->then = then;
        asking->answers.push_back({plan_.self.node, true, plan_.own_address, {}, {}, {}});
        for (const OtherNode& other : plan_.others)
            if (other.node != plan_.self.node)
                asking->answers.push_back({other.node, false, other.address(), {}, {}, {}});
        std::ranges::sort(asking->answers, {}, &NodeAnswer::node);
        asking->open = asking->answers.size();
        for (std::size_t at = 0; at < asking->answers.size(); ++at)
            asio::co_spawn(io_, ask_one(asking, at), [asking, at](std::exception_ptr failure) {
                if (failure) asking->answers[at].problem = "no memory for what it tells";
                if (--asking->open == 0) asking->then(std::move(asking->answers));
            });
    });
}

asio::awaitable<void> FleetOffice::ask_one(std::shared_ptr<Asking> asking, std::size_t at)
{
    NodeAnswer& answer = asking->answers[at];
    answer.warning = problem_of_number(answer.node);
    std::string text;
    if (answer.is_own) {
        const auto own = co_await own_status();
        if (own)
            text = *own;
        else
            answer.problem = "its status took too long";
    } else if (!roll_.is_up(answer.node, now())) {
        const std::string& why = problems_[answer.node];
        answer.problem = why.empty() ? "it has not answered yet" : why;
    } else {
        answer.problem = co_await ask(answer.node, fleet::Wanted::status, fleet::answer_max, text);
    }
    if (!answer.problem.empty()) co_return;
    if (text.size() > statuses_bytes_max - asking->bytes) {
        answer.problem = "there is no room for its status, of " + std::to_string(text.size()) +
                         " bytes, beside those of the others";
        co_return;
    }
    asking->bytes += text.size();
    answer.status = std::move(text);
}

asio::awaitable<std::string> FleetOffice::ask(fleet::Node node, fleet::Wanted wanted,
                                              std::size_t size_max, std::string& answer)
{
    if (!endpoints_[node]) co_return "its name is not found";
    LinkSocket link(io_);
    link.limit(ask_limit);
    std::string problem = co_await open(link, node, fleet::Purpose::ask, wanted);
    if (problem.empty()) problem = co_await read_answer(link, size_max, answer);
    co_return problem;
}

asio::awaitable<void> FleetOffice::answer(LinkSocket& link, fleet::Wanted wanted)
{
    std::shared_ptr<const std::string> text;
    if (wanted == fleet::Wanted::bans)
        text = bans_;
    else if (wanted == fleet::Wanted::self)
        text = std::make_shared<const std::string>(introduction());
    else
        text = co_await own_status();
    const bool fits = text != nullptr && text->size() <= fleet::answer_max;
    const auto verdict = fits ? fleet::Verdict::taken : fleet::Verdict::full;
    const std::array said{static_cast<std::uint8_t>(verdict)};
    link.limit(ask_limit);
    if (!co_await link.write(said) || !fits) co_return;
    if (!co_await link.write(fleet::encode_answer_size(text->size()))) co_return;
    (void)co_await link.write({reinterpret_cast<const std::uint8_t*>(text->data()), text->size()});
}

std::string FleetOffice::introduction() const
{
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    return fleet::encode({plan_.program,
                          std::chrono::duration_cast<std::chrono::milliseconds>(wall).count(),
                          takes_new_, drains_});
}

// Nothing if it cannot be had in time, or too many wait for it.
asio::awaitable<std::shared_ptr<const std::string>> FleetOffice::own_status()
{
    const auto began = std::chrono::steady_clock::now();
    if (status_ && began - status_made_ < status_serves) co_return status_;
    if (status_waits_.size() >= statuses_wanted_max) co_return nullptr;
    asio::steady_timer wait(io_);
    wait.expires_after(ask_limit);
    if (status_waits_.empty()) listener_.status_wanted();
    status_waits_.insert(&wait);
    (void)co_await wait.async_wait(as_values);
    status_waits_.erase(&wait);
    co_return status_made_ > began ? status_ : nullptr;
}

// It may be long, and serves nobody any more.
void FleetOffice::forget_status()
{
    if (status_ && std::chrono::steady_clock::now() - status_made_ > status_serves)
        status_ = nullptr;
}

void FleetOffice::give_status(std::string text)
{
    auto made = std::make_shared<const std::string>(std::move(text));
    inbox_.put([this, made = std::move(made)] {
        status_ = made;
        status_made_ = std::chrono::steady_clock::now();
        for (asio::steady_timer* wait : status_waits_)
            wait->cancel();
    });
}

} // namespace netplay_relay::net
