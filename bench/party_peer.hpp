// One peer of a party, as the addon makes a game one (docs/godot_protocol.md), on a raw socket.
#pragma once

#include "party/client_control.hpp"
#include "party/packet.hpp"
#include "target.hpp"
#include "websocket/frames.hpp"

#include <string>
#include <vector>

namespace bench {

using netplay_relay::party::Mode;
using netplay_relay::party::Packet;
using netplay_relay::websocket::Kind;

// A payload: when it was sent, by whom, its number, and what follows from these.
inline constexpr std::size_t party_payload_size = 24;

struct PartyStamp
{
    std::uint64_t time = 0;
    std::uint32_t sender = 0;
    std::uint32_t number = 0;
};
void append_payload(std::vector<std::uint8_t>& to, const PartyStamp& stamp);
// Throws IntegrityFailure if it is none.
PartyStamp read_payload(std::span<const std::uint8_t> payload);

class PartyPeer
{
public:
    // In the party when it returns; an empty code: it opens one.
    PartyPeer(const Target& target, const std::string& code, std::int32_t id);

    const Socket& socket() const { return socket_; }
    std::int32_t id() const { return id_; }
    const std::string& code() const { return code_; }

    // One message of so many packets.
    void send(std::int32_t target, Mode mode, std::size_t packets, const PartyStamp& first);

    // What has come; answers what is to be answered. take(const Packet&) is called for each.
    template <class Take>
    void receive(Take&& take);

private:
    std::span<const std::uint8_t> read_some();
    void write(Kind kind, std::span<const std::uint8_t> payload);
    void hear_text(std::span<const std::uint8_t> text);
    void note_in(std::size_t bytes, bool numbered);
    void say_progress();
    void enter(const std::string& first);

    Socket socket_;
    std::int32_t id_;
    std::string code_;
    netplay_relay::websocket::FrameReader reader_{netplay_relay::websocket::Side::client};
    std::vector<std::uint8_t> message_;
    std::vector<std::uint8_t> frame_;
    std::uint64_t numbered_ = 0;
    std::uint64_t seen_ = 0;
    unsigned untold_ = 0;
    std::size_t untold_bytes_ = 0;
    std::uint64_t untold_since_ = 0;
};

inline constexpr std::size_t party_message_max = 2U << 20U;

template <class Take>
void PartyPeer::receive(Take&& take)
{
    const auto bytes = read_some();
    const auto fault =
        reader_.feed(bytes, {party_message_max, party_message_max}, [&](const auto& message) {
            if (message.kind == Kind::text) hear_text(message.payload);
            if (message.kind == Kind::ping) write(Kind::pong, message.payload);
            if (message.kind == Kind::close) throw IntegrityFailure("the relay has closed");
            if (message.kind != Kind::binary) return true;
            netplay_relay::party::PacketReader packets(message.payload, party_message_max, 0);
            bool reliable = false;
            while (const auto packet = packets.next()) {
                reliable = packet->mode == Mode::reliable;
                take(*packet);
            }
            if (packets.fault()) throw IntegrityFailure("a packet makes no sense");
            seen_ += message.payload.size();
            note_in(message.payload.size(), reliable);
            return true;
        });
    if (fault) throw IntegrityFailure("what came is no WebSocket");
}

} // namespace bench
