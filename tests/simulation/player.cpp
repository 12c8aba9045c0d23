// Those who speak netplay at once.
#include "peers.hpp"

#include <utility>

namespace netplay_relay::simulation {

void Player::begin()
{
    around_.schedule.after(plan_.arrives, [this] {
        if (gone_) return;
        line_ = around_.network.connect(*this, around_.endpoint(plan_.address), plan_.port);
    });
}

void Player::connected(Line)
{
    if (gone_) return;
    say(member_.start());
    around_.schedule.after(plan_.stays, [this] { leave(plan_.ending); });
}

void Player::ready(Line line)
{
    if (gone_) return;
    flush();
    if (plan_.is_deaf && was_in_room_) return;
    std::vector<std::uint8_t> bytes;
    PeerRead read = PeerRead::bytes;
    while (read == PeerRead::bytes)
        read = around_.network.read(line, 4000, bytes);
    say(member_.hears(bytes));
    if (read == PeerRead::end || read == PeerRead::broken) return leave(Ending::closes);
    if (!member_.is_in_room() || std::exchange(was_in_room_, true)) return;
    if (plan_.plays) say(member_.says(wire::Play{}));
    if (plan_.plays) play_on();
}

// A frame after the other, as long as it is told that it plays.
void Player::play_on()
{
    if (gone_) return;
    if (member_.is_playing()) {
        const bool skips = plan_.skips_frames && rng_.one_in(30);
        say(member_.plays(member_.frame + (skips ? 2 : 0), 1));
    }
    around_.schedule.after(plan_.frame_length, [this] { play_on(); });
}

void Player::say(const std::vector<std::uint8_t>& bytes)
{
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    flush();
}

void Player::flush()
{
    if (gone_ || unsent_.empty()) return;
    const std::size_t sent = around_.network.write(line_, unsent_);
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent));
}

void Player::broken(Line line)
{
    gone_ = true;
    around_.network.close(line);
}

void Player::leave(Ending ending)
{
    if (std::exchange(gone_, true) || line_ < 0) return;
    if (ending == Ending::vanishes)
        around_.network.vanish(line_);
    else if (ending == Ending::resets)
        around_.network.reset(line_);
    else
        around_.network.close(line_);
}

} // namespace netplay_relay::simulation
