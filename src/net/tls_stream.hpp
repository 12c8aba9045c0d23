// TLS between the nodes of a fleet, on a socket that does not block: TLS 1.3 with a key that both
// have, and no certificates.
//
// What is read and written by number elsewhere (socket_io) may be such a stream: its socket's
// number leads to it, in every thread of the process.
#pragma once

#include "net/tcp.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <openssl/ssl.h>
#include <optional>
#include <span>
#include <string>
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

private:
    struct Free
    {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    [[nodiscard]] IoState state_behind(int result);
    void fail(int error);

    int socket_;
    std::unique_ptr<SSL, Free> ssl_;
    BIO* outgoing_; // the stream's: what is to be sent, encrypted
    int error_ = 0;
    bool is_corked_ = false;
    bool ends_ = false; // nothing is written any more
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

private:
    static constexpr std::size_t most = 1U << 20; // nobody touches the memory of those without one
    static std::atomic<std::size_t> count_;
    static std::array<std::atomic<TlsStream*>, most> streams_;
};

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
