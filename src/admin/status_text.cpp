#include "admin/status_text.hpp"

#include "admin/status_json.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>
#include <vector>

namespace netplay_relay::admin {

namespace asio = boost::asio;

namespace {

// About what one takes in the text: a text that grows is copied again and again.
constexpr std::size_t bytes_of_one = 1024;

// Tells when it is others' turn.
class Slice
{
public:
    explicit Slice(asio::io_context& io) : io_(io) {}

    [[nodiscard]] bool is_over() const { return Clock::now() - began_ >= status_slice; }
    [[nodiscard]] asio::awaitable<void> next()
    {
        co_await asio::post(io_, asio::use_awaitable);
        began_ = Clock::now();
    }

private:
    using Clock = std::chrono::steady_clock;

    asio::io_context& io_;
    Clock::time_point began_ = Clock::now();
};

// Nicks and names of cores come from outside and may be no UTF-8.
std::string dumped(const nlohmann::ordered_json& value)
{
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// A list in the text, entry by entry.
class List
{
public:
    explicit List(std::string& text) : text_(text) { text_ += '['; }
    ~List() { text_ += ']'; }
    List(const List&) = delete;

    void add(const nlohmann::ordered_json& entry)
    {
        begin_entry();
        text_ += dumped(entry);
    }
    // One whose last member is a list, which follows, and behind it the brace.
    void add_head(const nlohmann::ordered_json& entry, const char* of_list)
    {
        add(entry);
        text_.back() = ',';
        text_ += '"';
        text_ += of_list;
        text_ += "\":";
    }

private:
    void begin_entry()
    {
        if (!is_first_) text_ += ',';
        is_first_ = false;
    }

    std::string& text_;
    bool is_first_ = true;
};

asio::awaitable<void> write_sessions(StatusSource source, Slice& slice, std::string& text)
{
    List sessions(text);
    const lobby::Lobby& lobby = source.engine.lobby();
    for (auto key = lobby.session_after({}); key; key = lobby.session_after(*key)) {
        if (slice.is_over()) co_await slice.next();
        const auto session = lobby.look_at(*key);
        if (!session) continue; // ended meanwhile
        sessions.add_head(session_head(source.engine, *session), "links");
        {
            List links(text);
            for (const lobby::LinkSnapshot& link : session->links) {
                if (slice.is_over()) co_await slice.next();
                if (const auto facts = source.engine.facts(link))
                    links.add(link_json(link, *facts, source.engine.now()));
            }
        }
        text += '}';
    }
}

asio::awaitable<void> write_rooms(StatusSource source, Slice& slice, std::string& text)
{
    List rooms(text);
    const std::vector<std::uint64_t> numbers = source.engine.lobby().rooms();
    for (const std::uint64_t number : numbers) {
        if (slice.is_over()) co_await slice.next();
        const auto room = source.engine.lobby().look_at_room(number);
        if (!room) continue;
        rooms.add_head(room_head(source.engine, *room), "members");
        {
            List members(text);
            for (const lobby::MemberSnapshot& member : room->members) {
                if (slice.is_over()) co_await slice.next();
                members.add(member_json(source.engine, member));
            }
        }
        text += '}';
    }
}

asio::awaitable<void> write_parties(StatusSource source, Slice& slice, std::string& text)
{
    List parties(text);
    const std::vector<std::uint64_t> numbers = source.engine.lobby().parties();
    for (const std::uint64_t number : numbers) {
        if (slice.is_over()) co_await slice.next();
        const auto party = source.engine.lobby().look_at_party(number);
        if (!party) continue;
        parties.add_head(party_head(source.engine, *party), "peers");
        {
            List peers(text);
            for (const lobby::PeerSnapshot& peer : party->peers) {
                if (slice.is_over()) co_await slice.next();
                peers.add(peer_json(source.engine, peer));
            }
        }
        text += '}';
    }
}

} // namespace

asio::awaitable<std::string> status_text(StatusSource source)
{
    Slice slice(source.io);
    std::string text = dumped(status_head(source.engine, source.process));
    text.pop_back(); // the closing brace
    const lobby::Use use = source.engine.lobby().use();
    text.reserve(text.size() + bytes_of_one * (use.sessions + use.links + use.rooms + use.members +
                                               use.parties + use.peers));
    text += ",\"sessions\":";
    co_await slice.next();
    co_await write_sessions(source, slice, text);
    text += ",\"rooms\":";
    co_await write_rooms(source, slice, text);
    text += ",\"parties\":";
    co_await write_parties(source, slice, text);
    text += "}\n";
    co_return text;
}

} // namespace netplay_relay::admin
