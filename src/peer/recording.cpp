#include "peer/recording.hpp"

#include "base/byte_order.hpp"

#include <array>
#include <istream>
#include <ostream>
#include <string_view>

namespace netplay_relay::peer {

namespace {

// The form: 8 bytes of magic with the version of the form, a u32 and that many bytes of settings,
// then events: kind u8, time i64 in nanoseconds, connection u64, a u32 and that many bytes. All
// little-endian.
constexpr std::string_view magic = "NPRUN\0\1\n";
constexpr std::size_t magic_size = 8;
constexpr std::uint32_t bytes_max = 256U << 20U;
constexpr std::int64_t time_max = std::int64_t{1} << 60; // nanoseconds, 36 years
constexpr std::size_t chunk = 64U << 10U;

template <class Number>
void put(std::ostream& out, Number number)
{
    const auto bytes = little_endian(static_cast<std::make_unsigned_t<Number>>(number));
    out.write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

template <class Number>
bool get(std::istream& in, Number& number)
{
    std::array<std::uint8_t, sizeof(Number)> bytes;
    if (!in.read(reinterpret_cast<char*>(bytes.data()), bytes.size())) return false;
    number = static_cast<Number>(load_little<std::make_unsigned_t<Number>>(bytes));
    return true;
}

// Grows with what is there: a damaged size allocates nothing.
template <class Bytes>
bool get_bytes(std::istream& in, Bytes& bytes)
{
    std::uint32_t size = 0;
    if (!get(in, size) || size > bytes_max) return false;
    while (bytes.size() < size) {
        const std::size_t begin = bytes.size();
        const std::size_t more = std::min<std::size_t>(chunk, size - begin);
        bytes.resize(begin + more);
        if (!in.read(reinterpret_cast<char*>(bytes.data() + begin),
                     static_cast<std::streamsize>(more)))
            return false;
    }
    return true;
}

} // namespace

RecordingWriter::RecordingWriter(std::ostream& out, const std::string& settings_json) : out_(out)
{
    out_.write(magic.data(), magic_size);
    put(out_, static_cast<std::uint32_t>(settings_json.size()));
    out_.write(settings_json.data(), static_cast<std::streamsize>(settings_json.size()));
}

void RecordingWriter::write(EventKind kind, Instant at, std::uint64_t connection,
                            std::span<const std::uint8_t> bytes)
{
    put(out_, static_cast<std::uint8_t>(kind));
    put(out_, static_cast<std::int64_t>(at.count()));
    put(out_, connection);
    put(out_, static_cast<std::uint32_t>(bytes.size()));
    out_.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

std::variant<RecordingReader, std::string> RecordingReader::open(std::istream& in)
{
    std::array<char, magic_size> head{};
    in.read(head.data(), head.size());
    if (!in || std::string_view(head.data(), head.size()) != std::string_view(magic.data(), 8))
        return "this is no recording of netplay-peer";
    RecordingReader reader(in);
    if (!get_bytes(in, reader.settings_json_)) return "the head of the recording is damaged";
    return reader;
}

std::optional<RunEvent> RecordingReader::next()
{
    std::uint8_t kind = 0;
    if (!get(*in_, kind)) return std::nullopt;
    RunEvent event;
    std::int64_t at = 0;
    if (kind < static_cast<std::uint8_t>(EventKind::opened) ||
        kind > static_cast<std::uint8_t>(EventKind::result) || !get(*in_, at) ||
        !get(*in_, event.connection) || !get_bytes(*in_, event.bytes)) {
        fault_ = "the recording is damaged or cut off";
        return std::nullopt;
    }
    if (at < last_ || at > time_max) {
        fault_ = "the recording goes back in time";
        return std::nullopt;
    }
    last_ = at;
    event.kind = static_cast<EventKind>(kind);
    event.at = Instant(at);
    return event;
}

} // namespace netplay_relay::peer
