// A game of Godot as bytes: what it says on its way into a party and there, and what it is told.
#pragma once

#include "websocket/frames.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netplay_relay::tests {

class PartyGame
{
public:
    using Bytes = std::vector<std::uint8_t>;

    static constexpr std::string_view plain_request = "GET / HTTP/1.1\r\nHost: relay\r\n\r\n";

    static std::string head(std::string_view more = {})
    {
        return "GET /game HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
               "Sec-WebSocket-Protocol: netplay-relay.godot.1\r\n" +
               std::string(more) + "\r\n";
    }

    static Bytes frame(websocket::Kind kind, std::string_view payload)
    {
        Bytes bytes;
        const Bytes raw(payload.begin(), payload.end());
        websocket::append_masked_frame(bytes, kind, raw, {1, 2, 3, 4});
        return bytes;
    }

    static Bytes text(std::string_view words) { return frame(websocket::Kind::text, words); }

    // The request with the first message behind it.
    static Bytes hello(std::string_view words, std::string_view headers = {})
    {
        const std::string request = head(headers);
        Bytes bytes(request.begin(), request.end());
        const Bytes first = text(words);
        bytes.insert(bytes.end(), first.begin(), first.end());
        return bytes;
    }
    static Bytes hosts(std::string_view headers = {})
    {
        return hello(R"({"host":{"game":"test 1","max":8}})", headers);
    }
    static Bytes joins(std::string_view code, int id)
    {
        return hello(R"({"join":{"game":"test 1","code":")" + std::string(code) + R"(","id":)" +
                     std::to_string(id) + "}}");
    }
    static Bytes returns(std::string_view token, unsigned got)
    {
        return hello(R"({"return":")" + std::string(token) + R"(","got":)" + std::to_string(got) +
                     "}");
    }

    // One packet, reliable.
    static Bytes packet(int target, std::string_view payload)
    {
        std::string message;
        const auto put = [&](std::uint32_t number) {
            for (unsigned shift = 0; shift < 32; shift += 8)
                message.push_back(static_cast<char>(number >> shift & 0xFFU));
        };
        put(static_cast<std::uint32_t>(target));
        message.push_back(2);
        message.push_back(0);
        put(static_cast<std::uint32_t>(payload.size()));
        message += payload;
        return frame(websocket::Kind::binary, message);
    }

    // What was heard since the last of these, as messages: texts as they are, packets as
    // "1: payload". Without HTTP's answer.
    template <class Heard>
    std::vector<std::string> hears(const Heard& bytes)
    {
        unread_.insert(unread_.end(), bytes.begin(), bytes.end());
        if (!upgraded_) skip_head();
        std::vector<std::string> said;
        if (!upgraded_) return said;
        const Bytes now = std::exchange(unread_, {});
        (void)reader_.feed(now, {1U << 20, 1U << 22}, [&](const websocket::Message& message) {
            said.push_back(words_of(message));
            return true;
        });
        return said;
    }
    [[nodiscard]] const std::string& answer() const { return answer_; } // HTTP's

    // The value of "KEY":"..." in the text.
    static std::string value(std::string_view text, std::string_view key)
    {
        const std::string mark = "\"" + std::string(key) + "\":\"";
        const std::size_t at = text.find(mark);
        if (at == std::string_view::npos) return {};
        const std::size_t from = at + mark.size();
        return std::string(text.substr(from, text.find('"', from) - from));
    }

private:
    void skip_head()
    {
        const std::string all(unread_.begin(), unread_.end());
        const std::size_t end = all.find("\r\n\r\n");
        if (end == std::string::npos) return;
        answer_ = all.substr(0, end);
        upgraded_ = answer_.find(" 101 ") != std::string::npos;
        if (upgraded_)
            unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(end + 4));
    }

    static std::string words_of(const websocket::Message& message)
    {
        const std::string payload(message.payload.begin(), message.payload.end());
        switch (message.kind) {
        case websocket::Kind::text: return payload;
        case websocket::Kind::binary: break;
        case websocket::Kind::ping: return "ping";
        case websocket::Kind::pong: return "pong";
        case websocket::Kind::close: return "close";
        }
        constexpr std::size_t header = 10;
        std::uint32_t source = 0;
        for (std::size_t at = 0; at < 4; ++at)
            source |= std::uint32_t{message.payload[at]} << 8 * at;
        return std::to_string(static_cast<std::int32_t>(source)) + ": " + payload.substr(header);
    }

    websocket::FrameReader reader_{websocket::Side::client};
    Bytes unread_;
    std::string answer_;
    bool upgraded_ = false;
};

} // namespace netplay_relay::tests
