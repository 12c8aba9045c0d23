#include "netplay_relay/wire/discovery.hpp"

#include "magic.hpp"
#include "netplay_relay/ensure.hpp"
#include "netplay_relay/wire/message.hpp"

#include <algorithm>
#include <string_view>

namespace netplay_relay::wire {

namespace {

constexpr std::uint32_t magic_query = 0x52414E51;  // RANQ
constexpr std::uint32_t magic_answer = 0x52414E53; // RANS

constexpr std::uint32_t old_form_protocol = 5;
constexpr std::array<std::size_t, 2> old_form_sizes{492, discovery_query_size_max};

constexpr std::size_t short_text_size = 32;
constexpr std::size_t long_text_size = 256;

constexpr std::uint32_t password_bit = 1;
constexpr std::uint32_t spectate_password_bit = 2;

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// At most `room` bytes of the text, up to its first NUL, without half a character at the end.
std::string_view cut(std::string_view text, std::size_t room)
{
    text = text.substr(0, text.find('\0'));
    if (text.size() <= room) return text;
    std::size_t end = room;
    // A character has at most three bytes behind its first; where there are more it is no UTF-8.
    for (int bytes = 0; bytes < 3 && continues_character(text[end]); ++bytes)
        --end;
    return text.substr(0, continues_character(text[end]) ? room : end);
}

class Fields
{
public:
    explicit Fields(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

    void u32(std::uint32_t value)
    {
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes_[at_++] = static_cast<std::uint8_t>(value >> shift);
    }

    // Relies on zeros being there already.
    void text(std::string_view value, std::size_t size)
    {
        value = cut(value, size - 1);
        if (value.empty()) value = "N/A";
        std::ranges::copy(value, bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
        at_ += size;
    }

    [[nodiscard]] bool are_full() const { return at_ == bytes_.size(); }

private:
    std::span<std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

} // namespace

DiscoveryQuery decode_discovery_query(std::span<const std::uint8_t> datagram)
{
    if (datagram.size() < magic_size || read_u32(datagram) != magic_query)
        return DiscoveryQuery::malformed;
    const bool is_old = std::ranges::count(old_form_sizes, datagram.size()) > 0 &&
                        read_u32(datagram, 4) == old_form_protocol;
    return is_old ? DiscoveryQuery::old_form : DiscoveryQuery::current;
}

std::array<std::uint8_t, discovery_answer_size>
encode_discovery_answer(const Advertisement& advertisement)
{
    std::array<std::uint8_t, discovery_answer_size> answer{};
    Fields fields(answer);
    fields.u32(magic_answer);
    fields.u32(advertisement.content_crc);
    fields.u32(advertisement.port);
    // Big-endian; RetroArch 1.10 itself reads and writes it in its own byte order, and so shows no
    // lock on a little-endian machine.
    fields.u32((advertisement.has_password ? password_bit : 0) |
               (advertisement.has_spectate_password ? spectate_password_bit : 0));
    fields.text(advertisement.nick, short_text_size);
    fields.text(advertisement.frontend, short_text_size);
    fields.text(advertisement.core_name, short_text_size);
    fields.text(advertisement.core_version, short_text_size);
    fields.text(advertisement.retroarch_version, short_text_size);
    fields.text(advertisement.content_name, long_text_size);
    fields.text(advertisement.subsystem, long_text_size);
    ensure(fields.are_full(), "an answer of LAN discovery is not 688 bytes");
    return answer;
}

} // namespace netplay_relay::wire
