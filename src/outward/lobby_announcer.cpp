#include "outward/lobby_announcer.hpp"

#include "outward/as_values.hpp"

#include <optional>

namespace netplay_relay::outward {

namespace asio = boost::asio;

namespace {

// The first is as long as an entry may miss one round.
constexpr std::chrono::seconds first_silence{20};
constexpr std::chrono::minutes longest_silence{15};
// Lobbies take one update in 5 s of each entry.
constexpr std::chrono::seconds quiet_time{8};
constexpr std::chrono::seconds memory_of_told{120};

} // namespace

LobbyAnnouncer::LobbyAnnouncer(asio::io_context& io, Trust& trust, Voice& voice)
    : trust_(trust), voice_(voice), timer_(io), patience_(first_silence, longest_silence)
{
}

void LobbyAnnouncer::announce(std::vector<LobbyEntry> entries)
{
    next_ = std::move(entries);
    timer_.cancel();
}

void LobbyAnnouncer::end()
{
    is_ended_ = true;
    timer_.cancel();
}

asio::awaitable<void> LobbyAnnouncer::run()
{
    constexpr std::chrono::hours long_time{24};
    while (!is_ended_) {
        const bool may_begin = std::chrono::steady_clock::now() >= not_before_;
        // Rounds that came while it waits are old news then: the next one comes soon.
        if (!may_begin) next_.clear();
        if (next_.empty()) {
            timer_.expires_after(long_time);
            co_await timer_.async_wait(as_values);
        } else {
            std::vector<LobbyEntry> entries = std::move(next_);
            next_.clear();
            co_await round(std::move(entries));
        }
    }
}

asio::awaitable<void> LobbyAnnouncer::round(std::vector<LobbyEntry> entries)
{
    forget_old(std::chrono::steady_clock::now());
    std::size_t told = 0;
    std::optional<Answer> too_much; // said of the entry before
    for (const LobbyEntry& entry : entries) {
        const Key key(entry.username, entry.port);
        const bool skips = was_told_lately(key, std::chrono::steady_clock::now());
        if (is_ended_ || !settings_.enabled) break;
        if (skips) continue;
        Post post;
        post.url = settings_.url;
        post.url.target = "/add";
        post.content_type = "application/x-www-form-urlencoded";
        post.body = form_of(entry);
        post.ipv4_only = true; // frontends come to the address that it sees us at
        told_[key] = std::chrono::steady_clock::now();
        Answer answer = co_await exchange(post, trust_);
        const Outcome outcome = judge(entry, answer);
        if (outcome == Outcome::failed || (outcome == Outcome::too_much && too_much)) {
            fail(answer);
            too_much.reset();
            break;
        }
        too_much.reset();
        if (outcome == Outcome::too_much) too_much = std::move(answer);
        if (outcome == Outcome::told) ++told;
    }
    if (too_much && told == 0) fail(*too_much); // it has taken no other either
    if (told > 0 && patience_.succeed()) voice_.info("lobby_works");
    voice_.debug("lobby_told entries=" + std::to_string(told) +
                 " of=" + std::to_string(entries.size()));
}

LobbyAnnouncer::Outcome LobbyAnnouncer::judge(const LobbyEntry& entry, const Answer& answer)
{
    constexpr unsigned too_many = 429;
    if (answer.status == 0 || answer.status >= 500) return Outcome::failed;
    // It may be meant of one entry: all the more if it does not say for how long.
    if (answer.status == too_many && answer.retry_after) return Outcome::too_much;
    const LobbyAnswer said = read_lobby_answer(answer.body);
    if (!answer.is_good() || !said.is_good) {
        voice_.debug("lobby_refused problem=\"" + words_of(answer, settings_.url) + "\"");
        return Outcome::unwanted;
    }
    if (!said.connectable && entry.session.empty() && !is_unreachable_told_) {
        is_unreachable_told_ = true;
        voice_.warn("lobby_unreachable port=" + std::to_string(entry.port) +
                    " problem=\"the lobby lists this port of ours and did not reach it: players "
                    "will not either\"");
    }
    return Outcome::told;
}

bool LobbyAnnouncer::was_told_lately(const Key& key, Instant now) const
{
    const auto found = told_.find(key);
    return found != told_.end() && now - found->second < quiet_time;
}

void LobbyAnnouncer::forget_old(Instant now)
{
    std::erase_if(told_, [&](const auto& entry) { return now - entry.second > memory_of_told; });
}

void LobbyAnnouncer::fail(const Answer& answer)
{
    const bool is_first = patience_.failures() == 0;
    const auto now = std::chrono::steady_clock::now();
    const auto chance = static_cast<std::uint32_t>(now.time_since_epoch().count() / 1000);
    const Patience::Duration pause = patience_.after_failure(answer.retry_after, chance);
    // A round comes every 20 s: a pause of 20 s is to miss none but that one.
    not_before_ = now + pause;
    const std::string line = "lobby_failed problem=\"" + words_of(answer) + "\" next_try_seconds=" +
                             std::to_string(std::chrono::ceil<std::chrono::seconds>(pause).count());
    if (is_first)
        voice_.info(line);
    else
        voice_.debug(line);
}

} // namespace netplay_relay::outward
