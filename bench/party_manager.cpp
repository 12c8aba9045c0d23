// What a packet costs in the party manager alone, in time and in allocations: no socket, no system
// call.
//   bench_party [packets]
#include "party/party_manager.hpp"

#include "base/byte_order.hpp"
#include "websocket/frames.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace {

std::uint64_t allocations = 0;

} // namespace

void* operator new(std::size_t size)
{
    ++allocations;
    void* memory = std::malloc(size);
    if (memory == nullptr) std::abort();
    return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace netplay_relay;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t payload_size = 24;
constexpr std::int32_t peers = 8; // the host among them

void append_little(Bytes& to, std::uint32_t value)
{
    for (const std::uint8_t byte : little_endian(value))
        to.push_back(byte);
}

Bytes frame_of(websocket::Kind kind, const std::string& text)
{
    Bytes frame;
    const Bytes payload(text.begin(), text.end());
    websocket::append_masked_frame(frame, kind, payload, {1, 2, 3, 4});
    return frame;
}

Bytes packets(std::int32_t target, std::uint8_t mode, std::size_t count)
{
    Bytes message;
    for (std::size_t n = 0; n < count; ++n) {
        append_little(message, static_cast<std::uint32_t>(target));
        message.push_back(mode);
        message.push_back(0);
        append_little(message, payload_size);
        message.resize(message.size() + payload_size);
    }
    Bytes frame;
    websocket::append_masked_frame(frame, websocket::Kind::binary, message, {1, 2, 3, 4});
    return frame;
}

class Bench
{
public:
    Bench() : manager_(settings(), doorkeeper(), random())
    {
        for (std::int32_t id = 1; id <= peers; ++id) {
            const ConnectionId connection{static_cast<std::uint64_t>(id)};
            manager_.enter(connection, {}, now_ + std::chrono::seconds(10), now_, out_);
            manager_.receive(connection, head(), now_, out_);
            const std::string words =
                id == 1 ? R"({"host":{"game":"x"}})"
                        : "{\"join\":{\"code\":\"" + to_text(manager_.look()[0].code) +
                              "\",\"game\":\"x\",\"id\":" + std::to_string(id) + "}}";
            manager_.receive(connection, frame_of(websocket::Kind::text, words), now_, out_);
        }
        if (manager_.use().peers != static_cast<std::size_t>(peers)) std::abort();
        done();
    }

    // So many packets in all, of the host; whoever gets them says so after each `taken_after`.
    void run(const char* name, std::int32_t target, std::uint8_t mode, std::size_t in_message,
             std::size_t count)
    {
        const Bytes frame = packets(target, mode, in_message);
        const std::size_t messages = count / in_message;
        for (std::size_t n = 0; n < messages / 10; ++n)
            pass(frame, n);
        const std::uint64_t before = allocations;
        const std::uint64_t passed = manager_.counts().packets_passed;
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t n = 0; n < messages; ++n)
            pass(frame, n);
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - begin;
        const auto packets = static_cast<double>(messages * in_message);
        const auto receivers = static_cast<double>(manager_.counts().packets_passed - passed);
        std::printf("%-44s %7.0f ns a packet, %6.0f ns a receiver, %6.2f allocations a message\n",
                    name, took.count() / packets, took.count() / receivers,
                    static_cast<double>(allocations - before) / static_cast<double>(messages));
    }

private:
    static party::PartySettings settings()
    {
        party::PartySettings settings;
        settings.messages_per_second = 1U << 30U;
        settings.bytes_per_second = 1U << 31U;
        settings.peers_per_address = peers;
        return settings;
    }
    static party::Doorkeeper doorkeeper()
    {
        return {[](ConnectionId, std::span<const std::string>)
                    -> std::variant<party::Doorkeeper::Admitted, party::CloseReason> {
                    return party::Doorkeeper::Admitted{};
                },
                [](ConnectionId) { return true; }, [](ConnectionId) { return true; }};
    }
    static party::Random random()
    {
        return [drawn = std::uint8_t{0}](std::span<std::uint8_t> bytes) mutable {
            for (std::uint8_t& byte : bytes)
                byte = ++drawn;
        };
    }
    static Bytes head()
    {
        const std::string text = "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                 "Sec-WebSocket-Version: 13\r\n"
                                 "Sec-WebSocket-Protocol: netplay-relay.godot.1\r\n\r\n";
        return {text.begin(), text.end()};
    }

    void pass(const Bytes& frame, std::size_t turn)
    {
        now_ += std::chrono::microseconds(50);
        manager_.receive(ConnectionId{1}, frame, now_, out_);
        done();
        constexpr std::size_t turns = 64;
        if (turn % turns == 0 || frame.size() > 4096) take_all();
    }

    // As a worker does: the buffers come back.
    void done()
    {
        for (OutboundMessage& message : out_.messages) {
            const Bytes& bytes = message.shared ? *message.shared : message.bytes;
            note(message.to, bytes);
            out_.spare.give(std::move(message.bytes));
        }
        out_.clear();
    }

    void note(ConnectionId to, const Bytes& bytes)
    {
        const std::size_t head = bytes[1] < 126 ? 2 : bytes[1] == 126 ? 4 : 10;
        if (bytes[0] == 0x82) seen_[to.value] += bytes.size() - head;
        const bool is_numbered = bytes[0] == 0x82 ? bytes[head + 4] == 2
                                                  : bytes[0] == 0x81 && bytes[3] == '"' &&
                                                        bytes[4] != 'w' && bytes[4] != 'g';
        if (is_numbered) ++got_[to.value];
    }

    void take_all()
    {
        for (std::int32_t id = 2; id <= peers; ++id) {
            const auto at = static_cast<std::size_t>(id);
            const std::string words = "{\"got\":" + std::to_string(got_[at]) +
                                      ",\"seen\":" + std::to_string(seen_[at]) + "}";
            manager_.receive(ConnectionId{at}, frame_of(websocket::Kind::text, words), now_, out_);
        }
        manager_.tick(now_, out_);
        done();
    }

    party::PartyManager manager_;
    party::Output out_;
    Instant now_{std::chrono::hours(1)};
    std::array<std::uint64_t, peers + 1> got_{};
    std::array<std::uint64_t, peers + 1> seen_{};
};

} // namespace

int main(int argc, char** argv)
{
    const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000000;
    struct Case
    {
        const char* name;
        std::int32_t target;
        std::uint8_t mode;
        std::size_t in_message;
    };
    constexpr std::array cases{Case{"unreliable, to one", 2, 0, 1},
                               Case{"unreliable, to seven", 0, 0, 1},
                               Case{"reliable, to one", 2, 2, 1},
                               Case{"reliable, to seven", 0, 2, 1},
                               Case{"1,000 a message, unreliable, to one", 2, 0, 1000},
                               Case{"1,000 a message, unreliable, to seven", 0, 0, 1000},
                               Case{"1,000 a message, reliable, to one", 2, 2, 1000},
                               Case{"1,000 a message, reliable, to seven", 0, 2, 1000}};
    for (const Case& one : cases)
        Bench().run(one.name, one.target, one.mode, one.in_message, count);
}
