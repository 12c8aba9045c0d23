#include "outward/test_post.hpp"

#include "outward/exchange.hpp"
#include "outward/webhook.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>

namespace netplay_relay::outward {

namespace asio = boost::asio;

namespace {

// With DNS, which takes its own time.
constexpr std::chrono::seconds patience = exchange_limit + std::chrono::seconds(30);

asio::awaitable<void> try_one(const config::WebhookSettings& hook, Trust& trust, Tried& tried)
{
    Event event;
    event.kind = "test";
    event.fields = nlohmann::json::object();
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    const std::string origin = "netplay-relay-test-" + std::to_string(now);
    Post post = post_of(hook, event, "", origin);
    if (!hook.token_file.empty()) {
        auto token = read_token(hook.token_file);
        if (!token) {
            tried.words = "its token_file has no token, or cannot be read";
            co_return;
        }
        post.token = std::move(*token);
    }
    const auto began = std::chrono::steady_clock::now();
    Answer answer = co_await exchange(post, trust);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    tried.is_good = answer.is_good();
    tried.words = words_of(answer, hook.url) + " (" + std::to_string(took.count()) + " ms)";
}

} // namespace

std::vector<Tried> try_webhooks(const std::vector<config::WebhookSettings>& webhooks)
{
    std::vector<Tried> all(webhooks.size());
    Trust trust;
    asio::io_context io;
    for (std::size_t at = 0; at < webhooks.size(); ++at) {
        Tried& tried = all[at];
        tried.name = webhooks[at].name;
        tried.words = "no answer in time";
        asio::co_spawn(io, try_one(webhooks[at], trust, tried),
                       [&tried](const std::exception_ptr& failure) {
                           if (failure) tried.words = "it failed";
                       });
    }
    io.run_for(patience);
    return all;
}

} // namespace netplay_relay::outward
