#!/bin/sh
# SameBoy 1.0.4 (Debian testing): no savestate before the first frame.
#
# Guess: a core that says how large its state is can also save it: once the game is loaded
# retro_serialize works.
# Behaviour: retro_serialize_size says 252666 at once, but retro_serialize says no until one frame was
# run. Who saves at frame 0, as a host does for its first guest, has to run a frame first. And two
# processes do not agree from then on: with a game whose input is the same their states differ.
. "$(dirname "$0")/lib.sh"
debian forky "$work/root" libretro-sameboy=1.0.4+ds-1
python3 "$here/games.py" gb "$work/game.gb"
cd "$work"

expect "before and after one frame" "size: 252666 save: no save: yes " \
    "$(frontend root sameboy game game.gb size save none run 1 save one 2>/dev/null |
        sed 's/,.*//' | grep -v game | tr '\n' ' ')"
for player in one two; do
    frontend root sameboy game game.gb seed 3 run 60 save "$player" >/dev/null 2>&1
done
expect "two processes" different "$(cmp -s one two && echo same || echo different)"
cmp -l one two | wc -l | sed 's/^/  bytes that differ: /'
verdict
