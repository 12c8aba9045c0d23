#!/bin/sh
# Save RAM of games that have no battery (Debian 12: mGBA 0.10.1, Genesis Plus GX 20221128, Beetle PCE
# Fast 0.9.38.7).
#
# Guess: retro_get_memory_size(RETRO_MEMORY_SAVE_RAM) is 0 for them. A netplay host sends that much,
# uncompressed, to whoever joins.
# Behaviour: 128 KiB in mGBA for a GBA game, 64 KiB in Genesis Plus GX, the console's own 2 KiB in PCE
# Fast, 30 frames after the start as well.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libretro-mgba=0.10.1+dfsg-1+deb12u1 libinih1 zlib1g \
    libretro-genesisplusgx=1.7.4+git20221128-1 libvorbisfile3 libvorbis0a libogg0 \
    libretro-beetle-pce-fast=0.9.38.7+git20160609-2 \
    libsndfile1 libflac12 libopus0 libmpg123-0 libmp3lame0 libvorbisenc2
for kind in gba md pce; do python3 "$here/games.py" $kind "$work/game.$kind"; done
cd "$work"

bytes() { frontend root "$1" game "$2" run 30 memory 0 2>/dev/null | sed -n 's/^memory 0: //p'; }
expect "mGBA, Game Boy Advance" 131072 "$(bytes mgba game.gba)"
expect "Genesis Plus GX" 65536 "$(bytes genesis_plus_gx game.md)"
expect "Beetle PCE Fast" 2048 "$(bytes mednafen_pce_fast game.pce)"
verdict
