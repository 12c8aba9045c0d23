#include "peer/decode/decode_capture.hpp"

#include "peer/decode/capture_file.hpp"
#include "peer/decode/conversation.hpp"
#include "peer/decode/report.hpp"
#include "peer/decode/tcp_streams.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace netplay_relay::peer {

namespace {

constexpr std::size_t connections_max = 16384;
constexpr std::size_t read_size = 64 * 1024;

// All connections of a capture.
class CaptureDecoder
{
public:
    CaptureDecoder(const DecodeOptions& options, Report& report)
        : options_(options), report_(report)
    {
        options_.side.reset(); // a capture has both
    }

    void take(const Segment& segment, std::chrono::microseconds time);
    void finish();

    [[nodiscard]] bool has_netplay() const { return has_netplay_; }
    [[nodiscard]] std::uint64_t ignored() const { return ignored_; }

private:
    using Key = std::pair<wire::Endpoint, wire::Endpoint>; // the lower one first: way 0

    struct Connection
    {
        Conversation conversation;
        std::uint64_t order = 0;
        std::array<TcpStream, 2> streams{};
        std::array<bool, 2> is_over{};
        std::chrono::microseconds last{};
    };

    Connection* find(const Segment& segment, const Key& key, unsigned direction);
    void feed(Connection& connection, const Segment& segment, unsigned direction);
    void close(Connection& connection);

    DecodeOptions options_;
    Report& report_;
    std::map<Key, std::unique_ptr<Connection>> connections_;
    std::uint64_t opened_ = 0;
    std::uint64_t ignored_ = 0; // segments, for want of room
    bool has_netplay_ = false;
};

void CaptureDecoder::take(const Segment& segment, std::chrono::microseconds time)
{
    const Key key = std::minmax(segment.from, segment.to);
    const unsigned direction = segment.from == key.first ? 0 : 1;
    Connection* connection = find(segment, key, direction);
    if (connection == nullptr) return;
    connection->last = time;
    feed(*connection, segment, direction);
}

// The connection a segment belongs to; a new SYN begins another with the same endpoints.
CaptureDecoder::Connection* CaptureDecoder::find(const Segment& segment, const Key& key,
                                                 unsigned direction)
{
    const auto found = connections_.find(key);
    if (found != connections_.end()) {
        Connection& connection = *found->second;
        const TcpStream& stream = connection.streams[direction];
        const bool is_new = segment.syn && !segment.ack && stream.has_begun() &&
                            !stream.began_with(segment.sequence);
        if (!is_new) return &connection;
        close(connection);
        connections_.erase(found);
    }
    if (!segment.syn && segment.payload_size == 0) return nullptr;
    if (connections_.size() >= connections_max) {
        ++ignored_;
        return nullptr;
    }
    const std::array<std::string, 2> names{wire::to_text(key.first), wire::to_text(key.second)};
    auto connection =
        std::make_unique<Connection>(Connection{Conversation(report_, names, options_), ++opened_});
    return connections_.emplace(key, std::move(connection)).first->second.get();
}

void CaptureDecoder::feed(Connection& connection, const Segment& segment, unsigned direction)
{
    TcpStream& stream = connection.streams[direction];
    Conversation& conversation = connection.conversation;
    if (segment.syn) {
        stream.begin(segment.sequence);
        conversation.opened_by(segment.ack ? 1 - direction : direction);
    }
    const std::uint32_t sequence = segment.sequence + (segment.syn ? 1 : 0);
    std::vector<std::uint8_t> bytes;
    stream.push(sequence, segment.payload, bytes);
    if (!bytes.empty()) conversation.said(direction, bytes, connection.last);
    if (stream.is_lost()) conversation.lost(direction, stream.gap(), connection.last);
    if (segment.fin) stream.end(sequence + segment.payload_size);
    if (stream.is_at_end() && !std::exchange(connection.is_over[direction], true))
        conversation.ended(direction, "end of stream", connection.last);
    if (segment.reset && !std::exchange(connection.is_over[direction], true))
        conversation.ended(direction, "reset", connection.last);
}

void CaptureDecoder::close(Connection& connection)
{
    for (unsigned direction = 0; direction < 2; ++direction)
        if (connection.streams[direction].gap() != 0)
            connection.conversation.lost(direction, connection.streams[direction].gap(),
                                         connection.last);
    connection.conversation.finish();
    has_netplay_ = has_netplay_ || connection.conversation.is_netplay();
}

void CaptureDecoder::finish()
{
    std::vector<Connection*> all;
    for (const auto& [key, connection] : connections_)
        all.push_back(connection.get());
    std::ranges::sort(all, {}, &Connection::order);
    for (Connection* connection : all)
        close(*connection);
    connections_.clear();
}

int decode_packets(const DecodeOptions& options, std::ostream& out, std::ostream& errors)
{
    std::string problem;
    auto file = CaptureFile::open(options.path, problem);
    if (!file) {
        errors << options.path << ": " << problem << '\n';
        return 2;
    }
    Report report(out, Report::Stamp::time);
    CaptureDecoder decoder(options, report);
    bool is_first = true;
    while (const auto packet = file->next(problem)) {
        if (std::exchange(is_first, false)) report.start_at(packet->time);
        if (const auto segment = read_segment(file->link_kind(), packet->bytes))
            decoder.take(*segment, packet->time);
    }
    decoder.finish();
    if (decoder.ignored() != 0)
        errors << options.path << ": more than " << connections_max << " connections, "
               << decoder.ignored() << " segments of others were ignored\n";
    if (!problem.empty()) {
        errors << options.path << ": " << problem << '\n';
        return 2;
    }
    if (!decoder.has_netplay()) errors << options.path << ": no netplay connection in it\n";
    return report.faults() != 0 || !decoder.has_netplay() ? 1 : 0;
}

struct Outcome
{
    std::uint64_t faults = 0;
    std::uint64_t lines = 0;
    bool is_netplay = false;
    std::optional<wire::Side> side; // of who sent the bytes, as far as it was found out
};

Outcome decode_bytes(std::istream& file, const DecodeOptions& options, std::ostream& out)
{
    Report report(out, Report::Stamp::offset);
    const bool is_server = options.side == wire::Side::server;
    const std::array<std::string, 2> names{is_server ? "server" : "client",
                                           is_server ? "client" : "server"};
    Conversation conversation(report, options.side ? names : std::array<std::string, 2>{"?", "?"},
                              options);
    std::vector<std::uint8_t> bytes(read_size);
    file.clear();
    file.seekg(0);
    while (file) {
        file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(read_size));
        const auto size = static_cast<std::size_t>(file.gcount());
        conversation.said(0, std::span(bytes).first(size), {});
    }
    conversation.finish();
    return {report.faults(), report.lines(), conversation.is_netplay(),
            conversation.side_of_direction(0)};
}

// What the first messages tell, unless one of the sides makes more sense of the rest.
DecodeOptions with_side(std::istream& file, const DecodeOptions& options)
{
    std::ostream nowhere(nullptr);
    const auto rank = [](const Outcome& outcome) {
        return std::pair(outcome.faults == 0, outcome.lines);
    };
    DecodeOptions best = options;
    Outcome outcome = decode_bytes(file, options, nowhere);
    best.side = outcome.side;
    for (const wire::Side side : {wire::Side::client, wire::Side::server}) {
        DecodeOptions other = options;
        other.side = side;
        const Outcome other_outcome = decode_bytes(file, other, nowhere);
        if (rank(other_outcome) <= rank(outcome)) continue;
        outcome = other_outcome;
        best = other;
    }
    return best;
}

} // namespace

int decode_file(const DecodeOptions& options, std::ostream& out, std::ostream& errors)
{
    std::ifstream file(options.path, std::ios::binary);
    std::array<char, 4> first{};
    file.read(first.data(), first.size());
    if (file.gcount() == 0) {
        errors << options.path << ": cannot be read, or is empty\n";
        return 2;
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(first.data());
    if (CaptureFile::is_capture({bytes, static_cast<std::size_t>(file.gcount())})) {
        file.close();
        return decode_packets(options, out, errors);
    }
    const Outcome outcome =
        decode_bytes(file, options.side ? options : with_side(file, options), out);
    if (!outcome.is_netplay) errors << options.path << ": no netplay in it\n";
    return outcome.faults != 0 || !outcome.is_netplay ? 1 : 0;
}

} // namespace netplay_relay::peer
