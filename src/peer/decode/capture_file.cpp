#include "peer/decode/capture_file.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <array>

namespace netplay_relay::peer {

namespace {

// pcapng carries 64 bits of seconds; so much is not beyond what microseconds can count.
constexpr std::int64_t seconds_max = std::int64_t{1} << 40;

std::optional<LinkKind> kind_of(int link_type)
{
    switch (link_type) {
    case DLT_EN10MB: return LinkKind::ethernet;
    case DLT_LINUX_SLL: return LinkKind::linux_cooked_1;
    case DLT_LINUX_SLL2: return LinkKind::linux_cooked_2;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6: return LinkKind::raw_ip;
    case DLT_NULL:
    case DLT_LOOP: return LinkKind::loopback;
    default: return std::nullopt;
    }
}

} // namespace

void CaptureFile::Close::operator()(pcap* handle) const { pcap_close(handle); }

bool CaptureFile::is_capture(std::span<const std::uint8_t> first_bytes)
{
    using Magic = std::array<std::uint8_t, 4>;
    constexpr std::array<Magic, 6> magics{{{0xa1, 0xb2, 0xc3, 0xd4},
                                           {0xd4, 0xc3, 0xb2, 0xa1},
                                           {0xa1, 0xb2, 0x3c, 0x4d},
                                           {0x4d, 0x3c, 0xb2, 0xa1},
                                           {0x34, 0xcd, 0xb2, 0xa1},
                                           {0x0a, 0x0d, 0x0d, 0x0a}}};
    return first_bytes.size() >= 4 && std::ranges::any_of(magics, [&](const Magic& magic) {
               return std::ranges::equal(magic, first_bytes.first(4));
           });
}

std::optional<CaptureFile> CaptureFile::open(const std::string& path, std::string& problem)
{
    std::array<char, PCAP_ERRBUF_SIZE> text{};
    pcap* handle = pcap_open_offline(path.c_str(), text.data());
    if (handle == nullptr) {
        problem = text.data();
        return std::nullopt;
    }
    const int link_type = pcap_datalink(handle);
    const auto kind = kind_of(link_type);
    if (!kind) {
        pcap_close(handle);
        problem = "captures of link type " + std::to_string(link_type) + " cannot be read";
        return std::nullopt;
    }
    return CaptureFile(handle, *kind);
}

std::optional<CapturedPacket> CaptureFile::next(std::string& problem)
{
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    const int result = pcap_next_ex(handle_.get(), &header, &bytes);
    if (result != 1) {
        if (result == PCAP_ERROR) problem = pcap_geterr(handle_.get());
        return std::nullopt;
    }
    const std::int64_t seconds =
        std::clamp<std::int64_t>(header->ts.tv_sec, -seconds_max, seconds_max);
    const std::int64_t micros = std::clamp<std::int64_t>(header->ts.tv_usec, 0, 999999);
    return CapturedPacket{std::chrono::microseconds{seconds * 1000000 + micros},
                          {bytes, header->caplen}};
}

} // namespace netplay_relay::peer
