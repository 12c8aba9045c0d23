// What a peer sends before it is linked, cut into arbitrary pieces: the answers must not depend on
// the pieces, and nothing that comes behind a message may be lost.
#include "base/ensure.hpp"
#include "decisions.hpp"
#include "lobby/protocols.hpp"
#include "wire/proxy_header.hpp"
#include "worker/greeting.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace netplay_relay::fuzz {

namespace {

using Span = std::span<const std::uint8_t>;

// The lengths of the pieces, over and over; a piece of 0 is all that is left.
class Pieces
{
public:
    Pieces(std::vector<std::size_t> lengths, Span bytes)
        : lengths_(std::move(lengths)), bytes_(bytes)
    {
    }

    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] Span left() const { return bytes_; }

    Span next()
    {
        std::size_t length = lengths_.empty() ? 0 : lengths_[at_++ % lengths_.size()];
        if (length == 0 || length > bytes_.size()) length = bytes_.size();
        const Span piece = bytes_.first(length);
        bytes_ = bytes_.subspan(length);
        return piece;
    }

private:
    std::vector<std::size_t> lengths_;
    Span bytes_;
    std::size_t at_ = 0;
};

worker::Connection fresh_connection() { return {lobby::ConnectionId{7}, -1, wire::Endpoint{}}; }

// A decoder wants more up to some length and then gives one answer, whatever follows.
template <class Decode>
void check_prefixes(Decode decode, Span bytes)
{
    using Result = decltype(decode(bytes));
    const Result whole = decode(bytes);
    const std::size_t longest = std::min(bytes.size(), wire::undecided_size_max + 1);
    for (std::size_t size = 0; size <= longest; ++size) {
        const Result result = decode(bytes.first(size));
        if (std::holds_alternative<wire::NeedMore>(result))
            ensure(size < wire::undecided_size_max, "undecided for too long");
        else
            ensure(result == whole, "the answer depends on what follows");
    }
}

void check_greeting(const std::vector<std::size_t>& lengths, Span bytes)
{
    const auto whole = lobby::recognise(bytes).opening;
    worker::Connection connection = fresh_connection();
    Pieces pieces(lengths, bytes);
    std::optional<lobby::Event> event;
    while (!pieces.empty() && !event)
        event = worker::read_greeting(connection, pieces.next());
    if (!event) {
        ensure(std::holds_alternative<wire::NeedMore>(whole), "decided too late");
        ensure(std::ranges::equal(connection.first->partial.view(), bytes),
               "a partial greeting was lost");
        return;
    }
    if (const auto* refused = std::get_if<lobby::Refused>(&*event)) {
        const auto* refusal = std::get_if<wire::Refusal>(&whole);
        ensure(refusal != nullptr && *refusal == refused->refusal, "another refusal in pieces");
        return;
    }
    const auto* greeted = std::get_if<lobby::Greeted>(&*event);
    const auto* taken = std::get_if<wire::Taken<wire::Greeting>>(&whole);
    ensure(greeted != nullptr && taken != nullptr, "a greeting only in pieces");
    ensure(greeted->connection == connection.id, "another connection's event");
    ensure(greeted->greeting == taken->message, "another greeting in pieces");
    ensure(taken->used <= bytes.size(), "used more than there is");
    ensure(greeted->more == !connection.first->early.empty(),
           "`more` does not tell of early bytes");
    ensure(connection.first->partial.size() == 0, "a part is left behind a whole greeting");
    std::vector<std::uint8_t> behind = connection.first->early;
    behind.insert(behind.end(), pieces.left().begin(), pieces.left().end());
    ensure(std::ranges::equal(behind, bytes.subspan(taken->used)), "early bytes were lost");
}

// The header of a proxy, which is decided on within its own limit, and what is behind it.
void check_introduction(const std::vector<std::size_t>& lengths, Span bytes)
{
    const auto whole = wire::decode_proxy_header(bytes);
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const auto seen = wire::decode_proxy_header(bytes.first(size));
        if (std::holds_alternative<wire::NeedMore>(seen))
            ensure(size < wire::proxy_header_size_max, "undecided on a header for too long");
        else
            ensure(seen == whole, "what is behind a header changes it");
    }
    worker::Connection connection = fresh_connection();
    Pieces pieces(lengths, bytes);
    std::optional<lobby::Event> event;
    while (!pieces.empty() && !event)
        event = worker::read_introduction(connection, pieces.next());
    const Span kept(connection.first->early);
    if (!event) {
        ensure(std::holds_alternative<wire::NeedMore>(whole), "decided too late on a header");
        ensure(std::ranges::equal(kept, bytes), "a part of a header was lost");
        return;
    }
    if (std::holds_alternative<lobby::Refused>(*event))
        return ensure(std::holds_alternative<wire::Refusal>(whole), "refused only in pieces");
    const auto* taken = std::get_if<wire::Taken<wire::ProxyHeader>>(&whole);
    const auto* introduced = std::get_if<lobby::Introduced>(&*event);
    ensure(taken != nullptr && introduced != nullptr, "a header only in pieces");
    ensure(introduced->client == taken->message.client, "another client in pieces");
    std::vector<std::uint8_t> behind(kept.begin(), kept.end());
    behind.insert(behind.end(), pieces.left().begin(), pieces.left().end());
    ensure(std::ranges::equal(behind, bytes.subspan(taken->used)), "bytes behind a header");
    ensure(!kept.empty() || connection.first.is_usual(), "memory for nothing");
}

void append_hex(std::string& text, Span bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
}

// One word for each event of a control connection.
std::string word_of(const lobby::Event& event)
{
    if (std::holds_alternative<lobby::SpokeLikeGuest>(event)) return "guest;";
    if (const auto* refused = std::get_if<lobby::Refused>(&event)) {
        ensure(refused->refusal == wire::Refusal::unknown_message, "not a host's refusal");
        return "refused;";
    }
    const auto* said = std::get_if<lobby::Said>(&event);
    ensure(said != nullptr, "no event of a control connection");
    const auto* query = std::get_if<wire::AddressQuery>(&said->message);
    if (query == nullptr) return "pong;";
    std::string word = "query ";
    append_hex(word, query->ticket.bytes);
    return word + ";";
}

bool is_last(const lobby::Event& event)
{
    return std::holds_alternative<lobby::SpokeLikeGuest>(event) ||
           std::holds_alternative<lobby::Refused>(event);
}

// What a control connection says, by a reader of its own.
std::string expected_words(Span bytes)
{
    const std::string text(bytes.begin(), bytes.end());
    std::string words;
    std::size_t at = 0;
    while (text.size() - at >= 4) {
        const std::string magic = text.substr(at, 4);
        if (magic == "RATP") {
            words += "pong;";
            at += 4;
        } else if (magic == "RATA") {
            if (text.size() - at < 16) break;
            words += "query ";
            append_hex(words, bytes.subspan(at + 4, 12));
            words += ";";
            at += 16;
        } else {
            return words + (at == 0 && magic == "RANP" ? "guest;" : "refused;");
        }
    }
    return words;
}

void check_control(const std::vector<std::size_t>& lengths, Span bytes)
{
    worker::Connection connection = fresh_connection();
    connection.become(lobby::Stage::asking);
    Pieces pieces(lengths, bytes);
    std::string words;
    bool is_over = false;
    while (!pieces.empty() && !is_over) {
        std::vector<lobby::Event> events;
        worker::read_control(connection, pieces.next(), events);
        for (const lobby::Event& event : events) {
            ensure(!is_over, "an event behind a refusal");
            words += word_of(event);
            is_over = is_last(event);
        }
    }
    ensure(words == expected_words(bytes), "a control connection was misread");
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace netplay_relay;
    fuzz::Decisions decisions({data, size});
    std::vector<std::size_t> lengths(decisions.below(5));
    for (std::size_t& length : lengths)
        length = decisions.below(40);
    const auto bytes = decisions.rest();
    const auto opening = [](auto first) { return lobby::recognise(first).opening; };
    fuzz::check_prefixes(opening, bytes);
    fuzz::check_prefixes(wire::decode_control, bytes);
    fuzz::check_introduction(lengths, bytes);
    fuzz::check_greeting(lengths, bytes);
    fuzz::check_control(lengths, bytes);
    return 0;
}
