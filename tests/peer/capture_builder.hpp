// Captures as a test writes them: TCP segments in a pcap file that is gone with its builder.
#pragma once

#include "../wire/bytes.hpp"
#include "peer/decode/decode_capture.hpp"
#include "peer/decode/packet.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <vector>

namespace netplay_relay::peer {

using wire::ByteVector;

// A folder of the test's own.
class TemporaryFolder
{
public:
    TemporaryFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "decode-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] std::string write(const ByteVector& bytes) const
    {
        const auto file = path_ / "capture";
        std::ofstream(file, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        return file.string();
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

struct Decoded
{
    int result = 0;
    std::string out;
    std::string errors;
};

inline Decoded decode_bytes(const ByteVector& bytes, DecodeOptions options = {})
{
    const TemporaryFolder folder;
    options.path = folder.write(bytes);
    std::ostringstream out;
    std::ostringstream errors;
    const int result = decode_file(options, out, errors);
    return {result, out.str(), errors.str()};
}

inline void put_be(ByteVector& out, std::uint64_t value, unsigned size)
{
    for (unsigned at = size; at-- > 0;)
        out.push_back(static_cast<std::uint8_t>(value >> 8 * at));
}

inline void put_le(ByteVector& out, std::uint64_t value, unsigned size)
{
    for (unsigned at = 0; at < size; ++at)
        out.push_back(static_cast<std::uint8_t>(value >> 8 * at));
}

inline void put_all(ByteVector& out, const ByteVector& bytes)
{
    out.insert(out.end(), bytes.begin(), bytes.end());
}

struct TestSegment
{
    std::uint8_t from = 1; // last byte of the address; the port is 1000 times that
    std::uint8_t to = 2;
    std::uint32_t sequence = 0;
    std::uint8_t flags = 0x10; // ACK; 1 FIN, 2 SYN, 4 RST
    ByteVector payload{};
};

inline ByteVector tcp_bytes(const TestSegment& segment)
{
    ByteVector tcp;
    put_be(tcp, segment.from * 1000U, 2);
    put_be(tcp, segment.to * 1000U, 2);
    put_be(tcp, segment.sequence, 4);
    put_be(tcp, 0, 4);
    tcp.push_back(0x60); // with four bytes of options
    tcp.push_back(segment.flags);
    put_be(tcp, 0, 6);
    put_be(tcp, 0x01010101, 4);
    put_all(tcp, segment.payload);
    return tcp;
}

inline ByteVector ip_bytes(const TestSegment& segment, int version)
{
    const ByteVector tcp = tcp_bytes(segment);
    ByteVector ip;
    if (version == 4) {
        put_be(ip, 0x4500, 2);
        put_be(ip, 20 + tcp.size(), 2);
        put_be(ip, 0x00004000, 4);
        put_be(ip, 0x40060000, 4);
        for (const std::uint8_t last : {segment.from, segment.to})
            put_be(ip, 0xc0000200U + last, 4); // 192.0.2.x
    } else {
        put_be(ip, 0x60000000, 4);
        put_be(ip, 8 + tcp.size(), 2);
        put_be(ip, 0x0040, 2); // a hop-by-hop header comes first
        for (const std::uint8_t last : {segment.from, segment.to}) {
            put_be(ip, 0x20010db8, 4);
            put_be(ip, 0, 8);
            put_be(ip, last, 4);
        }
        put_be(ip, 0x0600000000000000, 8);
    }
    put_all(ip, tcp);
    return ip;
}

inline ByteVector link_bytes(LinkKind kind, int version)
{
    const std::uint16_t type = version == 4 ? 0x0800 : 0x86dd;
    ByteVector link;
    switch (kind) {
    case LinkKind::ethernet:
        link.assign(12, 0xee);
        put_be(link, 0x81000005, 4); // in a VLAN
        put_be(link, type, 2);
        break;
    case LinkKind::linux_cooked_1:
        link.assign(14, 0);
        put_be(link, type, 2);
        break;
    case LinkKind::linux_cooked_2:
        put_be(link, type, 2);
        link.resize(20);
        break;
    case LinkKind::raw_ip: break;
    case LinkKind::loopback: put_le(link, version == 4 ? 2 : 30, 4); break;
    }
    return link;
}

// Ends with the trailer that Ethernet adds to short packets, which belongs to nobody.
inline ByteVector packet_bytes(const TestSegment& segment, LinkKind kind, int version)
{
    ByteVector packet = link_bytes(kind, version);
    put_all(packet, ip_bytes(segment, version));
    if (kind == LinkKind::ethernet) packet.insert(packet.end(), 6, 0xdd);
    return packet;
}

inline std::uint32_t link_type(LinkKind kind)
{
    switch (kind) {
    case LinkKind::ethernet: return 1;
    case LinkKind::linux_cooked_1: return 113;
    case LinkKind::linux_cooked_2: return 276;
    case LinkKind::raw_ip: return 101;
    case LinkKind::loopback: return 0;
    }
    return 0;
}

inline ByteVector capture_header(LinkKind kind)
{
    ByteVector file;
    put_le(file, 0xa1b2c3d4, 4);
    put_le(file, 0x00040002, 4);
    put_le(file, 0, 8);
    put_le(file, 262144, 4);
    put_le(file, link_type(kind), 4);
    return file;
}

inline void add_packet(ByteVector& file, const ByteVector& packet, std::uint32_t milliseconds)
{
    put_le(file, 1700000000U + milliseconds / 1000, 4);
    put_le(file, milliseconds % 1000 * 1000, 4);
    put_le(file, packet.size(), 4);
    put_le(file, packet.size(), 4);
    put_all(file, packet);
}

// A millisecond from one segment to the next.
inline ByteVector capture_of(const std::vector<TestSegment>& segments,
                             LinkKind kind = LinkKind::ethernet, int version = 4)
{
    ByteVector file = capture_header(kind);
    std::uint32_t time = 0;
    for (const TestSegment& segment : segments)
        add_packet(file, packet_bytes(segment, kind, version), time++);
    return file;
}

// A connection as its two ends speak: 1 opens it to 2 unless told otherwise.
class TestConnection
{
public:
    explicit TestConnection(std::uint8_t opener = 1, std::uint8_t listener = 2)
        : ends_{opener, listener}
    {
        segments.push_back({opener, listener, sequences_[0]++, 0x02});
        segments.push_back({listener, opener, sequences_[1]++, 0x12});
    }

    // In segments of at most `size` bytes.
    TestConnection& say(unsigned end, const ByteVector& bytes, std::size_t size = 1400)
    {
        for (std::size_t at = 0; at < bytes.size(); at += size) {
            const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(at);
            const std::size_t length = std::min(size, bytes.size() - at);
            const ByteVector part(first, first + static_cast<std::ptrdiff_t>(length));
            add(end, 0x18, part);
            sequences_[end] += static_cast<std::uint32_t>(length);
        }
        return *this;
    }
    TestConnection& finish(unsigned end)
    {
        add(end, 0x11, {});
        return *this;
    }
    TestConnection& reset(unsigned end)
    {
        add(end, 0x14, {});
        return *this;
    }

    std::vector<TestSegment> segments;

private:
    void add(unsigned end, std::uint8_t flags, const ByteVector& payload)
    {
        segments.push_back({ends_[end], ends_[1 - end], sequences_[end], flags, payload});
    }

    std::array<std::uint8_t, 2> ends_;
    std::array<std::uint32_t, 2> sequences_{0xfffffff0, 77}; // one wraps
};

} // namespace netplay_relay::peer
