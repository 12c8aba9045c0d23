// One request to a web server and its answer, over a connection of its own, encrypted or not.
#pragma once

#include "outward/post.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>

namespace netplay_relay::outward {

// From the connection's first packet to the answer's last byte.
inline constexpr std::chrono::seconds exchange_limit{15};

// Whom we believe: the system's certificate store (or that of SSL_CERT_FILE), TLS 1.2 or later. The
// store takes some 20 ms to read, so it is read when it is needed first, and kept.
class Trust
{
public:
    [[nodiscard]] boost::asio::ssl::context& context();

private:
    std::unique_ptr<boost::asio::ssl::context> context_;
};

// Never fails: whatever goes wrong is in the answer. `post` and `trust` outlive it.
[[nodiscard]] boost::asio::awaitable<Answer> exchange(const Post& post, Trust& trust);

} // namespace netplay_relay::outward
