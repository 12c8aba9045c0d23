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
    return std::exchange(mail_, Mail{});
}

void Mailbox::tell_gone()
{
    const std::lock_guard guard(mutex_);
    is_gone_ = true;
    gone_.notify_all();
}

bool Mailbox::is_gone()
{
    const std::lock_guard guard(mutex_);
    return is_gone_;
}

bool Mailbox::wait_until_gone(std::chrono::milliseconds time)
{
    std::unique_lock lock(mutex_);
    return gone_.wait_for(lock, time, [this] { return is_gone_; });
}

void Mailbox::wake()
{
    const std::uint64_t one = 1;
    (void)!write(wake_file_, &one, sizeof one);
}

} // namespace netplay_relay::outward
