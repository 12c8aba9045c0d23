#include "net/link_socket.hpp"

#include <cerrno>
#include <cstring>

namespace netplay_relay::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

tcp::endpoint to_asio(const wire::Endpoint& endpoint)
{
    if (endpoint.address.is_ipv4()) {
        asio::ip::address_v4::bytes_type bytes{};
        std::memcpy(bytes.data(), endpoint.address.bytes.data() + 12, bytes.size());
        return {asio::ip::address_v4(bytes), endpoint.port};
    }
    asio::ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), endpoint.address.bytes.data(), bytes.size());
    return {asio::ip::address_v6(bytes), endpoint.port};
}

} // namespace

void LinkSocket::limit(std::chrono::milliseconds time)
{
    deadline_.expires_after(time);
    const std::weak_ptr<char> lives = lives_;
    deadline_.async_wait([this, lives](const boost::system::error_code& error) {
        if (error || lives.expired()) return;
        is_late_ = true;
        boost::system::error_code ignored;
        socket_.close(ignored);
    });
}

asio::awaitable<bool> LinkSocket::connect(const wire::Endpoint& to)
{
    const tcp::endpoint endpoint = to_asio(to);
    boost::system::error_code problem;
    socket_.open(endpoint.protocol(), problem);
    if (!problem) socket_.non_blocking(true, problem);
    if (problem || !prepare_link(socket_.native_handle())) {
        fail("no socket for it");
        co_return false;
    }
    auto [error] = co_await socket_.async_connect(endpoint, as_values);
    if (error) fail("no connection: " + error.message());
    co_return !error;
}

void LinkSocket::adopt(UniqueFd socket)
{
    const bool is_ipv4 = local_endpoint(socket.value()).address.is_ipv4();
    boost::system::error_code ignored;
    socket_.assign(is_ipv4 ? tcp::v4() : tcp::v6(), socket.release(), ignored);
    socket_.non_blocking(true, ignored);
}

asio::awaitable<bool> LinkSocket::shake_hands(const TlsContext& context, TlsStream::Role role)
{
    stream_ = std::make_unique<TlsStream>(context, socket_.native_handle(), role);
    for (;;) {
        const IoState state = stream_->shake_hands();
        if (state == IoState::moved) co_return true;
        if (state != IoState::blocked) {
            is_stranger_ = stream_->error() == EPROTO;
            fail(stream_->error() == EPROTO ? "it has another key, or is no node of a fleet"
                                            : "it hung up before TLS");
            co_return false;
        }
        if (!co_await wait()) co_return false;
    }
}

asio::awaitable<bool> LinkSocket::wait()
{
    const auto what = stream_->has_unsent() ? tcp::socket::wait_write : tcp::socket::wait_read;
    auto [error] = co_await socket_.async_wait(what, as_values);
    if (error) fail(error.message());
    if (!error) stream_->flush();
    co_return !error;
}

asio::awaitable<std::size_t> LinkSocket::read_some(std::span<std::uint8_t> into)
{
    for (;;) {
        const IoResult got = stream_->read(into);
        if (got.state == IoState::moved) co_return got.bytes;
        if (got.state != IoState::blocked) {
            fail("it hung up");
            co_return 0;
        }
        if (!co_await wait()) co_return 0;
    }
}

asio::awaitable<bool> LinkSocket::read(std::span<std::uint8_t> whole)
{
    while (!whole.empty()) {
        const std::size_t got = co_await read_some(whole);
        if (got == 0) co_return false;
        whole = whole.subspan(got);
    }
    co_return true;
}

asio::awaitable<bool> LinkSocket::write(std::span<const std::uint8_t> all)
{
    while (!all.empty() || stream_->has_unsent()) {
        const IoResult sent = stream_->write(all);
        if (sent.state == IoState::failed) {
            fail("it hung up");
            co_return false;
        }
        all = all.subspan(sent.bytes);
        if (stream_->has_unsent() && !co_await wait()) co_return false;
    }
    co_return true;
}

UniqueFd LinkSocket::release()
{
    deadline_.cancel();
    boost::system::error_code error;
    UniqueFd socket(socket_.release(error));
    if (error || !TlsSockets::put(socket.value(), std::move(stream_))) return {};
    return socket;
}

void LinkSocket::close()
{
    deadline_.cancel();
    stream_.reset();
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void LinkSocket::fail(const std::string& problem)
{
    if (problem_.empty()) problem_ = is_late_ ? "no answer in time" : problem;
}

} // namespace netplay_relay::net
