#include "wild_commands.hpp"

#include "cores/arena_core.hpp"
#include "netplay/savestate.hpp"

#include <algorithm>
#include <array>

namespace netplay_relay::fuzz {

namespace {

using Bytes = std::vector<std::uint8_t>;

void put(Bytes& out, std::uint32_t word)
{
    for (const int shift : {24, 16, 8, 0})
        out.push_back(static_cast<std::uint8_t>(word >> shift));
}

void put_zeros(Bytes& out, std::size_t count) { out.insert(out.end(), count, std::uint8_t{0}); }

// A command: its payload is what is added to `out` as long as it lives.
class Command
{
public:
    Command(Bytes& out, std::uint32_t id) : out_(out)
    {
        put(out_, id);
        put(out_, 0);
        begin_ = out_.size();
    }
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    ~Command()
    {
        const std::size_t size = out_.size() - begin_;
        out_[begin_ - 2] = static_cast<std::uint8_t>(size >> 8U);
        out_[begin_ - 1] = static_cast<std::uint8_t>(size);
    }

private:
    Bytes& out_;
    std::size_t begin_ = 0;
};

std::uint32_t below(Decisions& decisions, std::size_t count)
{
    return static_cast<std::uint32_t>(decisions.below(count));
}

std::uint32_t any_word(Decisions& decisions)
{
    std::uint32_t word = 0;
    for (int n = 0; n < 4; ++n)
        word = word << 8U | decisions.byte();
    return word;
}

std::uint32_t near(Decisions& decisions, std::uint32_t frame)
{
    switch (decisions.below(10)) {
    case 0: return frame + 1;
    case 1: return frame - 1;
    case 2: return frame + decisions.byte();
    case 3: return frame - decisions.byte();
    case 4: return any_word(decisions);
    default: return frame;
    }
}

void add_input(Decisions& decisions, std::uint32_t frame, Bytes& out)
{
    const Command command(out, 0x03);
    put(out, near(decisions, frame));
    const std::uint32_t player = decisions.below(8) == 0 ? decisions.byte() : below(decisions, 3);
    put(out, player | (decisions.yes() ? 0x80000000U : 0U));
    constexpr std::array<std::size_t, 8> sizes{1, 3, 3, 1, 0, 5, 6, 16};
    for (std::size_t left = sizes.at(decisions.below(sizes.size())); left > 0; --left)
        put(out, std::uint32_t{decisions.byte()} << decisions.below(25));
}

void add_mode(Decisions& decisions, std::uint32_t frame, Bytes& out)
{
    const Command command(out, 0x26);
    put(out, near(decisions, frame));
    const std::uint32_t flags = decisions.byte();
    const std::uint32_t player = decisions.below(8) == 0 ? decisions.byte() : below(decisions, 4);
    if (decisions.below(3) == 0) { // as protocol 4 has it
        put(out, player | (flags & 7U) << 16U);
        return;
    }
    put(out, player | flags << 29U);
    put(out, decisions.below(4) == 0 ? any_word(decisions) : 1U << decisions.below(8));
    for (int port = 0; port < 16; ++port)
        out.push_back(port < 3 ? decisions.byte() : std::uint8_t{0});
    put_zeros(out, 32);
}

void add_state(Decisions& decisions, std::uint32_t frame, Bytes& out)
{
    cores::ArenaOptions options;
    options.players = 4;
    options.state_size = cores::ArenaOptions::state_size_min;
    cores::ArenaCore core(options);
    Bytes state(core.state_size());
    (void)core.save(state);
    for (std::size_t n = decisions.below(4); n > 0; --n)
        state.at(decisions.below(256) * 2) = decisions.byte();
    if (decisions.yes()) state = netplay::wrap_state(state);
    if (decisions.below(8) == 0) state.resize(decisions.byte());
    Bytes packed = decisions.below(4) == 0 ? state : netplay::compress(state);
    if (decisions.below(8) == 0 && !packed.empty())
        packed[decisions.below(packed.size() % 256 + 1) % packed.size()] ^= decisions.byte();
    const Command command(out, 0x42);
    put(out, near(decisions, frame));
    put(out, near(decisions, static_cast<std::uint32_t>(state.size())));
    out.insert(out.end(), packed.begin(), packed.end());
}

void add_text(Decisions& decisions, std::uint32_t id, std::size_t nick_size, Bytes& out)
{
    const Command command(out, id);
    put_zeros(out, nick_size);
    for (std::size_t left = decisions.below(12); left > 0; --left)
        out.push_back(decisions.byte());
}

void add_one_word(Decisions& decisions, std::uint32_t frame, Bytes& out)
{
    // NOINPUT, MODE_REFUSED, STALL, RESET, FLIP_PLAYERS, SETTING_ALLOW_PAUSING
    constexpr std::array<std::uint32_t, 10> ids{4, 4, 4, 4, 0x27, 0x45, 0x46, 0x46, 0x60, 0x2000};
    const Command command(out, ids.at(decisions.below(ids.size())));
    put(out, near(decisions, frame));
}

void add_empty(Decisions& decisions, Bytes& out)
{
    // REQUEST_SAVESTATE, RESUME, pings, SPECTATE, ACK, NAK, DISCONNECT, CHEATS, and one unknown
    constexpr std::array<std::uint32_t, 13> ids{0x41, 0x41,   0x44,   0x44, 0x1100, 0x1101, 0x24,
                                                0x24, 0x0000, 0x0001, 2,    0x47,   0x7777};
    const Command command(out, ids.at(decisions.below(ids.size())));
}

void add_play(Decisions& decisions, Bytes& out)
{
    const Command command(out, 0x25);
    const std::uint32_t share = decisions.yes() ? decisions.byte() : 0;
    const std::uint32_t ports = decisions.yes() ? decisions.byte() : 0;
    put(out, share << 16U | ports | (decisions.below(8) == 0 ? 0x80000000U : 0U));
}

} // namespace

void add_wild_command(Decisions& decisions, std::uint32_t frame, std::vector<std::uint8_t>& out)
{
    switch (decisions.below(16)) {
    case 0:
    case 1:
    case 2:
    case 3: return add_input(decisions, frame, out);
    case 4:
    case 5: return add_mode(decisions, frame, out);
    case 6: return add_state(decisions, frame, out);
    case 7:
    case 8: return add_one_word(decisions, frame, out);
    case 9: return add_empty(decisions, out);
    case 10:
    case 11: return add_play(decisions, out);
    case 12: return add_text(decisions, 0x1000, decisions.yes() ? 32 : 0, out);
    case 13: { // PAUSE
        const Command command(out, 0x43);
        put_zeros(out, 32);
        return;
    }
    case 14: { // CRC, or SETTING_INPUT_LATENCY_FRAMES
        const Command command(out, decisions.yes() ? 0x40U : 0x2001U);
        put(out, near(decisions, frame));
        put(out, any_word(decisions));
        return;
    }
    default: { // the rest of the table and beyond it
        const Command command(out, decisions.byte());
        put_zeros(out, decisions.below(40));
        return;
    }
    }
}

void add_wild_sync(Decisions& decisions, std::uint32_t protocol, std::vector<std::uint8_t>& out)
{
    const Command command(out, 0x23);
    const std::uint32_t frame = near(decisions, decisions.below(4) == 0 ? 0xFFFFFF80U : 200U);
    put(out, frame);
    if (protocol == 4) {
        put(out, decisions.byte());
        put(out, decisions.yes() ? frame : 0);
    } else {
        put(out, decisions.byte() | (decisions.below(16) == 0 ? 0x80000000U : 0U));
    }
    for (int port = 0; port < 16; ++port)
        put(out, decisions.below(8) == 0 ? any_word(decisions) : below(decisions, 6));
    if (protocol > 4) {
        for (int port = 0; port < 16; ++port)
            out.push_back(decisions.yes() ? decisions.byte() : std::uint8_t{0});
        for (int port = 0; port < 16; ++port)
            put(out, decisions.below(4) == 0 ? any_word(decisions) : 0);
    }
    put_zeros(out, 32 + decisions.below(4));
}

} // namespace netplay_relay::fuzz
