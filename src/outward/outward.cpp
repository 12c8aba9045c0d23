#include "outward/outward.hpp"

#include "outward/mailbox.hpp"
#include "outward/office.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <exception>
#include <linux/close_range.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace netplay_relay::outward {

namespace {

// For the thread to end, if nothing holds it up. Asking DNS cannot be cut short.
constexpr std::chrono::milliseconds end_limit{10};

// Signals are for the loop of the games; so are its files (see mailbox.hpp).
void keep_apart(int kept)
{
    sigset_t all;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, nullptr);
    const auto file = static_cast<unsigned>(kept);
    if (file > STDERR_FILENO + 1)
        (void)close_range(STDERR_FILENO + 1, file - 1, CLOSE_RANGE_UNSHARE);
    (void)close_range(file + 1, ~0U, CLOSE_RANGE_UNSHARE);
}

void work(const std::shared_ptr<Mailbox>& mailbox)
{
    keep_apart(mailbox->wake_file());
    try {
        Office office(*mailbox);
        office.run();
    } catch (const std::exception& error) {
        mailbox->voice.warn(std::string("outward_ended problem=\"") + error.what() + "\"");
    }
    mailbox->tell_gone();
}

std::atomic<bool> is_left = false;

// The end of the process ends it; the mailbox is its own as well.
void leave(std::thread& thread)
{
    is_left = true;
    thread.detach();
}

} // namespace

bool is_thread_left() { return is_left; }

Outward::Outward() = default;

Outward::~Outward()
{
    if (!thread_) return;
    bool is_gone = false;
    if (patience_.count() > 0) {
        mailbox_->go_on();
        mailbox_->finish();
        is_gone = mailbox_->wait_until_gone(patience_);
    }
    if (!is_gone) {
        mailbox_->end();
        is_gone = mailbox_->wait_until_gone(end_limit);
    }
    mailbox_->voice.end();
    if (is_gone)
        thread_->join();
    else
        leave(*thread_);
}

// Without a thread nobody is told of anything, and the games go on.
void Outward::begin()
{
    mailbox_ = std::make_shared<Mailbox>();
    try {
        if (!mailbox_->is_usable())
            throw std::system_error(errno, std::generic_category(), "eventfd");
        thread_ = std::make_unique<std::thread>(work, mailbox_);
    } catch (const std::system_error& error) {
        mailbox_->voice.warn(std::string("outward_failed problem=\"") + error.what() +
                             "; a reload tries it again\"");
    }
}

// It may have failed since.
void Outward::forget_dead_thread()
{
    if (!thread_ || !mailbox_->is_gone()) return;
    thread_->join();
    thread_.reset();
}

void Outward::adopt(Settings settings)
{
    announces_ = settings.lobby.enabled;
    wanted_.clear();
    for (const config::WebhookSettings& hook : settings.webhooks) {
        wanted_.insert(hook.events.begin(), hook.events.end());
        // By these it knows which door the others are of.
        if (hook.door)
            wanted_.insert({"session_opened", "session_closed", "room_opened", "member_joined",
                            "room_closed", "party_opened", "party_closed"});
    }
    forget_dead_thread();
    if (!thread_ && wanted_.empty() && !announces_) return;
    if (!thread_) begin();
    if (thread_) mailbox_->put(std::move(settings));
}

void Outward::happened(std::uint64_t number, std::string_view kind, const std::string& line)
{
    if (thread_ && wants(kind))
        mailbox_->put(News{number, std::string(kind), line, {}, std::chrono::steady_clock::now()});
}

void Outward::announce(std::vector<LobbyEntry> entries)
{
    if (thread_) mailbox_->put(std::move(entries));
}

void Outward::hold()
{
    forget_dead_thread();
    if (thread_) mailbox_->hold();
}

void Outward::go_on()
{
    if (thread_) mailbox_->go_on();
}

bool Outward::is_still(std::chrono::milliseconds wait)
{
    return !thread_ || mailbox_->wait_until_still(wait);
}

std::vector<News> Outward::waiting() const
{
    return thread_ ? mailbox_->waiting() : std::vector<News>{};
}

void Outward::go_on_with(std::vector<News> news)
{
    if (thread_ && !news.empty()) mailbox_->put_before(std::move(news));
}

void Outward::finish_within(std::chrono::milliseconds time) { patience_ = time; }

} // namespace netplay_relay::outward
