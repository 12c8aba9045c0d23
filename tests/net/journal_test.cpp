#include "net/journal.hpp"

#include "support/catch.hpp"

#include <memory>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sstream>

using namespace netplay_relay;

namespace {

// Collects what is logged while it lives.
class LogCatcher
{
public:
    LogCatcher() : before_(spdlog::default_logger())
    {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text_);
        auto logger = std::make_shared<spdlog::logger>("caught", std::move(sink));
        logger->set_pattern("%v");
        spdlog::set_default_logger(std::move(logger));
    }
    ~LogCatcher() { spdlog::set_default_logger(before_); }
    LogCatcher(const LogCatcher&) = delete;

    std::string take()
    {
        std::string text = text_.str();
        text_.str("");
        return text;
    }

private:
    std::ostringstream text_;
    std::shared_ptr<spdlog::logger> before_;
};

std::size_t lines(const std::string& text)
{
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

const wire::Endpoint peer = *wire::parse_endpoint("203.0.113.7:4000");

} // namespace

TEST_CASE("a reason is logged by its own word")
{
    LogCatcher log;
    net::Journal journal;
    journal.turned_away({peer, lobby::Goodbye::http_greeting}, lobby::Instant{});
    CHECK(log.take() == "turned_away peer=203.0.113.7:4000 reason=http_greeting\n");
}

TEST_CASE("a flood of one reason is cut short and summed up, and hides no other reason")
{
    LogCatcher log;
    net::Journal journal;
    lobby::Instant now{};
    for (int at = 0; at < 10000; ++at)
        journal.turned_away({peer, lobby::Goodbye::unknown_session}, now);
    CHECK(lines(log.take()) == 20);
    journal.turned_away({peer, lobby::Goodbye::join_denied}, now);
    CHECK(lines(log.take()) == 1);
    now += std::chrono::seconds(10);
    journal.turned_away({peer, lobby::Goodbye::unknown_session}, now);
    const std::string after = log.take();
    CHECK(after.find("suppressed=9980") != std::string::npos);
    journal.turned_away({peer, lobby::Goodbye::unknown_session}, now);
    CHECK(log.take().find("suppressed") == std::string::npos);
}

TEST_CASE("an opened session is logged with what a friend has to type")
{
    LogCatcher log;
    net::Journal journal;
    const lobby::SessionOpened news{
        {1}, *wire::parse_session_id("FRIDAYNIGHTSNES1"), {2}, peer, true};
    journal.session_opened(news, "relay.example|55435|FRIDAYNIGHTSNES1", lobby::Instant{});
    CHECK(log.take() ==
          "session_opened session=FRIDAYNIGHTSNES1 host=203.0.113.7:4000 reserved=true "
          "join_text=relay.example|55435|FRIDAYNIGHTSNES1\n");
}
