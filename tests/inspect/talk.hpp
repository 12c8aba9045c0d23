// What the two ends of a link say to each other, in order, and how it is read in pieces.
#pragma once

#include "../wire/bytes.hpp"
#include "inspect/link_inspector.hpp"
#include "wire/netplay_encode.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace netplay_relay::inspect {

using wire::ByteVector;
using wire::from_hex;
using wire::joined;
using wire::Side;

inline const wire::Info host_info{0xb12a9944, "TestCore", "v1"};
inline const wire::Info guest_info{0xb12a9944, "TestCore", "v1"};

[[nodiscard]] ByteVector encoded(const wire::Command& command, const wire::Dialect& dialect);

// SYNC as a host of that protocol says it, the only player being itself.
[[nodiscard]] wire::Command sync_for(std::uint32_t protocol, const std::string& nick,
                                     std::span<const std::uint8_t> sram = {});

// MODE as well; `number` is the guest's if it is `you`.
[[nodiscard]] wire::Command mode_for(std::uint32_t protocol, bool you, bool playing,
                                     std::uint32_t number, const std::string& nick);

class Talk
{
public:
    explicit Talk(std::uint32_t protocol = 6,
                  wire::InfoLayout layout = wire::InfoLayout::crc_first);

    // Headers of both sides, as the protocol has them.
    Talk& headers(std::uint32_t salt = 0, std::uint32_t implementation = 0x469);
    // And all up to SYNC: "bob" comes to "alice", and is called "bob (2)".
    Talk& handshake();

    Talk& guest(const wire::Command& command);
    Talk& host(const wire::Command& command);
    Talk& bytes(End from, ByteVector said);

    [[nodiscard]] LinkInspector read_whole() const;
    // In pieces of `first` bytes, then one more each time up to `last`, and so on.
    [[nodiscard]] LinkInspector read_in_pieces(std::size_t first, std::size_t last) const;

    // The same from any pieces; the facts of all.
    [[nodiscard]] GameFacts facts() const;
    // True if it gave up, in whichever pieces it came.
    [[nodiscard]] bool is_given_up() const;

    [[nodiscard]] wire::Dialect dialect(End from) const;

private:
    struct Said
    {
        End from;
        ByteVector bytes;
    };
    std::uint32_t protocol_;
    wire::InfoLayout layout_;
    std::vector<Said> said_;
};

// All facts in one line, to be compared.
[[nodiscard]] std::string to_line(const GameFacts& facts);

} // namespace netplay_relay::inspect
