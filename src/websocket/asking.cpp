#include "websocket/asking.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <openssl/evp.h>

namespace netplay_relay::websocket {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::size_t sentence_size_max = 1024;
constexpr unsigned switching_protocols = 101;

template <class Text>
std::string_view view_of(const Text& text)
{
    return {text.data(), text.size()};
}

// In one line.
std::string sentence_of(std::string_view body)
{
    std::string sentence(body.substr(0, sentence_size_max));
    while (!sentence.empty() && (sentence.back() == '\n' || sentence.back() == '\r'))
        sentence.pop_back();
    return sentence;
}

} // namespace

std::string key_from(const KeyBytes& random)
{
    std::array<std::uint8_t, 25> encoded{}; // 24 letters and a NUL
    EVP_EncodeBlock(encoded.data(), random.data(), static_cast<int>(random.size()));
    return {encoded.begin(), encoded.end() - 1};
}

std::string request(std::string_view host, std::string_view path, std::string_view key,
                    std::string_view subprotocol)
{
    std::string text = "GET ";
    text.append(path).append(" HTTP/1.1\r\nHost: ").append(host);
    text += "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
    text.append("Sec-WebSocket-Key: ").append(key);
    text.append("\r\nSec-WebSocket-Protocol: ").append(subprotocol);
    return text.append(head_end);
}

Answer read_answer(std::span<const std::uint8_t> first, std::string_view key,
                   std::string_view subprotocol)
{
    const std::string_view text(reinterpret_cast<const char*>(first.data()), first.size());
    const std::size_t end = text.find(head_end);
    if (end == std::string_view::npos) {
        if (first.size() < head_size_max) return NeedMoreHead{};
        return NotAccepted{0, "The head of the answer is too long."};
    }
    const std::size_t used = end + head_end.size();
    http::response_parser<http::empty_body> parser;
    parser.header_limit(head_size_max);
    parser.skip(true); // the body is read here
    boost::beast::error_code error;
    parser.put(boost::asio::const_buffer(first.data(), used), error);
    if (!parser.is_header_done()) return NotAccepted{0, "The answer is no HTTP."};
    const auto& answer = parser.get();
    if (answer.result_int() != switching_protocols) {
        const auto length = parser.content_length().value_or(0);
        const auto body = text.substr(used);
        if (body.size() < std::min<std::size_t>(length, sentence_size_max)) return NeedMoreHead{};
        return NotAccepted{answer.result_int(), sentence_of(body)};
    }
    if (view_of(answer[http::field::sec_websocket_accept]) != accept_of(key))
        return NotAccepted{switching_protocols, "The answer is not to our key."};
    if (view_of(answer[http::field::sec_websocket_protocol]) != subprotocol)
        return NotAccepted{switching_protocols, "The server speaks another subprotocol."};
    return Accepted{used};
}

} // namespace netplay_relay::websocket
