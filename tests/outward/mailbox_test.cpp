// What the loop of the games hands to the thread that tells others.
#include "outward/mailbox.hpp"
#include "outward/outward.hpp"
#include "support/catch.hpp"

#include <poll.h>

namespace netplay_relay::outward {

namespace {

bool wakes(const Mailbox& mailbox)
{
    pollfd file{mailbox.wake_file(), POLLIN, 0};
    return poll(&file, 1, 0) == 1;
}

} // namespace

TEST_CASE("mail wakes until it is taken")
{
    Mailbox mailbox;
    CHECK_FALSE(wakes(mailbox));
    mailbox.put(News{1, "a", "{}"});
    mailbox.put(News{2, "b", "{}"});
    CHECK(wakes(mailbox));
    Mailbox::Mail mail = mailbox.empty();
    CHECK(mail.news.size() == 2);
    CHECK_FALSE(wakes(mailbox));
    CHECK(mailbox.empty().news.empty());
    mailbox.put(News{3, "c", "{}"});
    CHECK(wakes(mailbox));
}

TEST_CASE("what waits is known as long as it is held, wherever it is")
{
    const auto numbers = [](Mailbox& mailbox) {
        std::vector<std::uint64_t> all;
        for (const News& one : mailbox.waiting())
            all.push_back(one.number);
        return all;
    };
    using Numbers = std::vector<std::uint64_t>;
    Mailbox mailbox;
    mailbox.put(News{1, "a", "{}"});
    CHECK(numbers(mailbox).empty()); // nobody has asked
    mailbox.hold();
    CHECK(numbers(mailbox) == Numbers{1});
    CHECK_FALSE(mailbox.wait_until_still({}));
    CHECK(mailbox.empty().holds);
    CHECK(numbers(mailbox) == Numbers{1}); // the thread has it in its hands
    mailbox.tell_waiting({News{9, "a", "{}"}, News{1, "a", "{}"}}, /*is_posting=*/true);
    CHECK_FALSE(mailbox.wait_until_still({}));
    mailbox.put(News{2, "a", "{}"});
    CHECK(numbers(mailbox) == Numbers{9, 1, 2});
    mailbox.tell_waiting({News{1, "a", "{}"}}, /*is_posting=*/false);
    CHECK(mailbox.wait_until_still({}));
    CHECK(numbers(mailbox) == Numbers{1, 2});
    mailbox.go_on();
    CHECK(numbers(mailbox).empty());
    const Mailbox::Mail mail = mailbox.empty();
    CHECK(mail.goes_on);
    CHECK_FALSE(mail.holds);
    CHECK(mail.news.size() == 1);
}

TEST_CASE("a thread that does not look loses the oldest news, and learns how many")
{
    Mailbox mailbox;
    for (std::uint64_t number = 1; number <= 300; ++number)
        mailbox.put(News{number, "a", "{}"});
    mailbox.put(Settings{});
    mailbox.finish();
    const Mailbox::Mail mail = mailbox.empty();
    CHECK(mail.news.size() == 256);
    CHECK(mail.news_lost == 44);
    CHECK(mail.news.front().number == 45);
    CHECK(mail.settings.has_value());
    CHECK(mail.finishes);
}

TEST_CASE("without anything to tell there is no thread, and nothing is wanted")
{
    Outward outward;
    outward.adopt({});
    CHECK_FALSE(outward.wants("session_opened"));
    outward.happened(1, "session_opened", "{}"); // for nobody
    outward.announce({});
}

TEST_CASE("the thread ends when it is asked to, with webhooks or without")
{
    for (const bool finishes : {false, true}) {
        Outward outward;
        Settings settings;
        config::WebhookSettings hook;
        hook.name = "none";
        hook.url = *config::parse_url("http://127.0.0.1:9/");
        hook.events = {"session_opened"};
        settings.webhooks.push_back(hook);
        outward.adopt(settings);
        CHECK(outward.wants("session_opened"));
        CHECK_FALSE(outward.wants("room_opened"));
        outward.adopt({});
        CHECK_FALSE(outward.wants("session_opened"));
        if (finishes) outward.finish_within(std::chrono::seconds(5));
    }
}

} // namespace netplay_relay::outward
