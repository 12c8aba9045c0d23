// Arbitrary bytes as the head of a WebSocket connection and as its frames: what is read off them
// must not depend on how they are cut or on whether the reader moves, and has limits.
#include "base/ensure.hpp"
#include "decisions.hpp"
#include "record/archive.hpp"
#include "text/text.hpp"
#include "websocket/frames.hpp"
#include "websocket/upgrade.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace netplay_relay::fuzz {

namespace {

using websocket::FrameReader;
using websocket::Kind;
using websocket::Message;
using websocket::Side;
using Span = std::span<const std::uint8_t>;

constexpr std::string_view subprotocol = "netplay-relay.godot.1";
constexpr websocket::Limits limits{100, 300};

// What begins it in the corpus.
enum class Choice : std::uint8_t
{
    head,
    frames_of_client,
    frames_of_server
};
constexpr std::size_t choices = 3;

void check_answer(const std::string& answer)
{
    ensure(answer.starts_with("HTTP/1.1 "), "an answer that is none");
    const std::size_t end = answer.find("\r\n\r\n");
    ensure(end != std::string::npos, "an answer without an end");
    ensure(std::ranges::count(answer.substr(0, end + 4), '\n') ==
               std::ranges::count(answer.substr(0, end + 4), '\r'),
           "a line end of the peer's in an answer");
}

void check_head(Span bytes)
{
    const websocket::Head whole = websocket::read_head(bytes, subprotocol);
    std::size_t decided = 0; // after so many bytes, and the same from then on
    while (decided <= bytes.size() && std::holds_alternative<websocket::NeedMoreHead>(
                                          websocket::read_head(bytes.first(decided), subprotocol)))
        ++decided;
    if (std::holds_alternative<websocket::NeedMoreHead>(whole)) {
        ensure(decided > bytes.size(), "decided, and then not");
        return;
    }
    ensure(websocket::read_head(bytes.first(decided), subprotocol) == whole, "decided otherwise");
    if (const auto* upgrade = std::get_if<websocket::Upgrade>(&whole)) {
        ensure(upgrade->used == decided, "used another number of bytes than it needed");
        ensure(upgrade->key.size() == 24, "another key than there are");
        check_answer(websocket::acceptance(*upgrade, subprotocol));
    } else {
        check_answer(websocket::refusal(std::get<websocket::BadRequest>(whole)));
    }
}

struct Outcome
{
    std::vector<std::pair<Kind, std::vector<std::uint8_t>>> said;
    std::optional<websocket::Fault> fault;

    bool operator==(const Outcome&) const = default;
};

void check_message(const Message& message)
{
    const std::string_view text(reinterpret_cast<const char*>(message.payload.data()),
                                message.payload.size());
    const std::size_t most = message.kind == Kind::text     ? limits.text
                             : message.kind == Kind::binary ? limits.binary
                                                            : 125;
    ensure(text.size() <= most, "a message above its limit");
    ensure(message.kind != Kind::text || text::is_utf8(text), "a text that is no UTF-8");
    ensure(message.kind != Kind::close || text.size() != 1, "half a number");
}

void feed(FrameReader& reader, Span bytes, Outcome& outcome)
{
    outcome.fault = reader.feed(bytes, limits, [&](const Message& message) {
        check_message(message);
        outcome.said.emplace_back(message.kind, std::vector<std::uint8_t>(message.payload.begin(),
                                                                          message.payload.end()));
        return true;
    });
    ensure(reader.kept() <= limits.binary + 14 + 139, "more is kept than may be");
    ensure(reader.makes_sense(), "a reader that cannot be");
}

void move_elsewhere(FrameReader& reader)
{
    record::Writer writer;
    writer(reader);
    record::Reader from(writer.bytes());
    FrameReader there;
    from(there);
    ensure(from.is_complete() && there == reader, "another reader than was there");
    reader = std::move(there);
}

// What was said, said again by us, is read as the same.
void check_again(const Outcome& outcome, Side side)
{
    std::vector<std::uint8_t> bytes;
    for (const auto& [kind, payload] : outcome.said)
        if (side == Side::server)
            websocket::append_masked_frame(bytes, kind, payload, {1, 2, 3, 4});
        else
            websocket::append_frame(bytes, kind, payload);
    FrameReader reader(side);
    Outcome again;
    feed(reader, bytes, again);
    ensure(!again.fault && again.said == outcome.said && reader.kept() == 0, "not read as written");
}

void check_frames(Decisions& decisions, Side side)
{
    const std::size_t piece = decisions.below(20) + 1;
    const Span bytes = decisions.rest();
    Outcome whole;
    FrameReader reader(side);
    feed(reader, bytes, whole);
    for (const std::size_t size : {std::size_t{1}, piece}) {
        Outcome cut;
        FrameReader moving(side);
        for (Span rest = bytes; !rest.empty() && !cut.fault;) {
            const Span next = rest.first(std::min(size, rest.size()));
            feed(moving, next, cut);
            rest = rest.subspan(next.size());
            move_elsewhere(moving);
        }
        ensure(cut == whole && moving == reader, "it depends on how it is cut");
    }
    check_again(whole, side);
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace netplay_relay::fuzz;
    Decisions decisions({data, size});
    switch (static_cast<Choice>(decisions.below(choices))) {
    case Choice::head: check_head(decisions.rest()); break;
    case Choice::frames_of_client: check_frames(decisions, Side::server); break;
    case Choice::frames_of_server: check_frames(decisions, Side::client); break;
    }
    return 0;
}
