// Datagrams of frontends and others that look for games in the LAN: the limits hold whatever comes,
// and an answer is well-formed whatever the games are called.
#include "base/ensure.hpp"
#include "decisions.hpp"
#include "lobby/discovery.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

namespace netplay_relay::fuzz {

namespace {

using namespace std::chrono_literals;
using Span = std::span<const std::uint8_t>;

constexpr std::size_t private_sources = 4;
constexpr std::array sources{"10.0.0.1",    "172.31.255.255", "192.168.0.1", "169.254.9.9",
                             "203.0.113.7", "127.0.0.1",      "172.32.0.0",  "100.64.0.1",
                             "::1",         "fe80::1",        "0.0.0.0",     "255.255.255.255"};
constexpr std::array<lobby::Duration, 6> waits{0ms, 1ms, 400ms, 999ms, 1s, 1min};

struct Source
{
    wire::Address address;
    bool is_private;
};

// One of those above, or one of many in 10/8.
Source read_source(Decisions& decisions)
{
    const std::uint8_t choice = decisions.byte();
    if (choice < sources.size())
        return {*wire::parse_address(sources[choice]), choice < private_sources};
    wire::Address many = *wire::parse_address("10.1.0.0");
    many.bytes[15] = choice;
    return {many, true};
}

std::string read_text(Decisions& decisions)
{
    std::string text(decisions.below(80), '\0');
    for (char& letter : text)
        letter = static_cast<char>(decisions.byte());
    return text;
}

// Where each field ends there is a NUL, and in front of it what the text begins with.
void check_text(Span answer, std::size_t at, std::size_t size, const std::string& text)
{
    const Span field = answer.subspan(at, size);
    ensure(field.back() == 0, "a text without an end");
    const std::size_t length =
        static_cast<std::size_t>(std::ranges::find(field, 0) - field.begin());
    ensure(length > 0, "an empty text");
    const std::string sent(field.begin(), field.begin() + static_cast<std::ptrdiff_t>(length));
    const std::string whole = text.substr(0, text.find('\0'));
    ensure(whole.empty() ? sent == "N/A" : whole.starts_with(sent), "another text");
    ensure(sent.size() + 4 >= std::min(whole.size(), size), "more was cut than a character");
    ensure(std::ranges::all_of(field.subspan(length), [](std::uint8_t byte) { return byte == 0; }),
           "something behind the end of a text");
}

void check_answer(const wire::Advertisement& game)
{
    const auto answer = wire::encode_discovery_answer(game);
    ensure(wire::decode_discovery_query(answer) == wire::DiscoveryQuery::malformed,
           "an answer is taken for a question");
    check_text(answer, 16, 32, game.nick);
    check_text(answer, 176, 256, game.content_name);
}

// The same rules, written down another way.
struct Model
{
    std::map<wire::Address, lobby::Instant> last;
    std::vector<lobby::Instant> all;
    std::vector<lobby::Instant> regular; // of them: to sources answered a moment before

    [[nodiscard]] bool permits(const Source& source, Span datagram, lobby::Instant now) const
    {
        const std::string text(datagram.begin(), datagram.end());
        const bool old = (text.size() == 492 || text.size() == 524) &&
                         text.substr(4, 4) == std::string("\0\0\0\5", 4);
        if (!source.is_private || !text.starts_with("RANQ") || old) return false;
        const auto before = last.find(source.address);
        if (before != last.end() && now - before->second < 1s) return false;
        const auto recent = [&](const auto& answers) {
            return std::ranges::count_if(answers, [&](auto then) { return now - then < 1s; });
        };
        return recent(all) < 50 && (is_new(source, now) || recent(regular) < 25);
    }

    [[nodiscard]] bool is_new(const Source& source, lobby::Instant now) const
    {
        const auto before = last.find(source.address);
        return before == last.end() || now - before->second >= 10s;
    }
};

void check(Decisions& decisions)
{
    std::vector<wire::Advertisement> games(decisions.below(4));
    for (wire::Advertisement& game : games) {
        game.nick = read_text(decisions);
        game.content_name = game.nick + game.nick + game.nick + game.nick;
    }
    lobby::DiscoveryResponder responder;
    Model model;
    lobby::Instant now{1h};
    std::uint64_t queries = 0;
    while (!decisions.empty()) {
        const Source source = read_source(decisions);
        now += waits[decisions.below(waits.size())];
        // Of 200 bytes and more there are the two lengths of the old form, too.
        const std::size_t length = decisions.byte();
        std::vector<std::uint8_t> datagram(length);
        for (std::uint8_t& byte : datagram)
            byte = decisions.byte();
        if (length >= 200) datagram.resize(length % 2 == 0 ? 492 : 524);
        const bool permitted = model.permits(source, datagram, now);
        bool looked = false;
        const auto answer = responder.answer(source.address, datagram, now, [&] {
            looked = true;
            return games;
        });
        ensure(looked == permitted, "asked for games at the wrong time");
        ensure(answer.has_value() == (permitted && !games.empty()), "answered wrongly");
        if (answer) check_answer(*answer);
        if (permitted) {
            if (!model.is_new(source, now)) model.regular.push_back(now);
            model.last[source.address] = now;
            model.all.push_back(now);
        }
        ++queries;
    }
    std::uint64_t counted = responder.counts().answered;
    for (const std::uint64_t ignored : responder.counts().ignored)
        counted += ignored;
    ensure(responder.counts().queries == queries && counted == queries, "a datagram not counted");
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    netplay_relay::fuzz::Decisions decisions({data, size});
    netplay_relay::fuzz::check(decisions);
    return 0;
}
