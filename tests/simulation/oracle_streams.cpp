// What the oracle has to say of the streams: nothing else may come out than went in, and only
// there.
#include "oracle.hpp"

#include <algorithm>

namespace netplay_relay::simulation {

std::uint8_t byte_of_stream(lobby::ConnectionId id, std::uint64_t position)
{
    constexpr std::array<std::uint8_t, 4> ranp{'R', 'A', 'N', 'P'};
    if (position < ranp.size()) return ranp[position];
    if (position < wire::netplay_header_size) return 6;
    if (position < stream_preface) {
        const std::uint64_t byte = stream_preface - 1 - position;
        return static_cast<std::uint8_t>(id.value >> 8 * byte);
    }
    return static_cast<std::uint8_t>(scramble(id.value << 32 ^ position / 8) >> position % 8 * 8);
}

void Oracle::opens_stream(lobby::ConnectionId id, bool is_guest, const wire::SessionId& session)
{
    Stream& stream = streams_[id];
    stream.is_guest = is_guest;
    stream.session = session;
}

void Oracle::answered(lobby::ConnectionId host_side, const wire::Address& address)
{
    streams_.at(host_side).answered = address;
}

// The preface of its partner is complete: are they meant for each other?
void Oracle::meets(lobby::ConnectionId id, Stream& stream)
{
    const auto found = streams_.find(stream.partner);
    if (found == streams_.end()) return complains("heard of nobody");
    const Stream& partner = found->second;
    if (partner.is_guest == stream.is_guest) complains("two guests or two hosts have met");
    if (partner.session != stream.session) complains("a guest has met another host");
    if (partner.partner.value != 0 && partner.partner != id)
        complains("one stream is heard by two");
    if (!stream.answered) return;
    const bool is_zero = *stream.answered == wire::Address{};
    if (!is_zero && *stream.answered != peers_.at(stream.partner).address)
        complains("the host was told another address of its guest");
}

void Oracle::hears(lobby::ConnectionId id, std::span<const std::uint8_t> bytes)
{
    if (hears_netplay_.contains(id)) return;
    Stream& stream = streams_.at(id);
    if (stream.heard == 0 && (bytes[0] == 'F' || bytes[0] == 'D')) stream.reply = true;
    add_to_trace(id.value);
    add_to_trace(bytes.size());
    if (stream.reply) {
        stream.heard += bytes.size();
        if (stream.heard > wire::netplay_header_size) complains("a refusal reply is too long");
        return;
    }
    bytes_heard_ += bytes.size();
    for (const std::uint8_t byte : bytes) {
        const std::uint64_t position = stream.heard++;
        if (position >= wire::netplay_header_size && position < stream_preface) {
            stream.partner.value = stream.partner.value << 8 | byte;
            if (position + 1 == stream_preface) meets(id, stream);
        } else if (byte != byte_of_stream(stream.partner, position)) {
            return complains("a wrong byte at " + std::to_string(position));
        }
    }
    const auto partner = streams_.find(stream.partner);
    if (stream.heard >= stream_preface && partner != streams_.end() &&
        stream.heard > partner->second.said)
        complains("more was heard than was said");
}

// An orderly end: the partner has finished, nobody broke off, and the relay had no reason of its
// own.
void Oracle::hears_end(lobby::ConnectionId id)
{
    const Stream& stream = streams_.at(id);
    add_to_trace(id.value);
    if (stream.heard < stream_preface || stream.reply || stream.cut) return;
    const Stream& partner = streams_.at(stream.partner);
    if (partner.broken || partner.cut) return;
    if (!partner.finished) return complains("heard the end of a stream that goes on");
    if (stream.heard != partner.said)
        complains("of " + std::to_string(partner.said) + " bytes " + std::to_string(stream.heard) +
                  " were heard");
}

lobby::ConnectionId Oracle::partner_of(lobby::ConnectionId id) const
{
    const Stream& stream = streams_.at(id);
    return stream.heard >= stream_preface && !stream.reply ? stream.partner : lobby::ConnectionId{};
}

wire::SessionId Oracle::session_of(lobby::ConnectionId guest) const
{
    const auto found = streams_.find(guest);
    return found == streams_.end() || !found->second.is_guest ? wire::SessionId{}
                                                              : found->second.session;
}

bool Oracle::heard_all(lobby::ConnectionId id) const
{
    const Stream& stream = streams_.at(id);
    const auto partner = streams_.find(stream.partner);
    return stream.heard >= stream_preface && partner != streams_.end() &&
           partner->second.finished && stream.heard == partner->second.said;
}

} // namespace netplay_relay::simulation
