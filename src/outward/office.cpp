#include "outward/office.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <fcntl.h>
#include <utility>

namespace netplay_relay::outward {

namespace asio = boost::asio;

namespace {

constexpr std::size_t doors_most = 4096;

std::string what_of(const std::exception_ptr& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    }
}

bool is_at(const wire::Endpoint& came_by, const wire::Endpoint& door)
{
    if (came_by.port != door.port) return false;
    return came_by.address == door.address ||
           (door.address.is_wildcard() && door.address.is_ipv4() == came_by.address.is_ipv4());
}

} // namespace

Office::Office(Mailbox& mailbox) : mailbox_(mailbox), wake_(io_), lobby_(io_, trust_, mailbox.voice)
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    origin_ = "netplay-relay-" +
              std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    wake_.assign(fcntl(mailbox.wake_file(), F_DUPFD_CLOEXEC, 3));
    wait_for_mail();
}

Office::~Office() = default;

void Office::wait_for_mail()
{
    wake_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                         if (error) return;
                         take(mailbox_.empty());
                         wait_for_mail();
                     });
}

void Office::take(Mailbox::Mail mail)
{
    if (mail.ends) return io_.stop();
    if (mail.settings) adopt(std::move(*mail.settings));
    for (const News& news : mail.before)
        restore(news);
    if (mail.news_lost > 0) {
        news_lost_ += mail.news_lost;
        mailbox_.voice.warn("webhook_news_lost events=" + std::to_string(news_lost_));
        forget_doors(); // ends of games may be among them
    }
    for (const News& news : mail.news)
        hand_out(news);
    if (mail.entries && lobby_runs_) lobby_.announce(std::move(*mail.entries));
    if (mail.holds) hold();
    if (mail.goes_on) go_on();
    if (is_held_) tell_waiting();
    if (mail.finishes) finish();
}

void Office::restore(const News& news)
{
    if (news.hook.empty()) return hand_out(news);
    const auto found = std::ranges::find_if(
        current_, [&](const Webhook* hook) { return key_of(hook->settings()) == news.hook; });
    if (found == current_.end()) return;
    const std::vector<std::string>& wanted = (*found)->settings().events;
    if (std::ranges::find(wanted, news.kind) != wanted.end())
        (*found)->add(event_of(news.number, news.kind, news.line), news.since);
}

void Office::hold()
{
    is_held_ = true;
    for (const auto& hook : hooks_)
        hook->hold([this] { tell_waiting(); });
}

void Office::go_on()
{
    is_held_ = false;
    for (const auto& hook : hooks_)
        hook->go_on();
}

void Office::tell_waiting()
{
    std::vector<News> all;
    for (const Webhook* hook : current_)
        hook->collect(all);
    mailbox_.tell_waiting(std::move(all), std::ranges::any_of(current_, &Webhook::is_posting));
}

void Office::adopt(Settings settings)
{
    reach_ = std::move(settings.reach);
    if (!settings.origin.empty()) origin_ = std::move(settings.origin);
    std::list<Webhook*> before;
    before.swap(current_);
    for (config::WebhookSettings& wanted : settings.webhooks) {
        const auto same = std::ranges::find_if(
            before, [&](const Webhook* hook) { return hook->settings() == wanted; });
        if (same != before.end())
            current_.splice(current_.end(), before, same);
        else
            begin(std::move(wanted));
    }
    for (Webhook* hook : before)
        hook->end();
    has_doors_ = std::ranges::any_of(
        current_, [](const Webhook* hook) { return hook->settings().door.has_value(); });
    if (!has_doors_) forget_doors(); // it is not told of the ends of games any more
    lobby_.adopt(settings.lobby);
    if (settings.lobby.enabled && !lobby_runs_) begin_announcing();
}

void Office::begin(config::WebhookSettings settings)
{
    auto made = std::make_unique<Webhook>(io_, std::move(settings), trust_, mailbox_.voice, reach_,
                                          origin_);
    Webhook* const hook = made.get();
    hooks_.push_back(std::move(made));
    current_.push_back(hook);
    if (is_held_) hook->hold([this] { tell_waiting(); });
    asio::co_spawn(io_, hook->run(), [this, hook](const std::exception_ptr& failure) {
        if (failure)
            mailbox_.voice.warn("webhook_ended name=" + hook->settings().name + " problem=\"" +
                                what_of(failure) + "\"");
        current_.remove(hook);
        std::erase_if(hooks_, [&](const auto& one) { return one.get() == hook; });
        if (finishes_ && hooks_.empty()) io_.stop();
    });
}

void Office::begin_announcing()
{
    lobby_runs_ = true;
    asio::co_spawn(io_, lobby_.run(), [this](const std::exception_ptr& failure) {
        lobby_runs_ = false;
        if (failure) mailbox_.voice.warn("lobby_ended problem=\"" + what_of(failure) + "\"");
    });
}

void Office::hand_out(const News& news)
{
    const Event event = event_of(news.number, news.kind, news.line);
    if (has_doors_) learn(event);
    offer(event, false);
    if (!has_doors_) return;
    const std::string subject = event.subject();
    if (event.kind == "room_opened" && rooms_opened_.size() < doors_most)
        rooms_opened_.try_emplace(subject, event);
    if (!event.ends_game()) return;
    doors_.erase(subject);
    rooms_opened_.erase(subject);
}

void Office::forget_doors()
{
    doors_.clear();
    rooms_opened_.clear();
}

void Office::offer(const Event& event, bool to_doors_only)
{
    for (Webhook* hook : current_)
        if ((hook->settings().door || !to_doors_only) && concerns(hook->settings(), event))
            hook->add(event, std::chrono::steady_clock::now());
}

void Office::learn(const Event& event)
{
    const auto door = wire::parse_endpoint(event.text("door"));
    const std::string subject = event.subject();
    // What is new is not what was called so before.
    if (event.opens_game()) doors_.erase(subject);
    if (!door || subject.empty() || doors_.size() >= doors_most) return;
    // A room is of the door that its first member has come by.
    if (!doors_.try_emplace(subject, *door).second) return;
    const auto opened = rooms_opened_.extract(subject);
    if (!opened.empty()) offer(opened.mapped(), true);
}

bool Office::concerns(const config::WebhookSettings& hook, const Event& event) const
{
    if (std::ranges::find(hook.events, event.kind) == hook.events.end()) return false;
    if (hook.session && event.text("session") != wire::to_text(*hook.session)) return false;
    if (!hook.door) return true;
    const auto found = doors_.find(event.subject());
    return found != doors_.end() && is_at(found->second, *hook.door);
}

void Office::finish()
{
    finishes_ = true;
    lobby_.end();
    for (const auto& hook : hooks_)
        hook->finish();
    if (hooks_.empty()) io_.stop();
}

} // namespace netplay_relay::outward
