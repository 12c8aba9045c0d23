#!/bin/sh
# bsnes-mercury 094 (Debian 12): why two processes with the same game and input never have the same
# savestate.
#
# Guess: memory that nobody sets, or the state of the sound's resampler.
# Behaviour: neither. Its random numbers are seeded with the seconds since 1970 at which the game
# was loaded, and the generator is in the state. In "performance" that is all: 4 bytes from 608 on,
# and they are the time. In "balanced" the seed also fills the console's memory when it is switched
# on, so that more than 150,000 bytes differ between players who started in different seconds; a
# state from the other one makes both equal, to the last byte.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libretro-bsnes-mercury-performance=094+git20220807-8 \
    libretro-bsnes-mercury-balanced=094+git20220807-8
python3 "$here/games.py" snes "$work/game.sfc"
cd "$work"

for kind in performance balanced; do
    for player in one two; do
        date +%s >"before.$player"
        frontend root "bsnes_mercury_$kind" game game.sfc run 20 save "$player" >/dev/null
        date +%s >"after.$player"
        sleep 2
    done
    echo "$kind"
    cmp -l one two >differences || true
    if [ "$kind" = performance ]; then
        expect "differences outside of bytes 608 to 611" 0 \
            "$(awk '$1 < 609 || $1 > 612' differences | wc -l)"
        for player in one two; do
            seconds=$(od -An -tu4 -j608 -N4 "$player" | tr -d ' ')
            expect "these are the time of the start, player $player" yes \
                "$([ "$seconds" -ge "$(cat "before.$player")" ] &&
                    [ "$seconds" -le "$(cat "after.$player")" ] && echo yes || echo "no, $seconds")"
        done
    else
        expect "more than 150,000 differ" yes "$([ "$(wc -l <differences)" -gt 150000 ] && echo yes)"
        frontend root bsnes_mercury_balanced game game.sfc load one seed 5 run 20 save one.b >/dev/null
        frontend root bsnes_mercury_balanced game game.sfc load one seed 5 run 20 save two.b >/dev/null
        expect "after a state from the other" same "$(cmp -s one.b two.b && echo same || echo different)"
    fi
done
verdict
