#include "outward/webhook.hpp"

#include "outward/as_values.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <utility>

namespace netplay_relay::outward {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds first_pause{1};
constexpr std::chrono::minutes longest_pause{5};
constexpr std::size_t token_bytes_max = 4096;
// A stranger who comes and goes all the time must not fill the channels of others.
constexpr double posts_at_once = 10;
constexpr double posts_per_second = 0.2;

// Another try may succeed: the server is away, or has too much to do. Anything else says that this
// post, or the hook itself, is not wanted.
bool is_passing(const Answer& answer)
{
    constexpr unsigned request_timeout = 408;
    constexpr unsigned too_early = 425;
    constexpr unsigned too_many = 429;
    const unsigned status = answer.status;
    return status == 0 || status == request_timeout || status == too_early || status == too_many ||
           status >= 500;
}

} // namespace

std::optional<std::string> read_token(const std::string& file)
{
    std::ifstream stream(file, std::ios::binary);
    std::array<char, token_bytes_max> bytes{};
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    std::string token(bytes.data(), static_cast<std::size_t>(stream.gcount()));
    while (!token.empty() && std::isspace(static_cast<unsigned char>(token.back())) != 0)
        token.pop_back();
    const bool fits =
        std::ranges::all_of(token, [](char letter) { return letter > ' ' && letter < '\x7f'; });
    if (token.empty() || !fits) return std::nullopt;
    return token;
}

Webhook::Webhook(asio::io_context& io, config::WebhookSettings settings, Trust& trust, Voice& voice,
                 const std::string& reach, const std::string& origin)
    : settings_(std::move(settings)), trust_(trust), voice_(voice), reach_(reach), origin_(origin),
      timer_(io), patience_(first_pause, longest_pause), posts_(posts_per_second, posts_at_once)
{
}

std::string key_of(const config::WebhookSettings& settings)
{
    return settings.name + " " + (settings.session ? wire::to_text(*settings.session) : "") + " " +
           (settings.door ? wire::to_text(*settings.door) : "");
}

void Webhook::add(Event event, EventQueue::Instant since)
{
    const bool was_empty = queue_.empty();
    queue_.add(std::move(event), since);
    // It sleeps for a failure only as long as it has something to post.
    if (was_empty && next_pause_.count() == 0) timer_.cancel();
    // As long as it keeps up it tells all.
    if (!was_empty && (next_pause_.count() > 0 || wait_for_turn().count() > 0))
        queue_.drop_what_is_over();
}

void Webhook::end()
{
    is_ended_ = true;
    timer_.cancel();
}

void Webhook::finish()
{
    finishes_ = true;
    timer_.cancel();
}

void Webhook::hold(std::function<void()> settled) { settled_ = std::move(settled); }

void Webhook::go_on()
{
    settled_ = {};
    timer_.cancel();
}

void Webhook::collect(std::vector<News>& into) const
{
    const std::string key = key_of(settings_);
    const auto add = [&](const EventQueue::Waiting& one) {
        into.push_back({one.event.number, one.event.kind, one.event.fields.dump(), key, one.since});
    };
    if (posting_) add(*posting_);
    for (const EventQueue::Waiting& one : queue_.waiting())
        add(one);
}

asio::awaitable<void> Webhook::pause(Patience::Duration duration)
{
    timer_.expires_after(duration);
    co_await timer_.async_wait(as_values);
}

Patience::Duration Webhook::wait_for_turn()
{
    const Instant now(std::chrono::steady_clock::now().time_since_epoch());
    if (posts_.may_spend(now)) return {};
    return std::chrono::ceil<Patience::Duration>(posts_.next(now) - now);
}

asio::awaitable<void> Webhook::run()
{
    constexpr std::chrono::hours long_time{24};
    while (!is_ended_) {
        const bool is_idle = queue_.empty();
        const bool has_failed = next_pause_.count() > 0;
        const Patience::Duration turn = is_idle ? Patience::Duration{} : wait_for_turn();
        if (finishes_ && (is_idle || has_failed || turn.count() > 0)) break;
        if (settled_) {
            co_await pause(long_time);
        } else if (has_failed) {
            co_await pause(next_pause_);
            next_pause_ = {};
        } else if (is_idle) {
            tell_dropped();
            co_await pause(long_time);
        } else if (turn.count() > 0) {
            queue_.drop_what_is_over();
            co_await pause(turn);
        } else {
            co_await post_next();
        }
    }
}

asio::awaitable<void> Webhook::post_next()
{
    auto waiting = queue_.take(std::chrono::steady_clock::now());
    if (!waiting) co_return;
    posting_ = waiting;
    (void)posts_.spend(Instant(std::chrono::steady_clock::now().time_since_epoch()));
    Post post = post_of(settings_, waiting->event, reach_, origin_);
    Answer answer;
    if (!settings_.token_file.empty()) {
        auto token = read_token(settings_.token_file);
        if (token) post.token = std::move(*token);
    }
    if (!settings_.token_file.empty() && post.token.empty())
        answer.problem = "its token_file has no token, or cannot be read";
    else
        answer = co_await exchange(post, trust_);
    posting_.reset();
    settle(std::move(*waiting), answer);
    if (settled_) settled_();
}

void Webhook::settle(EventQueue::Waiting waiting, const Answer& answer)
{
    if (answer.is_good()) return tell_success();
    if (is_passing(answer))
        queue_.put_back(std::move(waiting));
    else
        ++refused_;
    const auto chance = static_cast<std::uint32_t>(
        std::chrono::steady_clock::now().time_since_epoch().count() / 1000);
    next_pause_ = patience_.after_failure(answer.retry_after, chance);
    if (!is_ended_) tell_failure(answer);
}

void Webhook::tell_success()
{
    const unsigned failures = patience_.failures();
    if (!patience_.succeed()) return tell_dropped();
    voice_.info("webhook_works name=" + settings_.name + " failures=" + std::to_string(failures) +
                " dropped=" + std::to_string(dropped()));
    dropped_told_ = dropped();
}

void Webhook::tell_dropped()
{
    if (dropped() <= dropped_told_) return;
    voice_.warn("webhook_dropped name=" + settings_.name + " dropped=" + std::to_string(dropped()) +
                " problem=\"more happens than it takes\"");
    dropped_told_ = dropped();
}

void Webhook::tell_failure(const Answer& answer)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(next_pause_).count();
    voice_.warn("webhook_failed name=" + settings_.name + " problem=\"" + words_of(answer) +
                "\" waiting=" + std::to_string(queue_.size()) + " dropped=" +
                std::to_string(dropped()) + " next_try_seconds=" + std::to_string(seconds));
    dropped_told_ = dropped();
}

} // namespace netplay_relay::outward
