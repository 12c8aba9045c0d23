#include "wire/discovery.hpp"

#include "base/ensure.hpp"
#include "magic.hpp"
#include "text/text.hpp"
#include "wire/message.hpp"

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

class Fields
{
public:
    explicit Fields(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

    void u32(std::uint32_t value)
    {
        const auto four = big_endian(value);
        std::ranges::copy(four, bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
        at_ += four.size();
    }

    // Relies on zeros being there already.
    void words(std::string_view value, std::size_t size)
    {
        value = text::cut(value.substr(0, value.find('\0')), size - 1);
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
    fields.words(advertisement.nick, short_text_size);
    fields.words(advertisement.frontend, short_text_size);
    fields.words(advertisement.core_name, short_text_size);
    fields.words(advertisement.core_version, short_text_size);
    fields.words(advertisement.retroarch_version, short_text_size);
    fields.words(advertisement.content_name, long_text_size);
    fields.words(advertisement.subsystem, long_text_size);
    ensure(fields.are_full(), "an answer of LAN discovery is not 688 bytes");
    return answer;
}

} // namespace netplay_relay::wire
