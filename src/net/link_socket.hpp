// A connection between two nodes of a fleet, in Asio's hands until it has become what it is for.
#pragma once

#include "net/tls_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace netplay_relay::net {

// How operations are awaited here: an error is a value of their result.
inline constexpr auto as_values = boost::asio::as_tuple(boost::asio::use_awaitable);

class LinkSocket
{
public:
    explicit LinkSocket(boost::asio::io_context& io) : socket_(io), deadline_(io) {}
    LinkSocket(LinkSocket&&) = delete;
    ~LinkSocket() { close(); }

    // Whatever is awaited fails then; again and again it is so long from now on.
    void limit(std::chrono::milliseconds time);

    // All must outlive what is awaited. False if it failed: problem() says why.
    [[nodiscard]] boost::asio::awaitable<bool> connect(const wire::Endpoint& to);
    void adopt(UniqueFd socket);
    [[nodiscard]] boost::asio::awaitable<bool> shake_hands(const TlsContext& context,
                                                           TlsStream::Role role);
    [[nodiscard]] boost::asio::awaitable<bool> read(std::span<std::uint8_t> whole);
    // 0 at the end, or if it failed.
    [[nodiscard]] boost::asio::awaitable<std::size_t> read_some(std::span<std::uint8_t> into);
    [[nodiscard]] boost::asio::awaitable<bool> write(std::span<const std::uint8_t> all);

    // The socket, whose number leads to its stream from now on; not open if that cannot be.
    [[nodiscard]] UniqueFd release();
    void close();
    // From here on it is a player's.
    void begin_at(const fleet::LinkPlace& place) { stream_->begin_at(place); }

    // Whether the other kernel has taken all that was written, and nobody has hung up.
    [[nodiscard]] bool is_acknowledged() { return net::is_acknowledged(socket_.native_handle()); }

    [[nodiscard]] const std::string& problem() const { return problem_; }
    // Whether the other one has another key, or speaks no TLS.
    [[nodiscard]] bool is_stranger() const { return is_stranger_; }

private:
    [[nodiscard]] boost::asio::awaitable<bool> wait();
    void fail(const std::string& problem);

    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer deadline_;
    std::unique_ptr<TlsStream> stream_;
    std::string problem_;
    bool is_late_ = false;
    bool is_stranger_ = false;
    // The deadline may be over, and told of only when this is gone.
    std::shared_ptr<char> lives_ = std::make_shared<char>();
};

} // namespace netplay_relay::net
