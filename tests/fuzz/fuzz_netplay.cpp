// Arbitrary bytes as a netplay stream of any protocol and either side: what is read must not depend
// on how the bytes are cut, must be written back as it was, and must have a limit.
#include "base/ensure.hpp"
#include "decisions.hpp"
#include "netplay/savestate.hpp"
#include "wire/netplay_decode.hpp"
#include "wire/netplay_encode.hpp"
#include "wire/netplay_header.hpp"

#include <algorithm>
#include <vector>

namespace netplay_relay::fuzz {

namespace {

using Span = std::span<const std::uint8_t>;
using Bytes = std::vector<std::uint8_t>;
using Lengths = std::vector<std::size_t>;
using wire::Command;
using wire::CommandFault;
using wire::Dialect;
using wire::Taken;

// What ended a stream, and what was read before.
struct Reading
{
    std::vector<Bytes> commands; // written again
    std::optional<CommandFault> fault;
    std::size_t left = 0;
    bool operator==(const Reading&) const = default;
};

Bytes encoded(const Command& command, const Dialect& dialect)
{
    Bytes bytes;
    wire::encode_command(command, dialect, bytes);
    return bytes;
}

// The same bytes with every bit cleared that means nothing: behind the NUL of a text, and beside
// the bits of a word that are read.
class Normalized
{
public:
    explicit Normalized(Span bytes) : bytes_(bytes.begin(), bytes.end()) {}

    Bytes of(const Command& command, const Dialect& dialect)
    {
        const bool is_4 = dialect.protocol == 4;
        const bool from_server = dialect.sender == wire::Side::server;
        if (std::holds_alternative<wire::Input>(command) && !is_4) mask(12, 0x0000ffff);
        if (std::holds_alternative<wire::Nick>(command)) text(8);
        if (std::holds_alternative<wire::Pause>(command)) text(8);
        if (std::holds_alternative<wire::Chat>(command) && from_server) text(8);
        if (std::holds_alternative<wire::Info>(command)) {
            const std::size_t first = dialect.info == wire::InfoLayout::crc_first ? 12 : 8;
            text(first);
            text(first + 32);
        }
        if (std::holds_alternative<wire::Sync>(command)) text(160);
        if (std::holds_alternative<wire::Sync4>(command)) text(84);
        if (std::holds_alternative<wire::Mode>(command)) {
            mask(12, 0xe000ffff);
            text(36);
        }
        if (std::holds_alternative<wire::Mode4>(command)) mask(12, 0x0007ffff);
        if (std::holds_alternative<wire::Play>(command)) {
            if (is_4 && bytes_.size() == 8) bytes_ = {0, 0, 0, 0x25, 0, 0, 0, 4, 0, 0, 0, 0};
            mask(8, is_4 ? 1 : 0x80ffffff);
        }
        return bytes_;
    }

private:
    void mask(std::size_t at, std::uint32_t bits)
    {
        for (std::size_t byte = 0; byte < 4; ++byte)
            bytes_[at + byte] =
                static_cast<std::uint8_t>(bytes_[at + byte] & bits >> (24 - 8 * byte));
    }

    void text(std::size_t at)
    {
        const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(at);
        const auto end = begin + 32;
        std::fill(std::min(std::find(begin, end, 0), end - 1), end, std::uint8_t{0});
    }

    Bytes bytes_;
};

void check_savestate(const wire::LoadSavestate& load)
{
    constexpr std::size_t size_max = 1U << 16U;
    const auto inflated =
        netplay::decompress(load.data, std::min<std::size_t>(load.size, size_max));
    if (inflated) {
        ensure(inflated->size() == std::min<std::size_t>(load.size, size_max), "another size");
        ensure(netplay::decompress(netplay::compress(*inflated), inflated->size()) == inflated,
               "a state did not survive compression");
    }
    for (const Span state : {load.data, inflated ? Span(*inflated) : Span()}) {
        const auto core_state = netplay::unwrap_state(state);
        if (!core_state) continue;
        ensure(netplay::is_wrapped(state), "unwrapped what is no container");
        const Bytes wrapped = netplay::wrap_state(*core_state);
        const auto again = netplay::unwrap_state(wrapped);
        ensure(again && std::ranges::equal(*again, *core_state), "a container lost its state");
    }
}

void check_command(Span bytes, const Taken<Command>& taken, const Dialect& dialect)
{
    ensure(taken.used >= wire::command_head_size && taken.used <= bytes.size(), "used too much");
    const Span used = bytes.first(taken.used);
    const Bytes again = encoded(taken.message, dialect);
    ensure(again == Normalized(used).of(taken.message, dialect), "written as something else");
    for (std::size_t size = 0; size < used.size(); ++size)
        ensure(
            std::holds_alternative<wire::NeedMore>(wire::decode_command(used.first(size), dialect)),
            "a part of a command is one");
    const auto alone = wire::decode_command(again, dialect);
    const auto* read = std::get_if<Taken<Command>>(&alone);
    ensure(read != nullptr && read->used == again.size(), "what we write is not read");
    ensure(encoded(read->message, dialect) == again, "what we write is read as something else");
    if (const auto* load = std::get_if<wire::LoadSavestate>(&taken.message)) check_savestate(*load);
}

// The commands of bytes that are all there.
Reading read_whole(Span bytes, const Dialect& dialect)
{
    Reading reading;
    for (;;) {
        const auto decoded = wire::decode_command(bytes, dialect);
        if (const auto* fault = std::get_if<CommandFault>(&decoded)) reading.fault = *fault;
        const auto* taken = std::get_if<Taken<Command>>(&decoded);
        if (taken == nullptr) break;
        check_command(bytes, *taken, dialect);
        reading.commands.push_back(encoded(taken->message, dialect));
        bytes = bytes.subspan(taken->used);
        if (const auto* unknown = std::get_if<wire::UnknownCommand>(&taken->message))
            bytes = bytes.subspan(std::min<std::size_t>(unknown->size, bytes.size()));
    }
    reading.left = bytes.size();
    return reading;
}

// The same from a stream that gets them in pieces of these lengths, again and again; 0 is all that
// is left.
Reading read_pieces(Span bytes, const Lengths& lengths, const Dialect& dialect)
{
    const std::size_t kept_max = wire::command_head_size + std::max(4 + wire::netpacket_data_max,
                                                                    184 + dialect.savestate_max);
    wire::CommandStream stream;
    Reading reading;
    std::size_t piece = 0;
    while (!bytes.empty() && !reading.fault) {
        const std::size_t wished = lengths.empty() ? 0 : lengths[piece++ % lengths.size()];
        const std::size_t size = wished == 0 ? bytes.size() : std::min(wished, bytes.size());
        stream.append(bytes.first(size));
        bytes = bytes.subspan(size);
        for (;;) {
            const auto decoded = stream.next(dialect);
            if (const auto* fault = std::get_if<CommandFault>(&decoded)) reading.fault = *fault;
            const auto* taken = std::get_if<Taken<Command>>(&decoded);
            if (taken == nullptr) break;
            reading.commands.push_back(encoded(taken->message, dialect));
            const auto* unknown = std::get_if<wire::UnknownCommand>(&taken->message);
            stream.take(taken->used, unknown != nullptr ? unknown->size : 0);
        }
        if (!reading.fault) ensure(stream.unread().size() < kept_max, "more is kept than needed");
    }
    reading.left = stream.unread().size() + bytes.size();
    return reading;
}

// Tells how many bytes it took.
std::size_t check_opening(Span bytes)
{
    constexpr std::size_t header_size = wire::netplay_header_size;
    const auto decoded = wire::decode_opening(bytes);
    const auto* taken = std::get_if<Taken<wire::Opening>>(&decoded);
    if (std::holds_alternative<wire::NeedMore>(decoded))
        ensure(bytes.size() < header_size, "undecided for too long");
    if (taken == nullptr) return 0;
    ensure(taken->used <= bytes.size() && taken->used <= header_size, "used too much");
    Bytes again;
    wire::encode_opening(taken->message, again);
    if (std::holds_alternative<wire::HostFull>(taken->message) ||
        std::holds_alternative<wire::HostDenies>(taken->message)) {
        ensure(again.size() == header_size, "a refusal is as long as a header");
        ensure(std::ranges::equal(Span(again).first(4), bytes.first(4)), "another refusal");
    } else {
        ensure(std::ranges::equal(again, bytes.first(taken->used)), "another opening");
    }
    if (const auto* header = std::get_if<wire::NetplayHeader>(&taken->message)) {
        for (const std::uint32_t own : {5U, 6U, 7U}) {
            const auto chosen = wire::choose_protocol(*header, own);
            ensure(!chosen || (*chosen >= 5 && *chosen <= own), "chose what it does not speak");
        }
    }
    return taken->used;
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace netplay_relay;
    fuzz::Decisions decisions({data, size});
    wire::Dialect dialect;
    dialect.protocol = 4 + static_cast<std::uint32_t>(decisions.below(4));
    dialect.sender = decisions.yes() ? wire::Side::client : wire::Side::server;
    dialect.info = decisions.yes() ? wire::InfoLayout::name_first : wire::InfoLayout::crc_first;
    dialect.savestate_max = std::size_t{16} * decisions.byte();
    fuzz::Lengths lengths(decisions.below(5));
    for (std::size_t& length : lengths)
        length = decisions.below(40);
    auto bytes = decisions.rest();
    bytes = bytes.subspan(fuzz::check_opening(bytes));
    const fuzz::Reading whole = fuzz::read_whole(bytes, dialect);
    ensure(fuzz::read_pieces(bytes, lengths, dialect) == whole, "another reading in pieces");
    ensure(fuzz::read_pieces(bytes, {1}, dialect) == whole, "another reading byte by byte");
    return 0;
}
