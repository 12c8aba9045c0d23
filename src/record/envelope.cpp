#include "record/envelope.hpp"

#include "record/archive.hpp"

#include <algorithm>
#include <array>
#include <zlib.h>

namespace netplay_relay::record {

namespace {

constexpr std::array<std::uint8_t, 4> magic{'N', 'P', 'R', 'R'};

struct Head
{
    std::array<std::uint8_t, 4> magic{};
    std::uint8_t kind = 0;
    std::uint16_t version = 0;
    std::uint32_t size = 0;
    std::uint32_t crc = 0;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& archive)
    {
        archive(self.magic, self.kind, self.version, self.size, self.crc);
    }
};

std::uint32_t crc_of(std::span<const std::uint8_t> body)
{
    return static_cast<std::uint32_t>(crc32_z(0, body.data(), body.size()));
}

} // namespace

std::string_view word(Fault fault)
{
    switch (fault) {
    case Fault::truncated: return "truncated";
    case Fault::no_record: return "no_record";
    case Fault::other_version: return "other_version";
    case Fault::other_kind: return "other_kind";
    case Fault::damaged: return "damaged";
    case Fault::nonsense: return "nonsense";
    case Fault::occupied: return "occupied";
    }
    return "";
}

std::vector<std::uint8_t> seal(Kind kind, std::span<const std::uint8_t> body)
{
    const Head head{magic, static_cast<std::uint8_t>(kind), version,
                    static_cast<std::uint32_t>(body.size()), crc_of(body)};
    Writer writer;
    writer(head);
    std::vector<std::uint8_t> sealed = writer.take();
    sealed.insert(sealed.end(), body.begin(), body.end());
    return sealed;
}

std::optional<Kind> kind_of(std::span<const std::uint8_t> sealed)
{
    if (sealed.size() < envelope_size) return std::nullopt;
    Head head;
    Reader reader(sealed.first(envelope_size));
    reader(head);
    const bool is_known = head.kind >= static_cast<std::uint8_t>(Kind::connection) &&
                          head.kind <= static_cast<std::uint8_t>(Kind::pending_peer);
    if (head.magic != magic || head.version != version || !is_known) return std::nullopt;
    return static_cast<Kind>(head.kind);
}

std::variant<std::span<const std::uint8_t>, Fault> open(Kind kind,
                                                        std::span<const std::uint8_t> sealed)
{
    if (sealed.size() < envelope_size) return Fault::truncated;
    Head head;
    Reader reader(sealed.first(envelope_size));
    reader(head);
    if (head.magic != magic) return Fault::no_record;
    if (head.version != version) return Fault::other_version;
    if (head.kind != static_cast<std::uint8_t>(kind)) return Fault::other_kind;
    const auto body = sealed.subspan(envelope_size);
    if (body.size() != head.size) return Fault::truncated;
    if (crc_of(body) != head.crc) return Fault::damaged;
    return body;
}

} // namespace netplay_relay::record
