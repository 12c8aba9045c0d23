// The frames of a WebSocket connection (RFC 6455, section 5): bytes in, whole messages out, and
// back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

namespace netplay_relay::websocket {

enum class Kind : std::uint8_t
{
    text,
    binary,
    ping,
    pong,
    close
};
constexpr Kind last_value(Kind) { return Kind::close; }

// Who reads: a server's peers have to mask what they send, a client's must not. A proxy before a
// server may end a connection with a close frame of its own, which it does not mask: Caddy 2.6.
enum class Side : std::uint8_t
{
    server,
    client,
    server_behind_proxy
};
constexpr Side last_value(Side) { return Side::server_behind_proxy; }

enum class Fault : std::uint8_t
{
    protocol,  // masks, reserved bits and opcodes, fragments out of order, control frames too long
    too_large, // of bytes or of frames; told as soon as the head of a frame tells it
    bad_text,  // a text, or the reason of a close, that is no UTF-8
};

// In bytes of a whole message, all its fragments together. Control frames have 125 at most.
struct Limits
{
    std::size_t text = 0;
    std::size_t binary = 0;
};

// Fragments of one message: more of them are a fault.
inline constexpr std::uint32_t fragments_max = 1024;

struct Message
{
    Kind kind = Kind::text;
    std::span<const std::uint8_t> payload; // lives while the call lasts
    std::uint32_t frames = 1;              // that it came in
    bool is_masked = true;                 // its last frame was
};

// What a close frame says: a code of RFC 6455, section 7.4; nothing if it has none.
[[nodiscard]] std::optional<std::uint16_t> close_code_of(const Message& close);
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t service_restart = 1012;

// Puts messages together, however the bytes are cut. It can be written to a record and goes on
// elsewhere, in the middle of a frame or of a fragmented message. Holds no memory between messages.
class FrameReader
{
public:
    explicit FrameReader(Side side = Side::server) : side_(side) {}

    // Gives each whole message to `take`, a bool(const Message&). When that returns false, reading
    // stops and the rest of the bytes is dropped; a fault ends it the same way. After either the
    // reader must not be fed again. `take` must not feed another reader: all of one thread share
    // what they unmask into.
    template <class Take>
    [[nodiscard]] std::optional<Fault> feed(std::span<const std::uint8_t> bytes,
                                            const Limits& limits, Take&& take)
    {
        using Callable = std::remove_reference_t<Take>;
        const Taker taker{const_cast<void*>(static_cast<const void*>(std::addressof(take))),
                          [](void* to, const Message& message) -> bool {
                              return (*static_cast<Callable*>(to))(message);
                          }};
        return read(bytes, limits, taker);
    }

    [[nodiscard]] Side side() const { return side_; }
    // Bytes that wait for the rest of a frame or of a message.
    [[nodiscard]] std::size_t kept() const { return unfinished_.size() + gathered_.size(); }

    bool operator==(const FrameReader&) const = default;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.side_, self.gathering_, self.fragments_, self.gathered_, self.unfinished_);
    }
    // False for one that was taken from bytes and cannot be.
    [[nodiscard]] bool makes_sense() const;

private:
    struct Taker
    {
        void* to;
        bool (*call)(void* to, const Message& message);

        bool operator()(const Message& message) const { return call(to, message); }
    };
    struct Look;
    struct Step;

    std::optional<Fault> read(std::span<const std::uint8_t> bytes, const Limits& limits,
                              const Taker& take);
    [[nodiscard]] Look look(std::span<const std::uint8_t> bytes, const Limits& limits) const;
    Step take_frame(std::span<const std::uint8_t> frame, const Taker& take);
    void forget();

    Side side_;
    std::optional<Kind> gathering_;        // the kind of the message whose fragments come
    std::uint32_t fragments_ = 0;          // so many of them are there
    std::vector<std::uint8_t> gathered_;   // what they have said
    std::vector<std::uint8_t> unfinished_; // the beginning of a frame, as it came
};

inline constexpr std::size_t frame_header_size_max = 10; // without a mask
using FrameHeader = std::array<std::uint8_t, frame_header_size_max>;
using Mask = std::array<std::uint8_t, 4>;

// Of one whole message, not masked; returns how many bytes of it are used.
std::size_t frame_header(FrameHeader& header, Kind kind, std::size_t payload_size);

void append_frame(std::vector<std::uint8_t>& to, Kind kind, std::span<const std::uint8_t> payload);

// As a client has to.
void append_masked_frame(std::vector<std::uint8_t>& to, Kind kind,
                         std::span<const std::uint8_t> payload, const Mask& mask);

} // namespace netplay_relay::websocket
