#!/bin/sh
# Nestopia 1.52 (Debian 12): without retro_set_controller_port_device there are no pads, and each pad
# is 20 bytes of the savestate.
#
# Guess: a pad is plugged into both ports from the beginning, as in most cores, and what is plugged in
# changes nothing in the size of a state.
# Behaviour: the core asks for no button at all until the frontend has plugged something in. Before
# the first frame retro_serialize_size says 5070 in any case; afterwards it is 5041 without pads, 5061
# with two, and RetroArch, which asks early, goes on with 5070.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libretro-nestopia=1.52.0+20230102.gitcb1e24e-1
python3 "$here/games.py" nes "$work/game.nes"
cd "$work"

sizes() { frontend root nestopia "$@" 2>/dev/null | tr '\n' ' '; }
expect "not plugged in" "game: loaded size: 5070 size: 5041 asked: 0 0 " \
    "$(sizes unplugged game game.nes size run 20 size asked)"
expect "two pads" "game: loaded size: 5070 size: 5061 asked: 2 2 " \
    "$(sizes game game.nes size run 20 size asked)"
expect "taken out again" "game: loaded size: 5061 size: 5041 " \
    "$(sizes game game.nes run 20 size device 0 0 device 1 0 run 1 size)"
verdict
