#include "fleet/head.hpp"

#include "base/byte_order.hpp"
#include "base/ensure.hpp"
#include "record/archive.hpp"
#include "record/envelope.hpp"

#include <algorithm>

namespace netplay_relay::fleet {

namespace {

constexpr std::array<std::uint8_t, 4> magic{'N', 'P', 'R', 'F'};

struct Written
{
    std::array<std::uint8_t, 4> magic{};
    std::uint16_t version = 0;
    Head head;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.magic, self.version, self.head.purpose, self.head.from, self.head.to,
                self.head.connection, self.head.record_size, self.head.wanted, self.head.place,
                self.head.instance);
        archive.times(self.head.sent);
    }
};

bool makes_sense(Purpose purpose, const LinkPlace& place)
{
    if (purpose == Purpose::resume) return place.key != 0;
    const bool has_key = purpose == Purpose::hop;
    return (place.key != 0) == has_key && place.received == 0 && place.sent == 0;
}

} // namespace

std::string_view word(Verdict verdict)
{
    switch (verdict) {
    case Verdict::taken: return "taken";
    case Verdict::other_version: return "other_version";
    case Verdict::other_node: return "other_node";
    case Verdict::full: return "full";
    case Verdict::no_sense: return "no_sense";
    case Verdict::not_yet: return "not_yet";
    case Verdict::gone: return "gone";
    case Verdict::same_number: return "same_number";
    case Verdict::itself: return "itself";
    }
    return "";
}

std::string sentence(Verdict verdict, std::optional<Node> number, Node meant)
{
    const std::string told = number ? "node " + std::to_string(*number) : "another node";
    const std::string asked = std::to_string(meant);
    switch (verdict) {
    case Verdict::taken: return "it has taken it";
    case Verdict::other_version:
        return "other_version: its version links nodes in another way; both need the same version";
    case Verdict::other_node: return "the relay there is " + told + ", and not " + asked;
    case Verdict::full: return "it has no room for one more";
    case Verdict::no_sense: return "it can make no sense of what it was told";
    case Verdict::not_yet: return "it is not ready for that link";
    case Verdict::gone: return "it knows nothing of that link any more";
    case Verdict::same_number:
        return "the relay there is " + told + ", as this one is, and not " + asked;
    case Verdict::itself: return "that is this relay itself, and not node " + asked;
    }
    return "what it answers makes no sense";
}

std::array<std::uint8_t, head_size> encode(const Head& head)
{
    record::Writer writer;
    writer(Written{magic, record::version, head});
    std::array<std::uint8_t, head_size> bytes{};
    ensure(writer.bytes().size() == head_size, "a head of another size");
    std::ranges::copy(writer.bytes(), bytes.begin());
    return bytes;
}

ReadHead decode_head(std::span<const std::uint8_t, head_size> bytes, Node own,
                     std::uint64_t instance)
{
    Written written;
    record::Reader reader(bytes);
    reader(written);
    if (written.magic != magic) return {Verdict::no_sense, {}};
    if (written.version != record::version) return {Verdict::other_version, {}};
    const Head& head = written.head;
    const bool has_record = head.record_size > 0;
    if (!reader.is_complete() || head.from >= nodes_max || head.from == head.to ||
        head.record_size > hop_record_max || has_record != (head.purpose == Purpose::hop) ||
        (head.wanted != Wanted::nothing) != (head.purpose == Purpose::ask) ||
        !makes_sense(head.purpose, head.place))
        return {Verdict::no_sense, {}};
    if (head.to == own) return {Verdict::taken, head};
    if (head.instance != 0 && head.instance == instance) return {Verdict::itself, head};
    return {head.from == own ? Verdict::same_number : Verdict::other_node, head};
}

std::string encode(const Introduction& told)
{
    record::Writer writer;
    writer(told);
    return {writer.bytes().begin(), writer.bytes().end()};
}

std::optional<Introduction> decode_introduction(std::string_view bytes)
{
    Introduction told;
    record::Reader reader({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    reader(told);
    return reader.is_complete() ? std::optional(std::move(told)) : std::nullopt;
}

std::array<std::uint8_t, answer_size_bytes> encode_answer_size(std::size_t size)
{
    return little_endian(static_cast<std::uint32_t>(size));
}

std::size_t decode_answer_size(std::span<const std::uint8_t, answer_size_bytes> bytes)
{
    return load_little<std::uint32_t>(bytes);
}

std::vector<std::uint8_t> encode(const Beat& beat)
{
    // Three flags, a digest, how many rooms follow, which relay, and numbers that are there twice.
    constexpr std::size_t fixed = 27;
    const std::size_t size = fixed + sizeof(std::uint64_t) * beat.rooms.size();
    std::vector<std::uint8_t> bytes(beat_size_bytes + size);
    std::size_t at = 0;
    const auto put = [&](auto number) {
        for (const std::uint8_t byte : little_endian(number))
            bytes[at++] = byte;
    };
    put(static_cast<std::uint32_t>(size));
    put(static_cast<std::uint8_t>(beat.takes_new));
    put(static_cast<std::uint8_t>(beat.is_new));
    put(beat.bans);
    put(static_cast<std::uint32_t>(beat.rooms.size()));
    for (const std::uint64_t room : beat.rooms)
        put(room);
    put(beat.instance);
    put(beat.twice);
    put(static_cast<std::uint8_t>(beat.drains));
    return bytes;
}

ReadBeat take_beat(std::vector<std::uint8_t>& bytes)
{
    if (bytes.size() < beat_size_bytes) return {};
    const std::span<const std::uint8_t> all(bytes);
    std::uint32_t size = 0;
    record::Reader head(all.first(beat_size_bytes));
    head(size);
    if (size > beat_body_max) return {false, std::nullopt};
    if (bytes.size() < beat_size_bytes + size) return {};
    Beat beat;
    record::Reader reader(all.subspan(beat_size_bytes, size));
    reader(beat);
    if (!reader.is_complete()) return {false, std::nullopt};
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(beat_size_bytes + size));
    return {true, std::move(beat)};
}

} // namespace netplay_relay::fleet
