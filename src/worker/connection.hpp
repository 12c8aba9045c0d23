// One accepted connection, from its arrival until it is closed: what the worker has to remember of
// it.
#pragma once

#include "base/deadlines.hpp"
#include "base/rare.hpp"
#include "inspect/link_inspector.hpp"
#include "lobby/ids.hpp"
#include "lobby/stages.hpp"
#include "wire/decode.hpp"
#include "worker/io.hpp"
#include "worker/outbox.hpp"
#include "worker/send_queue.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

namespace netplay_relay::worker {

using lobby::Stage;

// The unfinished start of a message; never more than the longest undecided one.
class Partial
{
public:
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::span<const std::uint8_t> view() const { return {bytes_.data(), size_}; }
    // Precondition: fits.
    void assign(std::span<const std::uint8_t> bytes);
    bool operator==(const Partial&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.bytes_, self.size_);
    }
    // False for one that was taken from bytes and cannot be.
    [[nodiscard]] bool makes_sense() const { return size_ <= bytes_.size(); }

private:
    std::array<std::uint8_t, wire::undecided_size_max> bytes_{};
    std::uint8_t size_ = 0;
};

// What a connection has said before it is linked, and what is not done with.
struct FirstBytes
{
    Partial partial;
    // Said before the link was there; of one that is introduced, its PROXY header, which may be
    // longer than any message.
    std::vector<std::uint8_t> early;

    bool operator==(const FirstBytes&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.partial, self.early);
    }
};

// Of a member of a room, or a peer of a party.
struct MemberBytes
{
    std::uint64_t sent = 0;                // to it
    std::unique_ptr<SendQueue> send_queue; // while it has not taken all

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.sent, self.send_queue);
    }
};

// When it is looked at again, of one that does not take what it is sent, or is on its way out.
struct Waits
{
    lobby::Instant look_at = no_deadline;       // while it is slow: when it is looked at next
    lobby::Instant lingers_until = no_deadline; // while it lingers

    bool operator==(const Waits&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.look_at, self.lingers_until);
    }
};

// There are many, and most are idle: what few of them need is rare, and what every message touches
// comes first. Its size is counted to the byte: docs/performance.md, "Memory".
struct Connection
{
    Connection(lobby::ConnectionId known_as, Handle of_io, const wire::Endpoint& from)
        : handle(of_io), peer(from), id(known_as)
    {
    }

    // The lobby decides on it, but for its end: see stages.hpp.
    [[nodiscard]] Stage stage() const { return stage_; }
    void become(Stage to);
    [[nodiscard]] bool is_linked() const { return lobby::is_linked(stage_); }
    [[nodiscard]] bool lingers() const { return waits->lingers_until != no_deadline; }
    [[nodiscard]] bool is_slow() const { return waits->look_at != no_deadline; }
    // It has not said a byte, but for a whole PROXY header.
    [[nodiscard]] bool is_mute() const { return lobby::is_early(stage_) && first.is_usual(); }
    [[nodiscard]] bool is_guest() const
    {
        return stage_ == Stage::guest || stage_ == Stage::waiting;
    }

    Connection* partner = nullptr; // the other end of the link; both go together
    Handle handle;
    int write_error = 0; // it takes no more; what it has said is still to be read

private:
    Stage stage_ = Stage::greeting;

public:
    bool finished_reading = false; // the end of its stream was read
    bool told_spoke = false;       // the lobby knows that it has said more than its greeting
    bool answered = false;         // the host's end: its first bytes were a netplay header
    bool hung_up = false;          // it was reported once that the peer sends no more
    bool unread = false;           // more was there than is kept before the link is there
    bool queued = false;           // Worker::go_on_later has it in its list
    bool watched = false;          // the Io reports it
    bool told_half_closed = false; // the lobby knows that one direction of the link ends here
    bool peer_hangs_up = false;    // while it lingers: we do not end our stream
    bool is_leaving = false;       // it is to be passed on, and not read here any more
    std::uint8_t linger_rounds = 0;
    wire::Endpoint peer;
    Rare<Waits> waits;
    Outbox outbox;
    // Of a linked guest, for both directions; none if it is off or has given up.
    std::unique_ptr<inspect::LinkInspector> inspector;
    std::uint64_t received = 0; // bytes from this end, for the other
    lobby::Instant last_byte{}; // when the last of them came
    lobby::ConnectionId id;
    Rare<FirstBytes> first;
    std::unique_ptr<MemberBytes> member; // since it has been sent something as one

    [[nodiscard]] SendQueue* send_queue() const
    {
        return member ? member->send_queue.get() : nullptr;
    }
    [[nodiscard]] bool has_taken_messages() const
    {
        return send_queue() == nullptr || send_queue()->empty();
    }

    // Without its handle and its partner.
    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.id, self.peer, self.stage_, self.finished_reading, self.told_spoke,
                self.answered, self.hung_up, self.unread, self.told_half_closed, self.peer_hangs_up,
                self.linger_rounds, self.waits, self.write_error, self.received, self.last_byte,
                self.first, self.outbox, self.member, self.inspector);
    }
};

// A connection is found by its id, which is in it and never changes, and has its place until it is
// taken out of its set: one piece of memory for each.
struct ById
{
    using is_transparent = void;

    static lobby::ConnectionId id_of(lobby::ConnectionId id) noexcept { return id; }
    static lobby::ConnectionId id_of(const Connection& one) noexcept { return one.id; }

    std::size_t operator()(const auto& one) const noexcept
    {
        return std::hash<lobby::ConnectionId>{}(id_of(one));
    }
    bool operator()(const auto& one, const auto& other) const noexcept
    {
        return id_of(one) == id_of(other);
    }
};
class Connections : public std::unordered_set<Connection, ById, ById>
{
public:
    // All of one but its id may change. nullptr: it is not there.
    [[nodiscard]] Connection* find_by(lobby::ConnectionId id) const
    {
        const auto found = find(id);
        return found == end() ? nullptr : &changeable(*found);
    }
    [[nodiscard]] static Connection& changeable(const Connection& one)
    {
        return const_cast<Connection&>(one);
    }
    // One that is in no set yet.
    [[nodiscard]] static node_type apart()
    {
        Connections alone;
        return alone.extract(
            alone.emplace(lobby::ConnectionId{}, Handle{-1}, wire::Endpoint{}).first);
    }
};

// What it has said before the link was there, once.
[[nodiscard]] std::vector<std::uint8_t> take_early(Connection& connection);

} // namespace netplay_relay::worker
