// A file of captured packets, read one by one through libpcap.
#pragma once

#include "peer/decode/packet.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

struct pcap;

namespace netplay_relay::peer {

struct CapturedPacket
{
    std::chrono::microseconds time{};    // since 1970
    std::span<const std::uint8_t> bytes; // until the next packet is read
};

class CaptureFile
{
public:
    // True if the first bytes of a file are those of a capture, of the old format or the new.
    static bool is_capture(std::span<const std::uint8_t> first_bytes);

    // Nothing if it cannot be read; `problem` tells why.
    static std::optional<CaptureFile> open(const std::string& path, std::string& problem);

    [[nodiscard]] LinkKind link_kind() const { return kind_; }

    // Nothing at the end of the file, or where it is damaged: then `problem` tells so.
    std::optional<CapturedPacket> next(std::string& problem);

private:
    struct Close
    {
        void operator()(pcap* handle) const;
    };

    CaptureFile(pcap* handle, LinkKind kind) : handle_(handle), kind_(kind) {}

    std::unique_ptr<pcap, Close> handle_;
    LinkKind kind_;
};

} // namespace netplay_relay::peer
