#include "party_peer.hpp"

#include "websocket/asking.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace bench {

namespace party = netplay_relay::party;
namespace websocket = netplay_relay::websocket;

namespace {

constexpr websocket::Mask mask{0x5A, 0xC3, 0x96, 0x0F};
constexpr std::size_t read_size = 256U << 10U;
constexpr unsigned acknowledge_messages = 16;
constexpr std::size_t acknowledge_bytes = 8U << 10U;
constexpr std::uint64_t acknowledge_delay = 100'000'000;

std::uint64_t check_of(const PartyStamp& stamp)
{
    std::uint64_t value =
        stamp.time ^ (std::uint64_t{stamp.sender} << 32U | stamp.number) * 0x9E3779B97F4A7C15U;
    value ^= value >> 29U;
    return value * 0xBF58476D1CE4E5B9U;
}

} // namespace

void append_payload(std::vector<std::uint8_t>& to, const PartyStamp& stamp)
{
    std::array<std::uint8_t, party_payload_size> bytes{};
    const std::uint64_t check = check_of(stamp);
    std::memcpy(bytes.data(), &stamp, 16);
    std::memcpy(&bytes[16], &check, sizeof check);
    to.insert(to.end(), bytes.begin(), bytes.end());
}

PartyStamp read_payload(std::span<const std::uint8_t> payload)
{
    static_assert(sizeof(PartyStamp) == 16);
    PartyStamp stamp;
    std::uint64_t check = 0;
    if (payload.size() != party_payload_size) throw IntegrityFailure("a packet of another size");
    std::memcpy(&stamp, payload.data(), sizeof stamp);
    std::memcpy(&check, &payload[sizeof stamp], sizeof check);
    if (check != check_of(stamp)) throw IntegrityFailure("a packet has changed");
    return stamp;
}

PartyPeer::PartyPeer(const Target& target, const std::string& code, std::int32_t id)
    : socket_(connect_to(target.address)), id_(id), code_(code)
{
    const std::string key = websocket::key_from({1, 2, 3});
    const std::string asked = websocket::request("bench", "/", key, party::subprotocol);
    write_all(socket_, party::bytes_of(asked));
    std::vector<std::uint8_t> answer;
    for (;;) {
        std::array<unsigned char, 1> byte{};
        read_all(socket_, byte);
        answer.push_back(byte[0]);
        const auto read = websocket::read_answer(answer, key, party::subprotocol);
        if (std::holds_alternative<websocket::Accepted>(read)) break;
        if (const auto* refused = std::get_if<websocket::NotAccepted>(&read))
            throw std::runtime_error("the relay takes no WebSocket: " + refused->sentence);
    }
    enter(code.empty() ? party::write_host({"bench", 0, false, {}})
                       : party::write_join(code, "bench", id));
}

void PartyPeer::enter(const std::string& first)
{
    code_.clear();
    write(Kind::text, party::bytes_of(first));
    while (code_.empty())
        receive([](const Packet&) { throw IntegrityFailure("a packet before the welcome"); });
}

void PartyPeer::send(std::int32_t target, Mode mode, std::size_t packets, const PartyStamp& first)
{
    message_.clear();
    std::vector<std::uint8_t> payload;
    PartyStamp stamp = first;
    for (std::size_t at = 0; at < packets; ++at, ++stamp.number) {
        payload.clear();
        append_payload(payload, stamp);
        party::append_request(message_, {target, mode, 0, false, {}, payload});
    }
    write(Kind::binary, message_);
}

void PartyPeer::write(Kind kind, std::span<const std::uint8_t> payload)
{
    frame_.clear();
    websocket::append_masked_frame(frame_, kind, payload, mask);
    const ssize_t size = ::send(socket_.fd(), frame_.data(), frame_.size(), MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN) fail("send");
    if (size != static_cast<ssize_t>(frame_.size()))
        throw std::runtime_error("the target cannot keep up: a socket is full");
}

std::span<const std::uint8_t> PartyPeer::read_some()
{
    static std::array<std::uint8_t, read_size> scratch; // all on one thread
    const ssize_t got = recv(socket_.fd(), scratch.data(), scratch.size(), 0);
    if (got < 0 && errno == EAGAIN) return {};
    if (got < 0) fail("receive");
    if (got == 0) throw IntegrityFailure("the target closed a connection in use");
    return std::span(scratch).first(static_cast<std::size_t>(got));
}

void PartyPeer::hear_text(std::span<const std::uint8_t> text)
{
    const auto told = party::read_told(text);
    if (!told) throw IntegrityFailure("a control message makes no sense");
    if (const auto* close = std::get_if<party::Close>(&*told))
        throw std::runtime_error("sent away: " + close->reason);
    if (const auto* welcome = std::get_if<party::Welcome>(&*told)) {
        code_ = to_text(welcome->code);
        return;
    }
    if (std::holds_alternative<party::PeerNews>(*told)) note_in(text.size(), true);
}

void PartyPeer::note_in(std::size_t bytes, bool numbered)
{
    if (numbered) ++numbered_;
    const std::uint64_t now = now_ns();
    if (untold_++ == 0) untold_since_ = now;
    untold_bytes_ += bytes;
    if (untold_ >= acknowledge_messages || untold_bytes_ >= acknowledge_bytes ||
        now - untold_since_ >= acknowledge_delay)
        say_progress();
}

void PartyPeer::say_progress()
{
    const std::string text =
        "{\"got\":" + std::to_string(numbered_) + ",\"seen\":" + std::to_string(seen_) + "}";
    write(Kind::text, party::bytes_of(text));
    untold_ = 0;
    untold_bytes_ = 0;
}

} // namespace bench
