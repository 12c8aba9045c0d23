#include "outward/exchange.hpp"

#include "outward/as_values.hpp"
#include "wire/address.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <optional>
#include <string>
#include <string_view>

namespace netplay_relay::outward {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;

namespace {

constexpr std::uint32_t header_bytes_max = 16384;
constexpr std::uint64_t body_bytes_max = 65536;
constexpr unsigned status_least = 100; // of HTTP
constexpr unsigned status_final = 200; // less than that says that the answer is still to come
constexpr int interim_answers_most = 5;

using Request = http::request<http::string_body>;
using PlainStream = beast::tcp_stream;
using Parser = http::response_parser<http::string_body>;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

Request request_of(const Post& post)
{
    constexpr unsigned http_1_1 = 11;
    Request request;
    request.version(http_1_1);
    request.method_string(post.method);
    request.target(post.url.target);
    request.set(http::field::host, config::host_field(post.url));
    request.set(http::field::user_agent, "netplay-relay/" NETPLAY_RELAY_VERSION);
    request.set(http::field::content_type, post.content_type);
    request.set(http::field::accept, "*/*");
    if (!post.token.empty()) request.set(http::field::authorization, "Bearer " + post.token);
    request.keep_alive(false);
    request.body() = post.body;
    request.prepare_payload();
    return request;
}

std::string words_for(const beast::error_code& error)
{
    if (error == beast::error::timeout) return "no answer in time";
    if (error == http::error::end_of_stream || error == asio::error::eof ||
        error == ssl::error::stream_truncated || error == http::error::partial_message)
        return "the server hung up";
    return error.message();
}

bool is_interim(unsigned status) { return status >= status_least && status < status_final; }

// Sends the request and reads the answer.
template <class Stream>
asio::awaitable<void> talk(Stream& stream, const Post& post, Answer& answer)
{
    Request request = request_of(post);
    auto [not_sent, sent] = co_await http::async_write(stream, request, as_values);
    if (not_sent) {
        answer.problem = words_for(not_sent);
        co_return;
    }
    beast::flat_buffer buffer;
    std::optional<Parser> parser;
    unsigned status = status_least;
    for (int read = 0; is_interim(status) && read <= interim_answers_most; ++read) {
        parser.emplace();
        parser->header_limit(header_bytes_max);
        parser->body_limit(body_bytes_max);
        auto [not_read, bytes] = co_await http::async_read(stream, buffer, *parser, as_values);
        // What it has decided is known with the header.
        if (!parser->is_header_done()) {
            const bool is_end = not_read == http::error::end_of_stream || !not_read;
            answer.problem = is_end ? "the server hung up" : words_for(not_read);
            co_return;
        }
        status = parser->get().result_int();
    }
    if (status < status_final) {
        answer.problem = is_interim(status)
                             ? "no answer but that one will come"
                             : "the answer is no HTTP: its status is " + std::to_string(status);
        co_return;
    }
    auto& response = parser->get();
    answer.status = status;
    answer.body = std::move(response.body());
    const std::string wish(response[http::field::retry_after]);
    answer.retry_after = retry_after_of(wish, answer.body);
}

// The name, or the address, must be one of the certificate's.
bool expect(TlsStream& stream, const std::string& host)
{
    SSL* const native = stream.native_handle();
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(native);
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (wire::parse_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
    return SSL_set_tlsext_host_name(native, host.c_str()) == 1 &&
           X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()) == 1;
}

std::string handshake_problem(TlsStream& stream, const beast::error_code& error)
{
    const long verdict = SSL_get_verify_result(stream.native_handle());
    if (verdict != X509_V_OK)
        return std::string("its certificate is refused: ") + X509_verify_cert_error_string(verdict);
    return "no TLS: " + words_for(error);
}

asio::awaitable<void> talk_tls(TlsStream& stream, const Post& post, Answer& answer)
{
    if (!expect(stream, post.url.host)) {
        answer.problem = "its name cannot be checked";
        co_return;
    }
    auto [error] = co_await stream.async_handshake(ssl::stream_base::client, as_values);
    if (error) {
        answer.problem = handshake_problem(stream, error);
        co_return;
    }
    co_await talk(stream, post, answer);
}

asio::awaitable<bool> connect(beast::tcp_stream& stream, const Post& post, Answer& answer)
{
    const auto executor = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver(executor);
    const std::string port = std::to_string(post.url.port);
    const auto flags = asio::ip::resolver_base::numeric_service;
    asio::ip::tcp::resolver::results_type found;
    beast::error_code unknown;
    if (post.ipv4_only) {
        auto [error, results] = co_await resolver.async_resolve(asio::ip::tcp::v4(), post.url.host,
                                                                port, flags, as_values);
        unknown = error;
        found = results;
    } else {
        auto [error, results] =
            co_await resolver.async_resolve(post.url.host, port, flags, as_values);
        unknown = error;
        found = results;
    }
    if (unknown) {
        answer.problem = "its name is not found: " + unknown.message();
        co_return false;
    }
    stream.expires_after(exchange_limit);
    auto [error, endpoint] = co_await stream.async_connect(found, as_values);
    if (error) answer.problem = "no connection: " + words_for(error);
    co_return !error;
}

} // namespace

ssl::context& Trust::context()
{
    if (context_) return *context_;
    context_ = std::make_unique<ssl::context>(ssl::context::tls_client);
    beast::error_code ignored; // without a store nobody is believed, and each post says so
    context_->set_default_verify_paths(ignored);
    context_->set_verify_mode(ssl::verify_peer);
    SSL_CTX_set_min_proto_version(context_->native_handle(), TLS1_2_VERSION);
    return *context_;
}

asio::awaitable<Answer> exchange(const Post& post, Trust& trust)
{
    const auto executor = co_await asio::this_coro::executor;
    Answer answer;
    if (post.url.is_tls) {
        TlsStream stream(executor, trust.context());
        const bool connected = co_await connect(stream.next_layer(), post, answer);
        if (connected) co_await talk_tls(stream, post, answer);
    } else {
        PlainStream stream(executor);
        const bool connected = co_await connect(stream, post, answer);
        if (connected) co_await talk(stream, post, answer);
    }
    co_return answer;
}

} // namespace netplay_relay::outward
