// The lines that are printed of a capture.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string_view>

namespace netplay_relay::peer {

// Where in the capture something was said.
struct Moment
{
    std::chrono::microseconds time{};
    std::uint64_t offset = 0; // of its stream
};

class Report
{
public:
    enum class Stamp : std::uint8_t
    {
        time,   // seconds since the first packet
        offset, // where there are no times
    };

    Report(std::ostream& out, Stamp stamp) : out_(out), stamp_(stamp) {}

    // The moment that the stamps count from.
    void start_at(std::chrono::microseconds time);

    void line(const Moment& moment, std::string_view who, std::string_view text);
    void fault(const Moment& moment, std::string_view who, std::string_view text);

    // Connections are numbered as they are first printed.
    [[nodiscard]] std::uint64_t next_connection() { return ++connections_; }

    [[nodiscard]] std::uint64_t faults() const { return faults_; }
    [[nodiscard]] std::uint64_t lines() const { return lines_; }

private:
    std::ostream& out_;
    Stamp stamp_;
    std::chrono::microseconds start_{};
    std::uint64_t connections_ = 0;
    std::uint64_t lines_ = 0;
    std::uint64_t faults_ = 0;
};

} // namespace netplay_relay::peer
