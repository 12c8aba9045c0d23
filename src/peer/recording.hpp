// A run as a file: the settings, then everything that came to the peer from outside, with its time.
#pragma once

#include "rollback/session.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace netplay_relay::peer {

using rollback::Instant;

enum class EventKind : std::uint8_t
{
    opened = 1, // a connection stands
    received,
    closed,
    tick,
    left,   // we ended it
    result, // bytes: the result as JSON text, always the last
};

struct RunEvent
{
    EventKind kind = EventKind::tick;
    Instant at{0};
    std::uint64_t connection = 0;
    std::vector<std::uint8_t> bytes;
};

class RecordingWriter
{
public:
    // Writes the head. The stream must outlive the writer.
    RecordingWriter(std::ostream& out, const std::string& settings_json);

    void write(EventKind kind, Instant at, std::uint64_t connection,
               std::span<const std::uint8_t> bytes);

private:
    std::ostream& out_;
};

class RecordingReader
{
public:
    // Reads the head, or tells in a sentence why the stream is no recording.
    static std::variant<RecordingReader, std::string> open(std::istream& in);

    [[nodiscard]] const std::string& settings_json() const { return settings_json_; }
    // The next event; nothing at the end, or when the file is damaged: then fault() says so.
    [[nodiscard]] std::optional<RunEvent> next();
    [[nodiscard]] const std::string& fault() const { return fault_; }

private:
    explicit RecordingReader(std::istream& in) : in_(&in) {}

    std::istream* in_;
    std::string settings_json_;
    std::string fault_;
    std::int64_t last_ = 0; // time of the last event, nanoseconds
};

} // namespace netplay_relay::peer
