#!/bin/sh
# SameBoy 1.0.4 (Debian testing): retro_reset.
#
# Guess: a reset leaves memory alone or clears it, as Gambatte 0.5.0 does: two players who have the
# same state and reset in the same frame, as netplay's RESET makes them, go on with the same game.
# Behaviour: a reset fills the work RAM with random numbers, other ones in each process: nearly all of the
# 8 KiB differ afterwards, where a moment before nothing did. A state makes both equal again.
. "$(dirname "$0")/lib.sh"
debian forky "$work/testing" libretro-sameboy=1.0.4+ds-1
debian trixie "$work/thirteen" libretro-gambatte=0.5.0+git20160522+dfsg1-3
python3 "$here/games.py" gb "$work/game.gb"
cd "$work"

# Two players have the same state; how many bytes of work RAM differ a second after they did that.
apart() {
    folder=$1 core=$2
    shift 2
    frontend "$folder" "$core" game game.gb run 30 save state >/dev/null 2>&1
    for player in one two; do
        frontend "$folder" "$core" game game.gb run 30 load state "$@" seed 5 run 60 \
            dump 2 "$player" >/dev/null 2>&1
    done
    cmp -l one two | wc -l
}
expect "Gambatte, reset" 0 "$(apart thirteen gambatte reset)"
expect "SameBoy, no reset" 0 "$(apart testing sameboy)"
expect "SameBoy, reset: more than 7000 of 8192" yes \
    "$([ "$(apart testing sameboy reset)" -gt 7000 ] && echo yes || echo no)"
expect "SameBoy, reset and the state anew" 0 "$(apart testing sameboy reset run 10 load state)"
verdict
