// What a node of a fleet is told by another one: its head, its beats, cut anywhere, and bans.
#include "base/ensure.hpp"
#include "decisions.hpp"
#include "fleet/head.hpp"
#include "lobby/ban_book.hpp"
#include "record/archive.hpp"

#include <algorithm>
#include <vector>

namespace netplay_relay::fuzz {

namespace {

void read_head(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < fleet::head_size) return;
    constexpr fleet::Node own = 3;
    const auto head = bytes.first<fleet::head_size>();
    const fleet::ReadHead read = fleet::decode_head(head, own, 7);
    if (read.verdict != fleet::Verdict::taken) return;
    ensure(read.head.to == own && read.head.from != own && read.head.from < fleet::nodes_max,
           "a head of no node");
    ensure(read.head.record_size <= fleet::hop_record_max, "a record that is too long");
    ensure(std::ranges::equal(fleet::encode(read.head), head), "a head that is written otherwise");
}

// Whatever is told, the view of it has an owner for every room.
void read_beats(std::span<const std::uint8_t> bytes, std::size_t piece)
{
    fleet::Roll roll(3, Instant{});
    std::vector<std::uint8_t> heard;
    while (!bytes.empty()) {
        const std::size_t some = std::min(bytes.size(), piece);
        heard.insert(heard.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(some));
        bytes = bytes.subspan(some);
        for (;;) {
            const fleet::ReadBeat read = fleet::take_beat(heard);
            if (!read.makes_sense) return;
            if (!read.beat) break;
            ensure(read.beat->rooms.size() <= fleet::told_rooms_max, "too many rooms");
            roll.hear(static_cast<fleet::Node>(heard.size() % 8), *read.beat, Instant{});
        }
    }
    const fleet::View view = roll.look({}, Instant{});
    for (const fleet::HeldRoom& held : view.held)
        ensure(view.up.test(view.owner_of(held.room)), "a room at a node that is down");
}

// Whatever is told of bans makes sense, and two who are told it in another order know the same.
void read_bans(std::span<const std::uint8_t> bytes)
{
    std::vector<lobby::BanEntry> told;
    record::Reader reader(bytes);
    reader(told);
    if (!reader.is_complete()) return;
    constexpr std::int64_t now_ms = 1'795'995'572'000;
    lobby::BanBook one;
    lobby::BanBook other;
    (void)one.merge(told, now_ms);
    std::ranges::reverse(told);
    (void)other.merge(told, now_ms);
    ensure(one.all() == other.all() && one.digest() == other.digest(), "an order that matters");
    for (const lobby::BanEntry& entry : one.all())
        ensure(entry.makes_sense(), "a ban that makes no sense");
}

} // namespace

} // namespace netplay_relay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace netplay_relay;
    const std::span bytes(data, size);
    if (bytes.empty()) return 0;
    if (bytes.front() == 0xFF)
        fuzz::read_bans(bytes.subspan(1));
    else if (bytes.front() % 2 == 0)
        fuzz::read_head(bytes.subspan(1));
    else
        fuzz::read_beats(bytes.subspan(1), 1U + bytes.front() / 2U);
    return 0;
}
