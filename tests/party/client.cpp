#include "client.hpp"

#include "base/byte_order.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace netplay_relay::party {

namespace {

constexpr std::string_view modes = "uor";
constexpr std::size_t head_size = 10;
constexpr websocket::Limits no_limits{64U << 20U, 64U << 20U};

void append_little(Bytes& to, std::uint32_t value)
{
    for (const std::uint8_t byte : little_endian(value))
        to.push_back(byte);
}

} // namespace

Bytes bytes_of_text(std::string_view text) { return {text.begin(), text.end()}; }

std::string upgrade_request(const std::string& lines)
{
    return "GET /any/path HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\n"
           "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: other, netplay-relay.godot.1\r\n" +
           lines + "\r\n";
}

Bytes packets_of(const std::vector<Sent>& packets)
{
    Bytes all;
    for (const Sent& packet : packets) {
        const auto mode = static_cast<std::uint8_t>(modes.find(packet.mode));
        const auto first =
            packet.targets ? static_cast<std::int32_t>(packet.targets->size()) : packet.target;
        append_little(all, static_cast<std::uint32_t>(first));
        all.push_back(packet.targets ? mode | 0x80U : mode);
        all.push_back(packet.channel);
        append_little(all, static_cast<std::uint32_t>(packet.payload.size()));
        for (const std::int32_t target : packet.targets.value_or(std::vector<std::int32_t>{}))
            append_little(all, static_cast<std::uint32_t>(target));
        all.insert(all.end(), packet.payload.begin(), packet.payload.end());
    }
    return all;
}

Bytes masked(websocket::Kind kind, std::span<const std::uint8_t> payload)
{
    Bytes frame;
    websocket::append_masked_frame(frame, kind, payload, {0x12, 0x34, 0x56, 0x78});
    return frame;
}

void ScriptedPeer::connects()
{
    http.clear();
    welcomed.reset();
    seen = 0;
    hung = false;
    ended = false;
    is_open_ = false;
    head_.clear();
    reader_ = websocket::FrameReader(websocket::Side::client);
}

Bytes ScriptedPeer::hear(std::span<const std::uint8_t> bytes)
{
    INFO(name_);
    replies_.clear();
    if (!is_open_) {
        head_.insert(head_.end(), bytes.begin(), bytes.end());
        http.assign(head_.begin(), head_.end());
        const std::size_t end = http.find("\r\n\r\n");
        if (end == std::string::npos || !http.starts_with("HTTP/1.1 101 ")) return {};
        is_open_ = true;
        bytes = bytes.subspan(bytes.size() - (http.size() - end - 4));
        http.resize(end + 4);
    }
    const auto fault = reader_.feed(bytes, no_limits, [this](const websocket::Message& message) {
        take(message);
        return true;
    });
    CHECK_FALSE(fault);
    CHECK(reader_.kept() == 0); // whole frames only
    return std::exchange(replies_, {});
}

void ScriptedPeer::take(const websocket::Message& message)
{
    using websocket::Kind;
    CHECK_FALSE(hung); // nothing behind it
    const std::string text(message.payload.begin(), message.payload.end());
    switch (message.kind) {
    case Kind::text: return take_text(text);
    case Kind::binary: return take_packets(message.payload);
    case Kind::ping: {
        ++pings;
        const Bytes pong = masked(Kind::pong, message.payload);
        if (!mute) replies_.insert(replies_.end(), pong.begin(), pong.end());
        return;
    }
    case Kind::pong: ponged.assign(text.begin(), text.end()); return;
    case Kind::close: hung = true; return;
    }
}

void ScriptedPeer::take_text(std::string_view text)
{
    const auto said = nlohmann::json::parse(text);
    if (said.contains("got")) {
        CHECK(said["got"].get<std::uint64_t>() >= confirmed);
        confirmed = said["got"];
        ++gots;
        if (said.contains("rtt")) round_trip = said["rtt"].dump();
        return;
    }
    if (said.contains("welcome")) {
        const auto& body = said["welcome"];
        welcomed =
            Welcomed{body["id"],     body["code"], body["token"], body["mesh"], body["peers"],
                     body["packet"], body["hold"], body["again"], body["got"]};
        confirmed = welcomed->got;
        return;
    }
    CHECK_FALSE(ended); // nothing behind the last word
    ++got;
    ended = said.contains("close");
    told_.emplace_back(text);
}

void ScriptedPeer::take_packets(std::span<const std::uint8_t> message)
{
    CHECK_FALSE(ended);
    seen += message.size();
    std::string words;
    bool is_reliable = false;
    for (bool is_first = true; !message.empty(); is_first = false) {
        REQUIRE(message.size() >= head_size);
        const auto source = static_cast<std::int32_t>(load_little<std::uint32_t>(message));
        REQUIRE(message[4] < modes.size());
        const char mode = modes[message[4]];
        if (!is_first) CHECK(is_reliable == (mode == 'r'));
        is_reliable = mode == 'r';
        const std::size_t size = load_little<std::uint32_t>(message.subspan(6));
        words += (is_first ? "" : " + ") + std::to_string(source) + " " + mode +
                 std::to_string(message[5]) + " ";
        message = message.subspan(head_size);
        REQUIRE(message.size() >= size);
        words.append(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
        message = message.subspan(size);
    }
    got += is_reliable ? 1 : 0;
    told_.push_back(std::move(words));
}

Words ScriptedPeer::told() { return std::exchange(told_, {}); }

std::string ScriptedPeer::progress() const
{
    return "{\"got\":" + std::to_string(got) + ",\"seen\":" + std::to_string(seen) + "}";
}

} // namespace netplay_relay::party
