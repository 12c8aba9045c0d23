#!/bin/sh
# Genesis Plus GX of 2022 and of 2026 (Debian 12 and testing) with a Master System game: the pause button
# and savestates.
#
# Guess: a frame that is played again from its savestate with the same buttons is the same frame; of all
# buttons the one that stops the game for everybody is safe.
# Behaviour: whether the pause button was down in the last frame is kept beside the state. A frame in
# which it was pressed, undone and played again does not know of the press. In netplay that is the
# ordinary case: who presses pause has to play the frame again as soon as the other's input comes, and
# his game goes on; the other, who had guessed that nobody presses anything, repairs that guess, and
# his game stops.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/2022" libretro-genesisplusgx=1.7.4+git20221128-1 \
    libvorbisfile3 libvorbis0a libogg0
debian forky "$work/2026" libretro-genesisplusgx=1.7.4+git20260324-1 \
    libvorbisfile3 libvorbis0a libogg0 libchdr0 libzstd1 liblzma5 zlib1g
python3 "$here/games.py" sms "$work/game.sms"
cd "$work"

# How often the game was paused.
presses() {
    rm -f memory
    frontend "$1" genesis_plus_gx game game.sms idle 10 save state "$2" "$3" ${4:+"$4"} \
        load state hold 2 8 idle 2 dump 2 memory >/dev/null 2>&1
    od -An -tu1 -j 17 -N 1 memory | tr -d ' '
}
for version in 2022 2026; do
    expect "$version, pressed once, nothing undone" 1 "$(presses $version idle 0)"
    expect "$version, pressed, undone and played again" 0 "$(presses $version hold 1 8)"
    expect "$version, not pressed, undone and pressed then" 1 "$(presses $version idle 1)"
done
verdict
