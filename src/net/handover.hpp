// One process takes the place of another while games are running: what it needs to know is a file
// in memory, and the sockets wait in the queue of a local socket, from where the successor takes
// them. So both are two descriptors, whatever the number of players is.
#pragma once

#include "lobby/ban_book.hpp"
#include "lobby/discovery.hpp"
#include "lobby/ids.hpp"
#include "net/hop_pump.hpp"
#include "net/seen_fleet.hpp"
#include "net/tally.hpp"
#include "net/tcp.hpp"
#include "record/envelope.hpp"
#include "worker/worker.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace netplay_relay::net {

// A program that writes another one cannot take the place of this one.
inline constexpr std::uint16_t handover_format = record::version;

// Of one that nobody can take.
void close_all(const worker::Moving& part);

// How often it has happened, and how the last one went.
struct HandoverCounts
{
    std::uint64_t done = 0;
    std::uint64_t failed = 0;    // tried, and the old program went on
    std::int64_t last_at_ms = 0; // of the last that was done: since 1970
    std::uint32_t last_pause_us = 0;
    std::uint32_t connections = 0; // that came along with it
    std::uint32_t lost = 0;        // and that did not

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.done, self.failed, self.last_at_ms, self.last_pause_us, self.connections,
                self.lost);
    }
};

// A session whose game the feed has told of, or is going to.
struct FollowedGame
{
    lobby::SessionKey session;
    std::optional<lobby::Instant> until; // it is given up then; nothing: it has been told

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.session);
        archive.times(self.until);
    }
};

// An event that waits to be posted.
struct UntoldNews
{
    std::uint64_t number = 0;
    std::string kind;
    std::string line; // of JSON
    std::string hook; // which waits for it; empty: nobody has looked yet
    lobby::Instant since{};

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.number, self.kind, self.line, self.hook);
        archive.times(self.since);
    }
};

// By which name a lobby lists a game: under another one it would be another game.
struct AnnouncedName
{
    std::string subject; // "room 7", or a session id
    std::string name;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.subject, self.name);
    }
};

// What is known of a session's game, also when its last guest has gone.
struct AnnouncedGame
{
    wire::SessionId session;
    std::string nick; // of the host
    std::string core_name;
    std::string core_version;
    std::uint32_t content_crc = 0;
    bool has_password = false;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.session, self.nick, self.core_name, self.core_version, self.content_crc,
                self.has_password);
    }
};

// Of the process, beside what its worker has.
struct HandoverFacts
{
    std::string program; // version of the one that wrote it
    std::int64_t started_at_ms = 0;
    lobby::Instant started{};
    lobby::Instant paused{}; // since when nobody is served
    bool draining = false;
    lobby::Instant drain_began{};
    bool drain_is_final = false;                // systemd was told, which takes it back for nobody
    std::optional<lobby::Instant> drain_starts; // it is going to
    std::string drain_message;                  // what players are told until then
    std::uint64_t last_connection_id = 0;
    std::uint32_t room_salt = 0; // see AmongWorkers
    std::uint64_t log_lines_lost = 0;
    std::uint64_t bytes_moved = 0; // by links that have ended
    worker::Traffic traffic;
    Tally tally;
    std::optional<lobby::DiscoveryCounts> discovery;
    std::uint64_t feed_newest = 0; // number of the newest event
    std::uint32_t feed_epoch = 0;
    std::vector<FollowedGame> games;
    std::vector<UntoldNews> news;
    std::vector<AnnouncedName> announced_names;
    std::vector<AnnouncedGame> announced_games;
    HandoverCounts counts;      // before this one
    std::uint32_t pause_us = 0; // that this one has cost already, with a stand-in
    std::uint32_t lost = 0;     // connections, likewise
    // Players whose games are at other nodes of the fleet: their links end with this process.
    std::uint32_t hops = 0;
    std::vector<lobby::BanEntry> bans; // what the nodes of the fleet tell each other
    std::optional<SeenFleet> fleet;
    std::uint64_t fleet_instance = 0; // see fleet::Namesakes

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.program, self.started_at_ms, self.started, self.paused, self.draining,
                self.drain_began, self.drain_is_final, self.drain_starts, self.drain_message,
                self.last_connection_id, self.room_salt, self.log_lines_lost, self.bytes_moved,
                self.traffic, self.tally, self.discovery, self.feed_newest, self.feed_epoch,
                self.games, self.news, self.announced_names, self.announced_games, self.counts,
                self.pause_us, self.lost, self.hops, self.bans, self.fleet, self.fleet_instance);
    }
};

// A player's connection from another node, whose link is to be laid anew.
struct HandedLink
{
    lobby::ConnectionId connection;
    TlsStream::Paused link;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.connection, self.link);
    }
};

enum class ListenerUse : std::uint8_t
{
    players,
    admin,
    discovery,
    join_port, // of one session or room
    control,   // a Unix socket
    public_page
};
[[nodiscard]] constexpr ListenerUse last_value(ListenerUse) { return ListenerUse::public_page; }

// A listening socket: connections that wait in its queue come along.
struct HandedListener
{
    ListenerUse use{};
    wire::Endpoint wanted; // as the configuration calls it: its port may be 0
    bool passed = false;   // systemd had opened it
    std::string path;      // of a Unix socket, instead of `wanted`

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.use, self.wanted, self.passed, self.path);
    }
};

struct HandoverIndex
{
    struct Part
    {
        std::uint64_t size = 0;  // bytes of its record
        std::uint64_t named = 0; // whose it is: modulo the count of workers
        std::vector<lobby::ConnectionId> connections;

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.size, self.named, self.connections);
        }
    };

    HandoverFacts facts;
    std::vector<HandedListener> listeners; // their sockets come first
    std::vector<HandedHop> hops;           // and those of their players then
    std::vector<HandedLink> links;
    std::vector<std::uint64_t> memories; // the file begins with those of the workers: their sizes
    std::vector<Part> parts;             // and their connections' sockets, in this order

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.facts, self.listeners, self.hops, self.links, self.memories, self.parts);
    }
};

// What the old process writes. The sockets stay open here as well, until it ends.
class OutgoingHandover
{
public:
    OutgoingHandover();

    // In this order: first the memory of each worker, then what each of them has.
    void add_memory(std::span<const std::uint8_t> memory);
    void add(const worker::Moving& part, std::uint16_t worker);
    void add(const HandedListener& listener, int socket);
    void add(const HandedHop& hop, int player);
    void add(const HandedLink& link);
    // Nothing can be added any more.
    void finish(const HandoverFacts& facts);
    // Puts the sockets into the queue.
    void send_sockets();

    // What went wrong first, one sentence; empty if all is well.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] int state() const { return state_.value(); }
    [[nodiscard]] int sockets() const { return incoming_.value(); }
    [[nodiscard]] std::size_t connections() const
    {
        return part_sockets_.size() + hop_sockets_.size();
    }

private:
    void write(std::span<const std::uint8_t> bytes);
    void flush(std::span<const std::uint8_t> bytes);
    void fail(const char* what);

    UniqueFd state_;
    UniqueFd incoming_;
    HandoverIndex index_;
    std::vector<int> listener_sockets_;
    std::vector<int> hop_sockets_;
    std::vector<int> part_sockets_;
    std::vector<std::uint8_t> unwritten_;
    std::string problem_;
};

// What the new process takes. Whatever the bytes are, it takes what makes sense of them.
class IncomingHandover
{
public:
    // The process may open as many files as there are sockets.
    IncomingHandover(UniqueFd state, UniqueFd sockets);
    // It is only looked at.
    explicit IncomingHandover(UniqueFd state);
    IncomingHandover(IncomingHandover&&) = delete;
    ~IncomingHandover();

    // Why nothing of it can be taken, in one sentence.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] const HandoverIndex& index() const { return index_; }
    [[nodiscard]] bool has_sockets() const { return has_sockets_; } // else it is only looked at
    [[nodiscard]] std::span<const std::uint8_t> memory(std::size_t worker) const;
    // Moves the listener's socket out; closed if it did not come.
    [[nodiscard]] UniqueFd take_listener(std::size_t listener);
    [[nodiscard]] UniqueFd take_hop(std::size_t hop); // likewise, that of its player
    // Closes what nobody has taken, and tells how many of them were connections.
    [[nodiscard]] std::uint32_t close_rest();
    // Moves a part out. Its handles are those of `sockets`, or -1 for all if it was only looked at.
    // Nothing if one of its sockets did not come; those that did are closed.
    [[nodiscard]] std::optional<worker::Moving> take_part(std::size_t part);

private:
    void map(int state);
    void read_index();
    void receive_sockets(int from);

    std::span<const std::uint8_t> bytes_; // mapped
    HandoverIndex index_;
    bool has_sockets_;
    std::vector<UniqueFd> sockets_;
    std::vector<std::uint64_t> part_begins_;
    std::vector<std::size_t> part_sockets_; // of each part the first
    std::string problem_;
};

} // namespace netplay_relay::net
