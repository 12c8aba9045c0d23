#include "peer/party_lines.hpp"

#include "peer/decode/escape.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace netplay_relay::inspector {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t shown_max = 32; // bytes of a payload
constexpr double thousandths = 1000;

std::string_view view_of(std::span<const std::uint8_t> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string dump(const Json& json)
{
    std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
    std::ranges::replace(text, '\x7f', '?'); // a terminal obeys it
    return text + "\n";
}

double rounded(double value) { return std::round(value * thousandths) / thousandths; }

double seconds_of(Duration at) { return rounded(std::chrono::duration<double>(at).count()); }

std::string number(double value)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f", value);
    return text.data();
}

// "2, 3", or "none"
std::string ids(const std::vector<std::int32_t>& peers)
{
    std::string text;
    for (const std::int32_t id : peers)
        text += (text.empty() ? "" : ",") + std::to_string(id);
    return text.empty() ? "none" : text;
}

std::string_view word(PartyEndKind kind)
{
    switch (kind) {
    case PartyEndKind::left: return "left";
    case PartyEndKind::refused: return "refused";
    case PartyEndKind::closed: return "closed";
    case PartyEndKind::lost: return "lost";
    case PartyEndKind::broken: return "broken";
    }
    return "unknown";
}

struct Words
{
    std::string operator()(const party::Welcome& welcome) const
    {
        return (welcome.again ? "welcome again, id " : "welcome, id ") +
               std::to_string(welcome.id) + (welcome.mesh ? ", mesh" : ", star") + ", peers " +
               ids(welcome.peers) + ", packets up to " + std::to_string(welcome.packet) +
               " bytes, held for " + std::to_string(welcome.hold) + " s, relay has got " +
               std::to_string(welcome.got);
    }
    std::string operator()(const party::PeerNews& news) const
    {
        return std::string(party::word(news.news)) + " " + std::to_string(news.id) +
               (news.why.empty() ? "" : " (" + peer::as_word(news.why) + ")");
    }
    std::string operator()(const PartyPacket& packet) const
    {
        const auto shown =
            std::span(packet.payload).first(std::min(packet.payload.size(), shown_max));
        return "packet from " + std::to_string(packet.source) + ", " +
               std::string(party::word(packet.mode)) + ", channel " +
               std::to_string(packet.channel) + ", " + std::to_string(packet.payload.size()) +
               " bytes: " + peer::as_hex(packet.payload, shown_max) + " " +
               peer::in_quotes(view_of(shown));
    }
    std::string operator()(const party::Got& got) const
    {
        return "got " + std::to_string(got.got) +
               (got.round_trip ? ", round trip " + number(*got.round_trip) + " ms" : "");
    }
    std::string operator()(const PartyAbsent& absent) const
    {
        return "connection lost (" + peer::escaped(absent.why) + "), coming back";
    }
    std::string operator()(const PartyEnd& end) const
    {
        std::string text(word(end.kind));
        if (!end.reason.empty()) text += " (" + peer::as_word(end.reason) + ")";
        return text + (end.text.empty() ? "" : ": " + peer::escaped(end.text));
    }
};

struct Fields
{
    Json& json;

    void operator()(const party::Welcome& welcome) const
    {
        json["event"] = "welcome";
        json["again"] = welcome.again;
        json["id"] = welcome.id;
        json["code"] = to_text(welcome.code);
        json["mesh"] = welcome.mesh;
        json["peers"] = welcome.peers;
        json["packet"] = welcome.packet;
        json["hold"] = welcome.hold;
        json["got"] = welcome.got;
    }
    void operator()(const party::PeerNews& news) const
    {
        json["event"] = party::word(news.news);
        json["id"] = news.id;
        if (!news.why.empty()) json["why"] = news.why;
    }
    void operator()(const PartyPacket& packet) const
    {
        const auto shown =
            std::span(packet.payload).first(std::min(packet.payload.size(), shown_max));
        std::string hex = peer::as_hex(shown, shown_max);
        std::erase(hex, ' ');
        json["event"] = "packet";
        json["source"] = packet.source;
        json["mode"] = party::word(packet.mode);
        json["channel"] = packet.channel;
        json["size"] = packet.payload.size();
        json["hex"] = hex;
        json["text"] = peer::escaped(view_of(shown));
    }
    void operator()(const party::Got& got) const
    {
        json["event"] = "got";
        json["got"] = got.got;
        if (got.round_trip) json["rtt_ms"] = *got.round_trip;
    }
    void operator()(const PartyAbsent& absent) const
    {
        json["event"] = "connection_lost";
        json["why"] = absent.why;
    }
    void operator()(const PartyEnd& end) const
    {
        json["event"] = "end";
        json["how"] = word(end.kind);
        json["reason"] = end.reason;
        json["text"] = end.text;
    }
};

Json stream_json(const ProbeReport& stream)
{
    return {{"source", stream.source},
            {"echo", stream.echo},
            {"stream", stream.stream},
            {"mode", party::word(stream.mode)},
            {"received", stream.received},
            {"lost", stream.lost},
            {"doubled", stream.doubled},
            {"out_of_order", stream.out_of_order},
            {"ms",
             {{"least", rounded(stream.least)},
              {"median", rounded(stream.median)},
              {"p99", rounded(stream.p99)},
              {"most", rounded(stream.most)}}}};
}

Json report_json(const PartyReport& report)
{
    const PartyClientCounts& counts = report.counts;
    Json json{{"event", "report"},
              {"role", report.hosts ? "host" : "client"},
              {"code", report.code},
              {"id", report.id},
              {"outcome", report.outcome},
              {"reason", report.reason},
              {"text", report.text},
              {"seconds", rounded(report.seconds)},
              {"connections", report.connections},
              {"returns", counts.returns},
              {"messages", {{"in", counts.messages_in}, {"out", counts.messages_out}}},
              {"packets",
               {{"in", counts.packets_in},
                {"out", counts.packets_out},
                {"dropped", counts.packets_dropped},
                {"refused", counts.packets_refused}}},
              {"repeated", counts.messages_repeated}};
    if (report.round_trip) json["rtt_ms"] = *report.round_trip;
    json["streams"] = Json::array();
    for (const ProbeReport& stream : report.streams)
        json["streams"].push_back(stream_json(stream));
    if (report.faultless) json["faultless"] = *report.faultless;
    json["exit_code"] = report.exit_code;
    return json;
}

std::string row(std::string_view name, const std::string& value)
{
    std::string text(name);
    text.resize(12, ' ');
    return text + value + "\n";
}

std::string stream_text(const ProbeReport& stream)
{
    return std::string(stream.echo ? "echo of " : "from ") + std::to_string(stream.source) + ", " +
           std::string(party::word(stream.mode)) + ": " + std::to_string(stream.received) +
           " received, " + std::to_string(stream.lost) + " lost, " +
           std::to_string(stream.doubled) + " doubled, " + std::to_string(stream.out_of_order) +
           " out of order; " + (stream.echo ? "round trip " : "later than the fastest by ") +
           number(stream.median) + " ms median, " + number(stream.p99) + " p99, " +
           number(stream.most) + " most" +
           (stream.echo ? ", " + number(stream.least) + " least" : "");
}

std::string report_text(const PartyReport& report)
{
    const PartyClientCounts& counts = report.counts;
    std::string ended = report.outcome;
    if (!report.reason.empty()) ended += " (" + peer::as_word(report.reason) + ")";
    if (!report.text.empty()) ended += ": " + peer::escaped(report.text);
    std::string text = row("ended", ended);
    if (!report.code.empty())
        text += row("party", report.code + ", id " + std::to_string(report.id));
    text += row("seconds", number(report.seconds));
    text += row("connections", std::to_string(report.connections) + ", " +
                                   std::to_string(counts.returns) + " returns, " +
                                   std::to_string(counts.messages_repeated) + " messages repeated");
    text += row("packets", std::to_string(counts.packets_in) + " in, " +
                               std::to_string(counts.packets_out) + " out, " +
                               std::to_string(counts.packets_dropped) + " dropped, " +
                               std::to_string(counts.packets_refused) + " not taken");
    if (report.round_trip) text += row("round trip", number(*report.round_trip) + " ms");
    for (const ProbeReport& stream : report.streams)
        text += row("counted", stream_text(stream));
    return text + row("exit code", std::to_string(report.exit_code));
}

} // namespace

std::string PartyLines::code(const std::string& code) const
{
    return json_ ? dump({{"event", "code"}, {"code", code}}) : "code: " + code + "\n";
}

std::string PartyLines::event(const PartyClientEvent& event, Duration at) const
{
    if (!json_) return number(seconds_of(at)) + " " + std::visit(Words{}, event) + "\n";
    Json json{{"event", nullptr}, {"at", seconds_of(at)}};
    std::visit(Fields{json}, event);
    return dump(json);
}

std::string PartyLines::report(const PartyReport& report) const
{
    return json_ ? dump(report_json(report)) : report_text(report);
}

bool is_frequent(const PartyClientEvent& event)
{
    return std::holds_alternative<PartyPacket>(event) || std::holds_alternative<party::Got>(event);
}

} // namespace netplay_relay::inspector
