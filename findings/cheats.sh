#!/bin/sh
# retro_cheat_set in Nestopia 1.52 and 1.53.2, Gambatte 0.5.0, Snes9x 1.61 and Genesis Plus GX 20221128 (Debian 12
# and testing).
#
# Guess: a cheat that is handed over with enabled = false is off, whoever calls, as the parameter's name says; and
# with the game that it was for it goes, as its address means nothing in another one.
# Behaviour: Nestopia and Gambatte do not look at the parameter: a list of cheats that are all switched off is a list of
# cheats that all work. In Nestopia and Genesis Plus GX they stay when the game is unloaded, and go on writing into the
# memory of the next one, as whoever plays it sees, or the others in his netplay. A frontend hands over only those that
# are on, and calls retro_cheat_reset before each game.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/twelve" libretro-nestopia=1.52.0+20230102.gitcb1e24e-1 \
    libretro-gambatte=0.5.0+git20160522+dfsg1-2.1 libretro-snes9x=1.61+dfsg-1 \
    libretro-genesisplusgx=1.7.4+git20221128-1 libvorbisfile3 libvorbis0a libogg0
debian forky "$work/testing" libretro-nestopia=1.53.2+20260228.gitc0ae3bc-1+b1
for kind in nes gb snes md; do python3 "$here/games.py" $kind "$work/game.$kind"; done
cd "$work"

# Byte 64 of the console's memory, which no game here touches, by FOLDER CORE GAME CODE: without a cheat, with one that
# is off, with one that is on, with one that was on in the game before.
cheated() {
    for cheat in "" "cheat 0 0 $4" "cheat 0 1 $4" "cheat 0 1 $4 run 2 unload game $3"; do
        # shellcheck disable=SC2086 # words are wanted
        frontend "$1" "$2" game "$3" run 3 $cheat run 3 dump 2 memory >/dev/null 2>&1
        od -An -tx1 -j 64 -N 1 memory | tr -d ' '
    done | tr '\n' ' '
}
echo "byte 64 of the memory: no cheat, one that is off, one that is on, one of the game before"
expect "Nestopia 1.52" "00 77 77 77 " "$(cheated twelve nestopia game.nes 0040:77)"
expect "Nestopia 1.53.2" "00 77 77 77 " "$(cheated testing nestopia game.nes 0040:77)"
expect "Gambatte" "00 77 77 00 " "$(cheated twelve gambatte game.gb 017740C0)"
expect "Genesis Plus GX" "00 00 77 77 " "$(cheated twelve genesis_plus_gx game.md FF0040:0077)"
expect "Snes9x" "55 55 77 55 " "$(cheated twelve snes9x game.snes 7E004077)"
verdict
