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
    [[nodiscard]] bool is_over() const { return Clock::now() - began_ >= status_slice; }

private:
    using Clock = std::chrono::steady_clock;

    Clock::time_point began_ = Clock::now();
};

// The sessions of one worker, some at a time.
class Sessions
{
public:
    explicit Sessions(JsonWriter& out) : out_(out) {}

    // False once all are written.
    bool write_some(const net::Engine& engine, const Slice& slice)
    {
        while (open_ || next(engine.lobby())) {
            if (slice.is_over()) return true;
            if (link_ == 0) begin(engine);
            for (; link_ < open_->links.size(); ++link_) {
                if (link_ > 0 && slice.is_over()) return true;
                const lobby::LinkSnapshot& link = open_->links[link_];
                if (const auto facts = engine.facts(link))
                    write_link(out_, link, *facts, engine.now());
            }
            out_.end_list();
            out_.end_object();
            open_.reset();
        }
        return false;
    }

private:
    bool next(const lobby::Lobby& lobby)
    {
        link_ = 0;
        for (auto key = lobby.session_after(last_); key; key = lobby.session_after(last_)) {
            last_ = *key;
            open_ = lobby.look_at(last_);
            if (open_) return true;
        }
        return false;
    }
    void begin(const net::Engine& engine)
    {
        out_.begin_object();
        write_session_head(out_, engine, *open_);
        out_.key("links");
        out_.begin_list();
    }

    JsonWriter& out_;
    lobby::SessionKey last_{};
    std::optional<lobby::SessionSnapshot> open_;
    std::size_t link_ = 0;
};

struct OfRooms
{
    using Snapshot = lobby::RoomSnapshot;
    static constexpr std::string_view people = "members";

    static std::vector<std::uint64_t> numbers(const lobby::Lobby& lobby) { return lobby.rooms(); }
    static auto look_at(const lobby::Lobby& lobby, std::uint64_t number)
    {
        return lobby.look_at_room(number);
    }
    static const auto& people_of(const Snapshot& open) { return open.members; }
    static constexpr auto write_head = write_room_head;
    static constexpr auto write_one = write_member;
};

struct OfParties
{
    using Snapshot = lobby::PartySnapshot;
    static constexpr std::string_view people = "peers";

    static std::vector<std::uint64_t> numbers(const lobby::Lobby& lobby) { return lobby.parties(); }
    static auto look_at(const lobby::Lobby& lobby, std::uint64_t number)
    {
        return lobby.look_at_party(number);
    }
    static const auto& people_of(const Snapshot& open) { return open.peers; }
    static constexpr auto write_head = write_party_head;
    static constexpr auto write_one = write_peer;
};

// The rooms, or parties, of one worker, some at a time.
template <class Kind>
class Gatherings
{
public:
    explicit Gatherings(JsonWriter& out) : out_(out) {}

    // False once all are written.
    bool write_some(const net::Engine& engine, const Slice& slice)
    {
        if (!numbers_) numbers_ = Kind::numbers(engine.lobby());
        while (open_ || next(engine.lobby())) {
            if (slice.is_over()) return true;
            if (person_ == 0) begin(engine);
            for (; person_ < Kind::people_of(*open_).size(); ++person_) {
                if (person_ > 0 && slice.is_over()) return true;
                Kind::write_one(out_, engine, Kind::people_of(*open_)[person_]);
            }
            out_.end_list();
            out_.end_object();
            open_.reset();
        }
        return false;
    }

private:
    bool next(const lobby::Lobby& lobby)
    {
        person_ = 0;
        while (at_ < numbers_->size() && !open_)
            open_ = Kind::look_at(lobby, (*numbers_)[at_++]);
        return open_.has_value();
    }
    void begin(const net::Engine& engine)
    {
        out_.begin_object();
        Kind::write_head(out_, engine, *open_);
        out_.key(Kind::people);
        out_.begin_list();
    }

    JsonWriter& out_;
    std::optional<std::vector<std::uint64_t>> numbers_;
    std::size_t at_ = 0;
    std::optional<typename Kind::Snapshot> open_;
    std::size_t person_ = 0;
};

// Each slice is written where the games are; between two of them those who play have their turn.
template <class List>
asio::awaitable<void> write_list(StatusSource source, JsonWriter& out, std::string_view word)
{
    out.key(word);
    out.begin_list();
    for (std::uint16_t worker = 0; worker < source.workers.count(); ++worker) {
        List list(out);
        for (bool has_more = true; has_more;) {
            co_await source.workers.at(worker, [&](const net::Engine& engine) {
                has_more = list.write_some(engine, Slice());
            });
            co_await asio::post(source.io, asio::use_awaitable);
        }
    }
    out.end_list();
}

} // namespace

asio::awaitable<std::string> status_text(StatusSource source)
{
    std::string text;
    JsonWriter out(text);
    out.begin_object();
    write_status_head(out, source.workers, source.process);
    const lobby::Use use = source.workers.use();
    text.reserve(bytes_of_head + bytes_of_one * (use.sessions + use.links + use.rooms +
                                                 use.members + use.parties + use.peers));
    co_await asio::post(source.io, asio::use_awaitable);
    co_await write_list<Sessions>(source, out, "sessions");
    co_await write_list<Gatherings<OfRooms>>(source, out, "rooms");
    co_await write_list<Gatherings<OfParties>>(source, out, "parties");
    out.end_object();
    text += '\n';
    co_return text;
}

} // namespace netplay_relay::admin
