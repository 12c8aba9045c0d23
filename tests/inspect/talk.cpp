#include "talk.hpp"

#include <sstream>

namespace netplay_relay::inspect {

ByteVector encoded(const wire::Command& command, const wire::Dialect& dialect)
{
    ByteVector bytes;
    wire::encode_command(command, dialect, bytes);
    return bytes;
}

wire::Command sync_for(std::uint32_t protocol, const std::string& nick,
                       std::span<const std::uint8_t> sram)
{
    if (protocol == 4) return wire::Sync4{262, false, 1, 0, {1, 1}, nick, sram};
    wire::Sync sync{262, false, 1, {1, 1}, {}, {}, nick, sram};
    sync.clients[0] = 1;
    return sync;
}

wire::Command mode_for(std::uint32_t protocol, bool you, bool playing, std::uint32_t number,
                       const std::string& nick)
{
    if (protocol == 4) return wire::Mode4{264, number, you, playing, false};
    return wire::Mode{264, you, playing, false, number, playing ? 2U : 0U, {}, nick};
}

Talk::Talk(std::uint32_t protocol, wire::InfoLayout layout) : protocol_(protocol), layout_(layout)
{
    if (protocol == 4) layout_ = wire::InfoLayout::name_first;
}

Talk& Talk::headers(std::uint32_t salt, std::uint32_t implementation)
{
    ByteVector guest;
    ByteVector host;
    if (protocol_ == 4) {
        wire::encode_opening(wire::NetplayHeader4{0x241, 0x00040008, 1, 0}, guest);
        wire::encode_opening(wire::NetplayHeader4{0x241, 0x00040008, 1, salt}, host);
    } else {
        const std::uint32_t highest = protocol_ == 5 ? 0 : protocol_;
        wire::encode_opening(wire::NetplayHeader{0x00040008, 1, highest, 5, implementation}, guest);
        wire::encode_opening(wire::NetplayHeader{0x00040008, 1, salt, protocol_, implementation},
                             host);
    }
    return bytes(End::guest, guest).bytes(End::host, host);
}

Talk& Talk::handshake()
{
    headers().guest(wire::Nick{"bob"}).host(wire::Nick{"alice"});
    return host(host_info).guest(guest_info).host(sync_for(protocol_, "bob (2)"));
}

Talk& Talk::guest(const wire::Command& command)
{
    return bytes(End::guest, encoded(command, dialect(End::guest)));
}

Talk& Talk::host(const wire::Command& command)
{
    return bytes(End::host, encoded(command, dialect(End::host)));
}

Talk& Talk::bytes(End from, ByteVector said)
{
    if (!said_.empty() && said_.back().from == from)
        said_.back().bytes = joined(said_.back().bytes, said);
    else
        said_.push_back({from, std::move(said)});
    return *this;
}

LinkInspector Talk::read_whole() const
{
    LinkInspector inspector;
    for (const Said& said : said_)
        inspector.take(said.from, said.bytes);
    return inspector;
}

LinkInspector Talk::read_in_pieces(std::size_t first, std::size_t last) const
{
    LinkInspector inspector;
    std::size_t size = first;
    for (const Said& said : said_) {
        std::span<const std::uint8_t> left = said.bytes;
        while (!left.empty()) {
            const std::size_t piece = std::min(size, left.size());
            inspector.take(said.from, left.first(piece));
            left = left.subspan(piece);
            size = size == last ? first : size + 1;
        }
    }
    return inspector;
}

GameFacts Talk::facts() const
{
    const LinkInspector whole = read_whole();
    REQUIRE_FALSE(whole.gave_up());
    GameFacts facts = whole.facts();
    for (const auto& [first, last] :
         {std::pair{1U, 1U}, {1U, 9U}, {2U, 2U}, {5U, 30U}, {20U, 50U}, {64U, 300U}}) {
        INFO("pieces of " << first << " to " << last);
        const LinkInspector pieces = read_in_pieces(first, last);
        CHECK_FALSE(pieces.gave_up());
        CHECK(to_line(pieces.facts()) == to_line(facts));
    }
    return facts;
}

bool Talk::is_given_up() const
{
    const bool whole = read_whole().gave_up();
    CHECK(read_in_pieces(1, 1).gave_up() == whole);
    CHECK(read_in_pieces(1, 40).gave_up() == whole);
    return whole;
}

wire::Dialect Talk::dialect(End from) const
{
    return {protocol_, layout_, from == End::guest ? Side::client : Side::server, 16U << 20U};
}

std::string to_line(const GameFacts& facts)
{
    std::ostringstream line;
    line << to_text(facts.stage) << ' ' << facts.protocol << ' ' << facts.password_asked << ' '
         << facts.core_name << '/' << facts.core_version << ' ' << facts.content_differs;
    for (const EndFacts* end : {&facts.guest, &facts.host}) {
        line << " [" << end->nick << ' ' << std::hex << end->content_crc << std::dec << ' ';
        line << (end->frame ? std::to_string(*end->frame) : "-") << ']';
    }
    for (const Player& player : facts.players)
        line << ' ' << player.number << '=' << player.nick;
    if (facts.last_command)
        line << ' ' << facts.last_command->name << " of " << to_text(facts.last_command->from);
    line << " crcs " << facts.crcs << ' ' << facts.crc_mismatches << ' ' << facts.resyncs
         << " states " << facts.savestates;
    if (facts.last_savestate)
        line << ' ' << facts.last_savestate->frame << ' ' << facts.last_savestate->size << " of "
             << to_text(facts.last_savestate->from);
    line << " resets " << facts.resets << " pauses " << facts.pauses << " chats " << facts.chats;
    return line.str();
}

} // namespace netplay_relay::inspect
