#include "outward/mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace netplay_relay::outward {

Mailbox::Mailbox() : wake_file_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Mailbox::~Mailbox()
{
    if (wake_file_ >= 0) close(wake_file_);
}

void Mailbox::put(Settings settings)
{
    const std::lock_guard guard(mutex_);
    mail_.settings = std::move(settings);
    wake();
}

void Mailbox::put(News news)
{
    const std::lock_guard guard(mutex_);
    if (mail_.news.size() >= news_most) {
        mail_.news.pop_front();
        ++mail_.news_lost;
    }
    mail_.news.push_back(std::move(news));
    if (mail_.news.size() == 1) wake();
}

void Mailbox::put(std::vector<LobbyEntry> entries)
{
    const std::lock_guard guard(mutex_);
    mail_.entries = std::move(entries);
    wake();
}

void Mailbox::put_before(std::vector<News> news)
{
    const std::lock_guard guard(mutex_);
    mail_.before = std::move(news);
    wake();
}

void Mailbox::hold()
{
    const std::lock_guard guard(mutex_);
    is_held_ = mail_.holds = true;
    is_still_ = mail_.goes_on = false;
    waiting_.clear();
    in_hands_.clear();
    wake();
}

void Mailbox::go_on()
{
    const std::lock_guard guard(mutex_);
    is_held_ = mail_.holds = false;
    mail_.goes_on = true;
    waiting_.clear();
    in_hands_.clear();
    wake();
}

void Mailbox::tell_waiting(std::vector<News> waiting, bool is_posting)
{
    const std::lock_guard guard(mutex_);
    if (!is_held_) return;
    waiting_ = std::move(waiting);
    in_hands_.clear();
    is_still_ = !is_posting;
    changed_.notify_all();
}

std::vector<News> Mailbox::waiting()
{
    const std::lock_guard guard(mutex_);
    if (!is_held_) return {};
    std::vector<News> all = waiting_;
    all.insert(all.end(), in_hands_.begin(), in_hands_.end());
    all.insert(all.end(), mail_.before.begin(), mail_.before.end());
    all.insert(all.end(), mail_.news.begin(), mail_.news.end());
    return all;
}

bool Mailbox::wait_until_still(std::chrono::milliseconds time)
{
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [this] { return is_still_; });
}

void Mailbox::finish()
{
    const std::lock_guard guard(mutex_);
    mail_.finishes = true;
    wake();
}

void Mailbox::end()
{
    const std::lock_guard guard(mutex_);
    mail_.ends = true;
    wake();
}

Mailbox::Mail Mailbox::empty()
{
    const std::lock_guard guard(mutex_);
    std::uint64_t count = 0;
    (void)!read(wake_file_, &count, sizeof count);
    if (is_held_) {
        in_hands_.insert(in_hands_.end(), mail_.before.begin(), mail_.before.end());
        in_hands_.insert(in_hands_.end(), mail_.news.begin(), mail_.news.end());
    }
    return std::exchange(mail_, Mail{});
}

void Mailbox::tell_gone()
{
    const std::lock_guard guard(mutex_);
    is_gone_ = true;
    changed_.notify_all();
}

bool Mailbox::is_gone()
{
    const std::lock_guard guard(mutex_);
    return is_gone_;
}

bool Mailbox::wait_until_gone(std::chrono::milliseconds time)
{
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [this] { return is_gone_; });
}

void Mailbox::wake()
{
    const std::uint64_t one = 1;
    (void)!write(wake_file_, &one, sizeof one);
}

} // namespace netplay_relay::outward
