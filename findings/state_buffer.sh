#!/bin/sh
# Savestates in a buffer that is larger than asked for (Debian 12: Gambatte 0.5.0, Genesis Plus GX
# 20221128, Nestopia 1.52, mGBA 0.10.1).
#
# Guess: retro_serialize and retro_unserialize take any size that is at least retro_serialize_size, so
# that a frontend may round it up, or keep one buffer for a core whose size varies.
# Behaviour: Gambatte and Genesis Plus GX take the exact size and nothing else, and say no both ways.
# The others take more.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libretro-gambatte=0.5.0+git20160522+dfsg1-2.1 \
    libretro-genesisplusgx=1.7.4+git20221128-1 libretro-nestopia=1.52.0+20230102.gitcb1e24e-1 \
    libretro-mgba=0.10.1+dfsg-1+deb12u1 libvorbisfile3 libvorbis0a libogg0 libinih1 zlib1g
for kind in gb md nes gba; do python3 "$here/games.py" $kind "$work/game.$kind"; done
cd "$work"

larger() {
    frontend root "$1" game "$2" run 20 save+ state+ 64 save state load+ state 64 load state 2>/dev/null |
        sed -n 's/,.*//; /^\(save\|load\)/p' | tr '\n' ' '
}
expect "Gambatte" "save: no save: yes load: no load: yes " "$(larger gambatte game.gb)"
expect "Genesis Plus GX" "save: no save: yes load: no load: yes " "$(larger genesis_plus_gx game.md)"
expect "Nestopia" "save: yes save: yes load: yes load: yes " "$(larger nestopia game.nes)"
expect "mGBA" "save: yes save: yes load: yes load: yes " "$(larger mgba game.gba)"
verdict
