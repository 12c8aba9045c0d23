#!/bin/sh
# bsnes-mercury 094 (Debian 12), accuracy, balanced and performance: frames in which the core looks at no pad.
#
# Guess: each retro_run polls the pads, as libretro.h asks ("must be called at least once"), and a button that is down
# for one frame is seen by a game that reads the pads in each of its own.
# Behaviour: in "accuracy" and "balanced" the end of a frame wavers around the moment at which the console reads its
# pads: one retro_run in 62 polls nothing and asks for no button, and the one before it reads the pads for two
# frames of the game. Where a state is saved after each frame, as in netplay and for rewinding, it is one in 21.
# A press of just that frame never happened: scripts, bots and tests of one frame lose some, and a frontend that takes
# the poll for the beat of its netplay or its recording comes out of step. "performance" polls once a frame.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/twelve" libretro-bsnes-mercury-accuracy=094+git20220807-8 \
    libretro-bsnes-mercury-balanced=094+git20220807-8 libretro-bsnes-mercury-performance=094+git20220807-8
python3 "$here/games.py" snes "$work/game.snes"
cd "$work"

core() {
    name=bsnes_mercury_$1
    shift
    frontend twelve "$name" game game.snes "$@" 2>/dev/null
}
polls() { core "$@" | sed -n '$s/^polls: //p'; }
each_saved=$(for _ in $(seq 300); do echo "crc run 1"; done)
# The frames without a poll, with one, with more.
for name in accuracy balanced; do
    expect "$name, 1000 frames" "16 984 0" "$(polls $name run 1 polls run 1000 polls)"
    # shellcheck disable=SC2086 # words are wanted
    expect "$name, 300 frames, a state after each" "14 286 0" "$(polls $name run 1 polls $each_saved polls)"
done
# shellcheck disable=SC2086
expect "performance, 300 frames, a state after each" "0 300 0" "$(polls performance run 1 polls $each_saved polls)"

# What is different in the game if Start is pressed in one frame only: that without a poll, and the next.
core accuracy run 40 save state >/dev/null
each=$(for _ in $(seq 100); do echo "idle 1 polls"; done)
# shellcheck disable=SC2086
frame=$(core accuracy load state $each | grep '^polls:' | sed -n '2,$p' | grep -n '1 0 0' | head -n 1 | cut -d: -f1)
pressed() {
    core accuracy load state idle "$1" hold 1 8 idle 5 dump 2 pressed >/dev/null
    core accuracy load state idle "$1" idle 6 dump 2 idle >/dev/null
    cmp -s pressed idle && echo "no trace" || echo seen
}
expect "a press of frame $frame, which has no poll" "no trace" "$(pressed "$frame")"
expect "a press of the frame behind it" seen "$(pressed $((frame + 1)))"
verdict
