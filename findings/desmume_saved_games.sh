#!/bin/sh
# DeSmuME 0.9.11 of 2016 and of 2026 (Debian 12 and testing): whose saved games a savestate brings.
#
# Guess: what a game saved is RETRO_MEMORY_SAVE_RAM, which the frontend writes into a file when it sees
# fit: one that takes the state of another player just does not write. Loading a state changes
# memory and nothing else.
# Behaviour: the core has no save RAM (size 0) and keeps the saved games itself, in GAME.dsv in the folder
# for saves. They are in the state as well, and loading it writes them over the player's own file
# at once, before a frame is run. A frontend that takes states from others has to name another folder
# (GET_SAVE_DIRECTORY), as RetroArch 1.14 and 1.22 do for a guest of netplay (".netplay" inside the
# player's own; seen with this core); but not for a state that a friend sent as a file.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/2016" libretro-desmume=0.9.11+git20160819+dfsg1-2 libtinyxml2.6.2v5
debian forky "$work/2026" libretro-desmume=0.9.11+git20260516+dfsg-2 libtinyxml2.6.2v5 \
    libgl1 libglvnd0 libglx0 libx11-6 libxcb1 libxau6 libxdmcp6
python3 "$here/games.py" nds "$work/game.nds"
cd "$work"

# 512 bytes of saved games in NAME's folder, and what such a file ends with.
saved_games() {
    mkdir -p "$1"
    python3 - "$2" >"$1/game.dsv" <<'PYTHON'
import struct
import sys

sys.stdout.buffer.write(
    sys.argv[1].encode() * 512 +
    b"|<--Snip above here to create a raw sav by excluding this DeSmuME savedata footer:" +
    struct.pack("<6I", 512, 512, 1, 0, 512, 0) + b"|-DESMUME SAVE-|")
PYTHON
}
first() { head -c 8 "$1/game.dsv"; }
player() {
    FOLDER=$work/$1
    export FOLDER
    shift
    frontend "$version" desmume game game.nds "$@" 2>/dev/null | sed -n 's/^memory 0: //p'
}
for version in 2016 2026; do
    saved_games host h && saved_games guest g
    expect "$version, save RAM" 0 "$(player host idle 5 memory 0 save state)"
    player guest idle 5
    expect "  the guest's own, played on" gggggggg "$(first guest)"
    player guest idle 5 load state
    expect "  with the host's state" hhhhhhhh "$(first guest)"
done
verdict
