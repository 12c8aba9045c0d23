// Links through the target: opened the way RetroArch 1.14 does it, or plainly where the target
// only passes connections on.
#pragma once

#include "target.hpp"

#include <algorithm>
#include <string_view>

namespace bench {

constexpr std::size_t record_size = 16;
constexpr std::size_t address_size = 16;
constexpr std::size_t header_size = 24;

using Record = std::array<unsigned char, record_size>;
using Header = std::array<unsigned char, header_size>;

bool has_tag(std::span<const unsigned char> record, std::string_view tag);
// Big-endian, as everything in netplay.
void put_word(unsigned char* out, std::uint32_t word);
void put_tag(std::span<unsigned char> record, std::string_view tag);

// The netplay header that opens each direction of a link; the token makes it one of a kind.
Header guest_header(std::uint32_t token);
Header host_header(std::uint32_t token);
std::optional<std::uint32_t> token_of_guest_header(std::span<const unsigned char> bytes);

struct Link
{
    Socket guest;
    Socket host;
};

struct Links
{
    std::vector<Socket> controls; // one per session; none where no tunnel is spoken
    std::vector<Link> links;
};

// Returns when both headers of every link have arrived and been compared.
Links open_links(const Target& target, std::size_t sessions, std::size_t links_per_session);

} // namespace bench
