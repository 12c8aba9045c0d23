#!/bin/sh
# Nestopia 1.52 and 1.53 (Debian 12 and 13): the turbo buttons X and Y and savestates.
#
# Guess: a state has all that decides what comes next: two processes that load it and get the same
# input go on alike.
# Behaviour: the phase of the turbo buttons is not restored. With X held a fresh process that loads the
# state ends in another game than the one that saved it, unless both happen to be in the same of three
# phases; with A held in the same one. 1.53, whose states have 8 bytes more for it, is no better.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/twelve" libretro-nestopia=1.52.0+20230102.gitcb1e24e-1
debian trixie "$work/thirteen" libretro-nestopia=1.53.0+20250119.git5b56b6b-1
python3 "$here/games.py" nes "$work/game.nes"
cd "$work"

# Of three lengths of holding a button, which are the three phases: in how many the game's memory ten
# frames after a state differs between the process that saved it and a fresh one.
differ() {
    for frames in 30 31 32; do
        frontend "$1" nestopia game game.nes hold $frames "$2" save state hold 10 "$2" dump 2 here \
            >/dev/null 2>&1
        frontend "$1" nestopia game game.nes idle 1 load state hold 10 "$2" dump 2 there >/dev/null 2>&1
        cmp -s here there || echo differs
    done | wc -l
}
expect "1.52, A held" 0 "$(differ twelve 100)"
expect "1.52, X held" 2 "$(differ twelve 200)"
expect "1.53, A held" 0 "$(differ thirteen 100)"
expect "1.53, X held" 1 "$(differ thirteen 200)"
verdict
