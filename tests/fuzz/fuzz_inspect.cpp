// Arbitrary bytes as what the two ends of a link say: what is read off them must not depend on how
// they are cut, must have a limit, and must be fit to be shown.
#include "base/ensure.hpp"
#include "decisions.hpp"
#include "inspect/link_inspector.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace netplay_relay::fuzz {

namespace {

using inspect::End;
using inspect::GameFacts;
using Span = std::span<const std::uint8_t>;

struct Said
{
    End from;
    Span bytes;
};

// Each piece begins with a byte that tells who says it, and its length.
std::vector<Said> read_talk(Decisions& decisions)
{
    std::vector<Said> talk;
    Span left = decisions.rest();
    while (!left.empty()) {
        const End from = (left[0] & 1) != 0 ? End::host : End::guest;
        const std::size_t size = std::min<std::size_t>(left[0] >> 1, left.size() - 1);
        talk.push_back({from, left.subspan(1, size)});
        left = left.subspan(1 + size);
    }
    return talk;
}

void check_text(const std::string& text)
{
    ensure(text.size() < wire::nick_field_size, "a text longer than its field");
    for (const char letter : text)
        ensure(static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f, "a control");
    (void)nlohmann::json(text).dump(); // throws if it is no UTF-8
}

std::string to_line(const GameFacts& facts)
{
    ensure(facts.players.size() <= wire::clients_max, "too many players");
    nlohmann::json all{to_text(facts.stage), facts.protocol,       facts.password_asked,
                       facts.core_name,      facts.core_version,   facts.content_differs,
                       facts.crcs,           facts.crc_mismatches, facts.resyncs,
                       facts.savestates,     facts.resets,         facts.pauses,
                       facts.chats};
    for (const inspect::EndFacts* end : {&facts.guest, &facts.host}) {
        check_text(end->nick);
        all.push_back({end->nick, end->content_crc, end->frame.value_or(1)});
    }
    check_text(facts.core_name);
    check_text(facts.core_version);
    for (const inspect::Player& player : facts.players) {
        check_text(player.nick);
        all.push_back({player.number, player.nick});
    }
    if (facts.last_command) all.push_back(facts.last_command->name);
    if (facts.last_savestate) all.push_back(facts.last_savestate->frame);
    ensure(facts.crc_mismatches <= facts.crcs, "a mismatch without a CRC");
    ensure(facts.resyncs <= facts.crc_mismatches, "an answer without a request");
    ensure(facts.resyncs <= facts.savestates, "an answer that was none");
    return all.dump();
}

// In pieces of `most` bytes; 0: as it was said.
std::string read(const std::vector<Said>& talk, std::size_t most)
{
    inspect::LinkInspector inspector;
    for (const Said& said : talk) {
        const std::size_t piece = most == 0 ? said.bytes.size() : most;
        for (Span left = said.bytes; !left.empty();) {
            const Span front = left.first(std::min(piece, left.size()));
            const bool had_given_up = inspector.gave_up();
            inspector.take(said.from, front);
            ensure(!had_given_up || inspector.gave_up(), "took heart again");
            left = left.subspan(front.size());
        }
    }
    return to_line(inspector.facts()) + (inspector.gave_up() ? " gave up" : "");
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace netplay_relay;
    fuzz::Decisions decisions({data, size});
    const std::size_t most = 1 + decisions.below(40);
    const auto talk = fuzz::read_talk(decisions);
    const std::string whole = fuzz::read(talk, 0);
    ensure(fuzz::read(talk, 1) == whole, "another reading byte by byte");
    ensure(fuzz::read(talk, most) == whole, "another reading in pieces");
    return 0;
}
