// Frames as a test writes them, and what comes out of them whichever way they are cut.
#pragma once

#include "record/archive.hpp"
#include "support/catch.hpp"
#include "websocket/frames.hpp"
#include "wire/bytes.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netplay_relay::websocket {

using Bytes = std::vector<std::uint8_t>;

inline constexpr Mask some_mask{0x37, 0xfa, 0x21, 0x3d};
inline constexpr Limits some_limits{4096, 200'000};

struct Said
{
    Kind kind;
    std::string payload;

    bool operator==(const Said&) const = default;
};

struct Outcome
{
    std::vector<Said> said;
    std::optional<Fault> fault = std::nullopt;

    bool operator==(const Outcome&) const = default;
};

// All bits by hand, as no encoder would. The size is told in as few bytes as it needs.
struct Frame
{
    std::uint8_t first; // final, reserved, opcode
    std::string payload;
    std::optional<Mask> mask = some_mask;
};

inline Bytes bytes_of(const Frame& frame)
{
    Bytes bytes;
    const Bytes payload = wire::from_text(frame.payload);
    if (frame.mask)
        append_masked_frame(bytes, Kind::binary, payload, *frame.mask);
    else
        append_frame(bytes, Kind::binary, payload);
    bytes.front() = frame.first;
    return bytes;
}

inline Bytes bytes_of(const std::vector<Frame>& frames)
{
    Bytes bytes;
    for (const Frame& frame : frames)
        bytes = wire::joined(std::move(bytes), bytes_of(frame));
    return bytes;
}

// False once it has come to an end.
inline bool feed(FrameReader& reader, std::span<const std::uint8_t> bytes, const Limits& limits,
                 Outcome& outcome)
{
    outcome.fault = reader.feed(bytes, limits, [&](const Message& message) {
        outcome.said.push_back({message.kind, {message.payload.begin(), message.payload.end()}});
        return true;
    });
    return !outcome.fault;
}

// The same reader somewhere else.
inline FrameReader moved(const FrameReader& reader)
{
    record::Writer writer;
    writer(reader);
    record::Reader from(writer.bytes());
    FrameReader there;
    from(there);
    REQUIRE(from.is_complete());
    CHECK(there.makes_sense());
    CHECK(there == reader);
    return there;
}

inline Outcome read_whole(const Bytes& bytes, const Limits& limits = some_limits,
                          Side side = Side::server)
{
    FrameReader reader(side);
    Outcome outcome;
    feed(reader, bytes, limits, outcome);
    return outcome;
}

inline Outcome read_in_pieces(const Bytes& bytes, std::size_t size, const Limits& limits, Side side)
{
    FrameReader reader(side);
    Outcome outcome;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
        const auto piece = std::span(bytes).subspan(at, std::min(size, bytes.size() - at));
        if (!feed(reader, piece, limits, outcome)) break;
    }
    return outcome;
}

// In two pieces, and the reader goes on elsewhere with the second one.
inline Outcome read_elsewhere(const Bytes& bytes, std::size_t at, const Limits& limits, Side side)
{
    FrameReader reader(side);
    Outcome outcome;
    if (!feed(reader, std::span(bytes).first(at), limits, outcome)) return outcome;
    FrameReader there = moved(reader);
    feed(there, std::span(bytes).subspan(at), limits, outcome);
    return outcome;
}

inline void check_every_way(const Bytes& bytes, const Outcome& expected,
                            const Limits& limits = some_limits, Side side = Side::server)
{
    CHECK((read_whole(bytes, limits, side) == expected));
    for (const std::size_t size : {1U, 2U, 3U, 7U})
        CHECK((read_in_pieces(bytes, size, limits, side) == expected));
    const std::size_t step = bytes.size() / 400 + 1;
    for (std::size_t at = 0; at <= bytes.size(); at += step) {
        INFO("moved behind byte " << at);
        CHECK((read_elsewhere(bytes, at, limits, side) == expected));
    }
}

// Whole, byte by byte, cut and moved, alone and with what stands behind it.
inline void check_example(const Bytes& bytes, const std::vector<Said>& said,
                          Side side = Side::server)
{
    check_every_way(bytes, {said, std::nullopt}, some_limits, side);
    std::optional<Mask> mask;
    if (side == Side::server) mask = some_mask;
    std::vector<Said> more = said;
    more.push_back({Kind::binary, "behind"});
    check_every_way(wire::joined(bytes, bytes_of(Frame{0x82, "behind", mask})),
                    {more, std::nullopt}, some_limits, side);
}

} // namespace netplay_relay::websocket
