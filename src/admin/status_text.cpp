#include "admin/status_text.hpp"

#include "admin/json_writer.hpp"
#include "admin/status_json.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

namespace netplay_relay::admin {

namespace asio = boost::asio;

namespace {

// About what one takes in the text: a text that grows is copied again and again.
constexpr std::size_t bytes_of_one = 1024;
constexpr std::size_t bytes_of_head = 16384;

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

asio::awaitable<void> write_sessions(StatusSource source, Slice& slice, JsonWriter out)
{
    out.begin_list();
    const lobby::Lobby& lobby = source.engine.lobby();
    for (auto key = lobby.session_after({}); key; key = lobby.session_after(*key)) {
        if (slice.is_over()) co_await slice.next();
        const auto session = lobby.look_at(*key);
        if (!session) continue; // ended meanwhile
        out.begin_object();
        write_session_head(out, source.engine, *session);
        out.key("links");
        out.begin_list();
        for (const lobby::LinkSnapshot& link : session->links) {
            if (slice.is_over()) co_await slice.next();
            if (const auto facts = source.engine.facts(link))
                write_link(out, link, *facts, source.engine.now());
        }
        out.end_list();
        out.end_object();
    }
    out.end_list();
}

asio::awaitable<void> write_rooms(StatusSource source, Slice& slice, JsonWriter out)
{
    out.begin_list();
    const std::vector<std::uint64_t> numbers = source.engine.lobby().rooms();
    for (const std::uint64_t number : numbers) {
        if (slice.is_over()) co_await slice.next();
        const auto room = source.engine.lobby().look_at_room(number);
        if (!room) continue;
        out.begin_object();
        write_room_head(out, source.engine, *room);
        out.key("members");
        out.begin_list();
        for (const lobby::MemberSnapshot& member : room->members) {
            if (slice.is_over()) co_await slice.next();
            write_member(out, source.engine, member);
        }
        out.end_list();
        out.end_object();
    }
    out.end_list();
}

asio::awaitable<void> write_parties(StatusSource source, Slice& slice, JsonWriter out)
{
    out.begin_list();
    const std::vector<std::uint64_t> numbers = source.engine.lobby().parties();
    for (const std::uint64_t number : numbers) {
        if (slice.is_over()) co_await slice.next();
        const auto party = source.engine.lobby().look_at_party(number);
        if (!party) continue;
        out.begin_object();
        write_party_head(out, source.engine, *party);
        out.key("peers");
        out.begin_list();
        for (const lobby::PeerSnapshot& peer : party->peers) {
            if (slice.is_over()) co_await slice.next();
            write_peer(out, source.engine, peer);
        }
        out.end_list();
        out.end_object();
    }
    out.end_list();
}

} // namespace

asio::awaitable<std::string> status_text(StatusSource source)
{
    Slice slice(source.io);
    std::string text;
    const lobby::Use use = source.engine.lobby().use();
    text.reserve(bytes_of_head + bytes_of_one * (use.sessions + use.links + use.rooms +
                                                 use.members + use.parties + use.peers));
    JsonWriter out(text);
    out.begin_object();
    write_status_head(out, source.engine, source.process);
    co_await slice.next();
    out.key("sessions");
    co_await write_sessions(source, slice, out);
    out.key("rooms");
    co_await write_rooms(source, slice, out);
    out.key("parties");
    co_await write_parties(source, slice, out);
    out.end_object();
    text += '\n';
    co_return text;
}

} // namespace netplay_relay::admin
