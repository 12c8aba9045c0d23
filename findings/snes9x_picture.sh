#!/bin/sh
# Snes9x 1.61 (Debian 12): whether somebody looks changes the state.
#
# Guess: GET_AUDIO_VIDEO_ENABLE tells a core to leave out work on picture and sound; the console's state
# is the same whether or not there is a screen.
# Behaviour: one byte of the state keeps whether the last frame was drawn. A frontend with a window and
# one without (servers, tests, "null" drivers) have the same game and never the same CRC.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libretro-snes9x=1.61+dfsg-1
python3 "$here/games.py" snes "$work/game.sfc"
cd "$work"

frontend root snes9x wants 3 game game.sfc run 60 save seen dump 2 seen.ram >/dev/null 2>&1
frontend root snes9x wants 3 game game.sfc run 60 save seen2 >/dev/null 2>&1
frontend root snes9x wants 0 game game.sfc run 60 save unseen dump 2 unseen.ram >/dev/null 2>&1
expect "two with a screen" 0 "$(cmp -l seen seen2 | wc -l)"
expect "bytes that differ with and without a screen" 1 "$(cmp -l seen unseen | wc -l)"
expect "the console's memory" same "$(cmp -s seen.ram unseen.ram && echo same || echo different)"
verdict
