// TLS between the nodes of a fleet, on a socket that does not block: TLS 1.3 with a key that both
// have, and no certificates.
//
// What is read and written by number elsewhere (socket_io) may be such a stream: its socket's
// number leads to it, in every thread of the process.
#pragma once

#include "fleet/head.hpp"
#include "net/tcp.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <openssl/ssl.h>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace netplay_relay::net {

// What all nodes of a fleet know.
struct FleetKey
{
    std::array<std::uint8_t, 32> of_links{};
    std::uint32_t room_salt = 0; // never 0: with it they hash the passwords of rooms
};

// 32 bytes or more, in hex or base64, as `openssl rand -hex 32` writes them; white space does not
// matter. Nothing of any other text.
[[nodiscard]] std::optional<FleetKey> parse_fleet_key(const std::string& text);

class TlsContext
{
public:
    explicit TlsContext(const FleetKey& key);

private:
    friend class TlsStream;
    struct Free
    {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    std::unique_ptr<SSL_CTX, Free> context_;
};

class TlsStream
{
public:
    enum class Role : std::uint8_t
    {
        client,
        server
    };

    // Whoever owns the socket closes it behind the stream.
    TlsStream(const TlsContext& context, int socket, Role role);
    TlsStream(TlsStream&&) = delete;
    ~TlsStream() { set_paused(false); }

    // `moved`: both sides know that the other has the key. `blocked`: when the socket is readable,
    // or writable if there is something unsent, again.
    [[nodiscard]] IoState shake_hands();

    // As those of a socket; an end that TLS does not tell of is ECONNRESET.
    [[nodiscard]] IoResult read(std::span<std::uint8_t> into);
    [[nodiscard]] IoResult write(std::span<const std::uint8_t> bytes);
    void finish_writing();

    // Taken from whoever wrote it, and not by the kernel: to be flushed when the socket is
    // writable. Never more than 64 KiB and what TLS puts around them.
    [[nodiscard]] bool has_unsent() const;
    void flush();
    // Until it is uncorked it takes nothing that is written.
    void cork(bool on) { is_corked_ = on; }

    [[nodiscard]] int error() const { return error_; } // errno of the first failure

    // A stream with a place may go on on another connection, so that it outlives the process at
    // either end. It pauses: nothing is written any more, what was is flushed, and then TCP's end
    // follows without that of TLS. Who reads that pauses as well. Quiet are those that have said
    // and heard all.
    void begin_at(const fleet::LinkPlace& place) { place_ = place; }
    [[nodiscard]] const fleet::LinkPlace& place() const { return place_; }
    void pause();
    // Takes what has come, though nobody reads it yet: behind it may be the end.
    void drain();
    [[nodiscard]] bool was_told() const { return was_told_; } // of the end, by TLS
    [[nodiscard]] bool is_paused() const { return is_paused_; }
    [[nodiscard]] bool is_quiet() const { return is_paused_ && is_cut_ && !has_unsent(); }
    // Of this process, in all threads.
    [[nodiscard]] static std::size_t paused_count()
    {
        return paused_count_.load(std::memory_order_relaxed);
    }
    // It has paused for so long.
    [[nodiscard]] std::chrono::steady_clock::duration pause_time() const;
    // On the connection of `link`, which is nobody's then; its socket has the number of this one.
    void go_on_as(TlsStream& link);
    void lose() { fail(ECONNRESET); }
    // One that is quiet, out of the process before.
    struct Paused
    {
        fleet::LinkPlace place;
        bool ends = false;                // nothing is written any more
        std::vector<std::uint8_t> unread; // has come already

        template <class Self, class Archive>
        static void fields(Self& self, Archive& archive)
        {
            archive(self.place, self.ends, self.unread);
        }
    };
    TlsStream(int socket, const Paused& paused);
    [[nodiscard]] Paused paused() const;
    void go_on_from(const Paused& before); // a new one

private:
    struct Free
    {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    [[nodiscard]] IoState state_behind(int result);
    [[nodiscard]] IoState end_of_stream();
    [[nodiscard]] IoResult decrypt(std::span<std::uint8_t> into);
    void watch_alerts();
    bool set_paused(bool paused); // whether it was
    void fail(int error);

    static std::atomic<std::size_t> paused_count_;
    int socket_;
    std::unique_ptr<SSL, Free> ssl_;
    BIO* outgoing_ = nullptr;          // the stream's: what is to be sent, encrypted
    fleet::LinkPlace place_;           // with what is unread
    std::vector<std::uint8_t> unread_; // was decrypted before somebody wanted to read it
    std::chrono::steady_clock::time_point paused_at_;
    int error_ = 0;
    bool is_corked_ = false;
    bool ends_ = false;     // nothing is written any more
    bool was_told_ = false; // of the end, by TLS
    bool is_paused_ = false;
    bool is_cut_ = false; // the other side has paused as well
};

// A player's connection that has come from another node.
struct NamedLink
{
    int socket = -1;
    ConnectionId connection;
};

// The stream of this socket, if it has one. Whoever closes the socket takes it away first.
class TlsSockets
{
public:
    // False if the number is too high for a stream.
    [[nodiscard]] static bool put(int socket, std::unique_ptr<TlsStream> stream);
    [[nodiscard]] static std::unique_ptr<TlsStream> take(int socket);
    [[nodiscard]] static TlsStream* find(int socket)
    {
        if (count_.load(std::memory_order_relaxed) == 0) [[likely]]
            return nullptr;
        const auto at = static_cast<std::size_t>(socket);
        return at < most ? streams_[at].load(std::memory_order_acquire) : nullptr;
    }

    // Those of players from other nodes by their keys, as long as they have a stream.
    static void name(std::uint64_t key, const NamedLink& link);
    [[nodiscard]] static std::optional<NamedLink> find_named(std::uint64_t key);
    [[nodiscard]] static std::vector<NamedLink> named();

private:
    static constexpr std::size_t most = 1U << 20; // nobody touches the memory of those without one
    static std::atomic<std::size_t> count_;
    static std::array<std::atomic<TlsStream*>, most> streams_;
    static std::mutex names_mutex_;
    static std::unordered_map<std::uint64_t, NamedLink> names_;
    static std::unordered_map<int, std::uint64_t> keys_; // of sockets
};

// What the kernel says of a socket, as it is meant of its stream: the end of a connection is not
// that of a stream that may go on on another one.
[[nodiscard]] worker::Readiness readiness_behind(int socket, worker::Readiness readiness);

// Of any socket: through its stream, if it has one.
[[nodiscard]] inline IoResult read_some(int socket, std::span<std::uint8_t> into)
{
    if (TlsStream* stream = TlsSockets::find(socket)) [[unlikely]]
        return stream->read(into);
    return read_now(socket, into);
}
[[nodiscard]] inline IoResult write_some(int socket, std::span<const std::uint8_t> bytes)
{
    if (TlsStream* stream = TlsSockets::find(socket)) [[unlikely]]
        return stream->write(bytes);
    return write_now(socket, bytes);
}
// What is left in its stream goes with the next edge that it is writable.
void flush_stream(int socket);
void end_stream(int socket); // nothing is written any more
// `reset`: as reset_on_close(). Else the other side is told that this is the end.
void close_stream(int socket, bool reset);

} // namespace netplay_relay::net
