#include "websocket/upgrade.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <openssl/evp.h>
#include <optional>
#include <string_view>

namespace netplay_relay::websocket {

namespace http = boost::beast::http;

namespace {

using Parser = http::request_parser<http::empty_body>;
using Field = http::field;

constexpr std::string_view head_end = "\r\n\r\n";
// Section 1.3: what the answer to a key is made with.
constexpr std::string_view accept_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t key_size = 24;
constexpr std::size_t key_letters = 22; // of 16 bytes; padding is the rest
constexpr int sha1_size = 20;
constexpr std::size_t accept_size = 28;

template <class Text>
std::string_view view_of(const Text& text)
{
    return {text.data(), text.size()};
}

// How many bytes the head has; 0 while it has no end. Whoever sends it byte by byte has all of it
// looked through each time, so this looks at few bytes, whatever they are.
std::size_t size_of_head(std::string_view text)
{
    for (std::size_t last = head_end.size() - 1; last < text.size();) {
        const char letter = text[last];
        if (letter != '\n')
            last += letter == '\r' ? 1 : head_end.size();
        else if (text.substr(last + 1 - head_end.size(), head_end.size()) == head_end)
            return last + 1;
        else
            last += 2;
    }
    return 0;
}

std::string_view trimmed(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

// The values between commas of all lines of that name, in their order (RFC 9110, section 5.6.1).
template <class Name>
std::vector<std::string> values_of(const Parser& parser, Name name)
{
    std::vector<std::string> values;
    const auto lines = parser.get().equal_range(name);
    for (auto line = lines.first; line != lines.second; ++line) {
        std::string_view rest = view_of(line->value());
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find(','), rest.size());
            const std::string_view value = trimmed(rest.substr(0, end));
            if (!value.empty()) values.emplace_back(value);
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return values;
}

// Each line whole.
std::vector<std::string> lines_of(const Parser& parser, Field name)
{
    std::vector<std::string> values;
    const auto lines = parser.get().equal_range(name);
    for (auto line = lines.first; line != lines.second; ++line)
        values.emplace_back(trimmed(view_of(line->value())));
    return values;
}

bool has_word(const Parser& parser, Field name, std::string_view word)
{
    return std::ranges::any_of(values_of(parser, name), [&](const std::string& value) {
        return boost::beast::iequals({value.data(), value.size()}, {word.data(), word.size()});
    });
}

// Nothing if it is there twice.
std::optional<std::string_view> only_value(const Parser& parser, Field name)
{
    if (parser.get().count(name) != 1) return std::nullopt;
    return trimmed(view_of(parser.get()[name]));
}

bool is_key(std::string_view text)
{
    const auto is_letter = [](char letter) {
        return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
               (letter >= '0' && letter <= '9') || letter == '+' || letter == '/';
    };
    return text.size() == key_size && std::ranges::all_of(text.substr(0, key_letters), is_letter) &&
           text.substr(key_letters) == "==";
}

// Section 4.2.1, in the order in which it helps most whoever is told.
std::optional<BadRequest> fault_of(const Parser& parser, std::string_view subprotocol)
{
    const auto& request = parser.get();
    const bool no_websocket = !has_word(parser, Field::upgrade, "websocket");
    const auto bad = [&](unsigned status, std::string sentence) {
        return BadRequest{status, std::move(sentence), no_websocket};
    };
    if (request.method() != http::verb::get) return bad(405, "Only GET is answered here.");
    if (parser.content_length().value_or(0) != 0 || request.count(Field::transfer_encoding) != 0)
        return bad(400, "A request with a body is not answered here.");
    if (no_websocket) return bad(426, "This address is for games: it speaks WebSocket only.");
    if (request.version() != 11 || !has_word(parser, Field::connection, "upgrade"))
        return bad(400, "A WebSocket begins with HTTP/1.1 and \"Connection: Upgrade\".");
    if (only_value(parser, Field::sec_websocket_version) != "13")
        return bad(426, "Only version 13 of WebSocket is spoken here.");
    if (!is_key(only_value(parser, Field::sec_websocket_key).value_or("")))
        return bad(400, "The Sec-WebSocket-Key is not 16 bytes in base64.");
    const auto offered = values_of(parser, Field::sec_websocket_protocol);
    if (std::ranges::find(offered, subprotocol) == offered.end())
        return bad(400, "Only the subprotocol " + std::string(subprotocol) + " is spoken here.");
    return std::nullopt;
}

} // namespace

Head read_head(std::span<const std::uint8_t> first, std::string_view subprotocol)
{
    const std::size_t size = std::min(first.size(), head_size_max);
    const std::string_view text(reinterpret_cast<const char*>(first.data()), size);
    const std::size_t used = size_of_head(text);
    if (used == 0) {
        if (size < head_size_max) return NeedMoreHead{};
        return BadRequest{431, "The head of the request is too long.", false};
    }
    // Beast is asked once, when the head is there: to ask it again for each byte would cost more.
    // Its error codes are not looked into: which library made them may differ between two files.
    Parser parser;
    parser.header_limit(head_size_max);
    boost::beast::error_code error;
    parser.put(boost::asio::const_buffer(first.data(), used), error);
    if (!parser.is_header_done()) return BadRequest{400, "This is no HTTP request.", true};
    if (auto bad = fault_of(parser, subprotocol)) return *std::move(bad);
    return Upgrade{used, std::string(*only_value(parser, Field::sec_websocket_key)),
                   values_of(parser, "X-Forwarded-For"), lines_of(parser, Field::origin)};
}

std::string accept_of(std::string_view key)
{
    const std::string asked = std::string(key).append(accept_suffix);
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    ensure(EVP_Digest(asked.data(), asked.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1,
           "SHA-1 is not there");
    std::array<std::uint8_t, accept_size + 1> encoded{}; // and a NUL
    EVP_EncodeBlock(encoded.data(), digest.data(), sha1_size);
    return {encoded.begin(), encoded.end() - 1};
}

std::string acceptance(const Upgrade& upgrade, std::string_view subprotocol)
{
    std::string answer = "HTTP/1.1 101 Switching Protocols\r\n"
                         "Upgrade: websocket\r\n"
                         "Connection: Upgrade\r\n"
                         "Sec-WebSocket-Accept: ";
    answer.append(accept_of(upgrade.key)).append("\r\nSec-WebSocket-Protocol: ");
    answer.append(subprotocol).append(head_end);
    return answer;
}

std::string refusal(const BadRequest& request)
{
    const std::string body = request.sentence + "\n";
    std::string answer = "HTTP/1.1 " + std::to_string(request.status) + " ";
    answer += view_of(http::obsolete_reason(http::int_to_status(request.status)));
    answer += "\r\nConnection: close\r\n";
    if (request.status == 405) answer += "Allow: GET\r\n";
    if (request.status == 426)
        answer += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    answer += "Content-Type: text/plain; charset=utf-8\r\nContent-Length: ";
    answer += std::to_string(body.size());
    return answer.append(head_end).append(body);
}

} // namespace netplay_relay::websocket
