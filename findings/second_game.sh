#!/bin/sh
# The same game loaded for the second time in one process (Debian 12: Snes9x 1.61, Nestopia 1.52, Beetle
# VB 0.9.36.1, mGBA 0.10.1).
#
# Guess: retro_unload_game and retro_load_game begin anew: 20 frames with the same input end in the
# state that a fresh process has.
# Behaviour: true for mGBA. In Snes9x, Nestopia and Beetle VB something of the first game
# is left: the state differs from that of a fresh process. Who starts a game from a frontend's menu
# after another try has another CRC than a friend with a fresh start, until a state is shared.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libretro-snes9x=1.61+dfsg-1 libretro-nestopia=1.52.0+20230102.gitcb1e24e-1 \
    libretro-beetle-vb=0.9.36.1+git20160623-2 libretro-mgba=0.10.1+dfsg-1+deb12u1 libinih1 zlib1g
for kind in snes nes vb gba; do python3 "$here/games.py" $kind "$work/game.$kind"; done
cd "$work"

again() {
    frontend root "$1" game "$2" seed 5 run 20 crc unload game "$2" seed 5 run 20 crc 2>/dev/null |
        sed -n 's/^crc: //p' | uniq | wc -l | sed 's/1/the same/; s/2/another/'
}
expect "mGBA" "the same" "$(again mgba game.gba)"
expect "Snes9x" another "$(again snes9x game.snes)"
expect "Nestopia" another "$(again nestopia game.nes)"
expect "Beetle VB" another "$(again mednafen_vb game.vb)"
verdict
