#!/bin/sh
# mGBA 0.10.1 and 0.10.5 (Debian 12 and testing): a GBA game that saves for the first time.
#
# Guess: the sizes of the state and of the save RAM depend on the game; they stay as they are while it
# runs.
# Behaviour: until the game touches its save RAM mGBA does not know what kind it is, and has room for the
# largest, 128 KiB, in both. In the frame of the first access the save RAM becomes 32 KiB here,
# and the state shrinks by 98304 bytes, for good: after 20 more frames as well. A state from before makes both
# large again. So two players in one game have states of two sizes, and who compares sizes to find out
# whether it is the same core and game sends away who is only further on. RetroArch's netplay compares
# those of the first frame, and is right: zeros behind the end of the smaller one are taken.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/0.10.1" libretro-mgba=0.10.1+dfsg-1+deb12u1 libinih1 zlib1g
debian forky "$work/0.10.5" libretro-mgba=0.10.5+dfsg-3+b2 libinih1 zlib1g
python3 "$here/games.py" gbasaved "$work/game.gba"
cd "$work"

sizes() {
    frontend "$version" mgba game game.gba "$@" size memory 0 2>/dev/null |
        sed -n 's/^size: //p; s/^memory 0: //p' | tr '\n' ' '
}
for version in 0.10.1 0.10.5; do
    expect "$version, state and save RAM before" "528448 131072 " "$(sizes idle 1 save before)"
    expect "  afterwards" "430144 32768 " "$(sizes idle 3 save after)"
    expect "  20 frames later" "430144 32768 " "$(sizes idle 23)"
    expect "  a state from before" "528448 131072 " "$(sizes idle 23 load before)"
    expect "  a state from afterwards in a fresh process" "430144 32768 " "$(sizes load after)"
    expect "  with zeros behind it" "430144 32768 " "$(sizes load+ after 98304)"
done
verdict
