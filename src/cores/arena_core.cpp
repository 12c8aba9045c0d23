#include "cores/arena_core.hpp"

#include "base/ensure.hpp"
#include "netplay/savestate.hpp"
#include "rollback/random_input.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace netplay_relay::cores {

namespace {

constexpr std::uint64_t mark = 0x31414E4552414E50ULL; // "NPARENA1"
constexpr std::int32_t side = 65535;                  // the arena, in units
constexpr std::int32_t fastest = 1200;
constexpr std::int32_t reach = 3000; // a figure this near has the coin
constexpr std::size_t stirred_words = 32;
constexpr std::size_t growth = 256;
constexpr std::uint64_t growth_frames = 60;

constexpr std::uint32_t button_run = 1U << 0U;
constexpr std::uint32_t button_up = 1U << 4U, button_down = 1U << 5U;
constexpr std::uint32_t button_left = 1U << 6U, button_right = 1U << 7U;

constexpr std::uint64_t mix(std::uint64_t value) { return rollback::RandomInput::mix(value); }

struct Figure
{
    std::int32_t x = 0, y = 0;
    std::int32_t speed_x = 0, speed_y = 0;
    std::uint32_t score = 0;
    std::uint32_t buttons = 0;
};

std::int32_t push(std::uint32_t buttons, std::uint32_t back, std::uint32_t forth, std::uint32_t at)
{
    const std::int32_t step = (buttons & button_run) != 0 ? 160 : 80;
    std::int32_t pushed = static_cast<std::int16_t>(at & 0xFFFFU) / 256;
    if ((buttons & back) != 0) pushed -= step;
    if ((buttons & forth) != 0) pushed += step;
    return pushed;
}

// One axis of a figure: friction, and walls that throw back.
void move(std::int32_t& place, std::int32_t& speed, std::int32_t pushed)
{
    // A state may come from anyone, so nothing in it is taken for small.
    speed = std::clamp(speed, -fastest, fastest);
    place = std::clamp(place, 0, side);
    speed = std::clamp(speed - speed / 16 + pushed, -fastest, fastest);
    place += speed;
    if (place < 0 || place > side) speed = -speed;
    place = std::clamp(place, 0, side);
}

bool near(std::int32_t one, std::int32_t other)
{
    return std::abs(std::clamp(one, 0, side) - std::clamp(other, 0, side)) < reach;
}

} // namespace

// As it lies at the beginning of the state, in this machine's byte order.
struct ArenaCore::Head
{
    std::uint64_t mark = cores::mark;
    std::uint64_t frame = 0;
    std::uint64_t chain = 0; // hash of all input since the reset
    std::int32_t coin_x = side / 2, coin_y = side / 2;
    std::array<Figure, rollback::ports_max> figures{};
};

ArenaCore::ArenaCore(ArenaOptions options) : options_(std::move(options))
{
    static_assert(sizeof(Head) + ArenaOptions::battery_size_max < ArenaOptions::state_size_min);
    ensure(options_.players >= ArenaOptions::players_min &&
               options_.players <= ArenaOptions::players_max,
           "the arena has 2 to 16 players");
    ensure(options_.state_size >= ArenaOptions::state_size_min &&
               options_.state_size <= ArenaOptions::state_size_max,
           "the arena's state has 1 KiB to 16 MiB");
    ensure(options_.battery_size <= ArenaOptions::battery_size_max,
           "the arena's battery has at most 256 bytes");
    reset();
}

rollback::CoreInfo ArenaCore::info() const
{
    const std::string rules = std::to_string(options_.players) + "/" +
                              std::to_string(options_.state_size) + "/" +
                              std::to_string(options_.battery_size) + (options_.grows ? "+" : "");
    const std::vector<std::uint8_t> bytes(rules.begin(), rules.end());
    return {"netplay-relay arena", "1", netplay::crc32(bytes), 60};
}

// Every word of every port counts whatever is plugged in: there is nothing to change.
void ArenaCore::plug(std::size_t, std::uint32_t) {}

std::size_t ArenaCore::state_size() { return options_.unserialisable ? 0 : state_.size(); }

bool ArenaCore::save(std::span<std::uint8_t> state)
{
    if (options_.unserialisable || state.size() != state_.size()) return false;
    std::memcpy(state.data(), state_.data(), state.size());
    return true;
}

bool ArenaCore::load(std::span<const std::uint8_t> state)
{
    if (options_.unserialisable || state.size() < sizeof(Head)) return false;
    Head loaded;
    std::memcpy(&loaded, state.data(), sizeof(Head));
    if (loaded.mark != mark || state.size() != size_at(loaded.frame)) return false;
    state_.assign(state.begin(), state.end());
    return true;
}

void ArenaCore::run(const rollback::FrameInput& input)
{
    Head now = head();
    take_input(now, input);
    go_apart(now);
    move_figures(now, input);
    stir_field(now);
    ++now.frame;
    state_.resize(size_at(now.frame));
    std::memcpy(state_.data(), &now, sizeof(Head));
    if (options_.slow_every != 0 && now.frame % options_.slow_every == 0 && options_.busy)
        options_.busy(options_.slow_for);
}

void ArenaCore::reset()
{
    Head fresh;
    fresh.chain = mix(options_.players);
    for (std::size_t n = 0; n < options_.players; ++n) {
        const auto steps = static_cast<std::int32_t>(n + 1);
        fresh.figures[n].x = side / static_cast<std::int32_t>(options_.players + 1) * steps;
        fresh.figures[n].y = side / 4;
    }
    state_.assign(size_at(0), 0);
    std::memcpy(state_.data(), &fresh, sizeof(Head));
}

std::span<std::uint8_t> ArenaCore::battery()
{
    return std::span(state_).subspan(sizeof(Head), options_.battery_size);
}

std::uint64_t ArenaCore::frame() const { return head().frame; }

std::uint32_t ArenaCore::score(std::size_t player) const { return head().figures.at(player).score; }

ArenaCore::Head ArenaCore::head() const
{
    Head now;
    std::memcpy(&now, state_.data(), sizeof(Head));
    return now;
}

std::size_t ArenaCore::size_at(std::uint64_t frame) const
{
    if (!options_.grows) return options_.state_size;
    const std::uint64_t most = options_.state_size / growth;
    const std::uint64_t times = std::min(frame / growth_frames, most);
    return options_.state_size + static_cast<std::size_t>(times) * growth;
}

// Port, place and frame go in with each word, so none can be moved or repeated unnoticed.
void ArenaCore::take_input(Head& head, const rollback::FrameInput& input) const
{
    std::uint64_t chain = mix(head.chain + head.frame);
    for (const rollback::PortInput& port : input)
        for (const std::uint32_t word : port.words)
            chain = (chain ^ (chain >> 29U) ^ word) * 0x9E3779B97F4A7C15ULL + 1;
    head.chain = mix(chain);
}

void ArenaCore::go_apart(Head& head) const
{
    if (!options_.desync_at) return;
    const std::uint64_t from = *options_.desync_at;
    if (options_.desync_once ? head.frame == from : head.frame >= from)
        head.chain ^= mix(options_.instance + 1);
}

void ArenaCore::move_figures(Head& head, const rollback::FrameInput& input)
{
    for (std::size_t n = 0; n < options_.players; ++n) {
        Figure& figure = head.figures[n];
        const auto& words = input[n].words;
        figure.buttons = words[0];
        move(figure.x, figure.speed_x, push(words[0], button_left, button_right, words[1]));
        move(figure.y, figure.speed_y, push(words[0], button_up, button_down, words[1] >> 16U));
        if (!near(figure.x, head.coin_x) || !near(figure.y, head.coin_y)) continue;
        ++figure.score;
        head.coin_x = static_cast<std::int32_t>(head.chain & 0xFFFFU);
        head.coin_y = static_cast<std::int32_t>((head.chain >> 16U) & 0xFFFFU);
        if (const auto best = battery(); !best.empty())
            best[n % best.size()] = static_cast<std::uint8_t>(
                std::max<std::uint32_t>(best[n % best.size()], figure.score & 0xFFU));
    }
}

// A few words of the field each frame, at places that the input decides; what lies there takes part
// in what comes, so the whole field is alive, however big it is.
void ArenaCore::stir_field(Head& head)
{
    const std::size_t begin = (sizeof(Head) + options_.battery_size + 7) / 8 * 8;
    const std::size_t words = (state_.size() - begin) / 8;
    std::uint64_t chain = head.chain;
    for (std::size_t n = 0; n < stirred_words; ++n) {
        const std::size_t at = begin + static_cast<std::size_t>(chain % words) * 8;
        std::uint64_t word = 0;
        std::memcpy(&word, state_.data() + at, 8);
        chain = mix(chain + word);
        std::memcpy(state_.data() + at, &chain, 8);
    }
    head.chain = chain;
}

} // namespace netplay_relay::cores
