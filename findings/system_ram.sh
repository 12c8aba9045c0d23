#!/bin/sh
# System RAM of cores of Debian 12, as retro_get_memory_size(RETRO_MEMORY_SYSTEM_RAM) says: what cheats,
# achievements and READ_CORE_RAM read.
#
# Guess: the size of the console's work RAM: 32 and 256 KiB (GBA), 64 KiB (Virtual Boy), 16 or 64 KiB
# (WonderSwan), 8 KiB (PC Engine).
# Behaviour: mGBA, Beetle VB and Beetle WonderSwan say 0: there is nothing to read, though the machine
# has memory. Beetle PCE Fast says 32 KiB for a PC Engine with 8. Nestopia, Gambatte and Snes9x say
# what one expects.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libretro-mgba=0.10.1+dfsg-1+deb12u1 libinih1 zlib1g \
    libretro-beetle-vb=0.9.36.1+git20160623-2 libretro-beetle-wswan=0.9.35.1+git20160623-2 \
    libretro-beetle-pce-fast=0.9.38.7+git20160609-2 \
    libsndfile1 libflac12 libogg0 libvorbis0a libopus0 libmpg123-0 libmp3lame0 libvorbisenc2 \
    libretro-gambatte=0.5.0+git20160522+dfsg1-2.1
for kind in gba vb ws pce gb; do python3 "$here/games.py" $kind "$work/game.$kind"; done
cd "$work"

bytes() { frontend root "$1" game "$2" run 5 memory 2 2>/dev/null | sed -n 's/^memory 2: //p'; }
expect "mGBA" 0 "$(bytes mgba game.gba)"
expect "Beetle VB" 0 "$(bytes mednafen_vb game.vb)"
expect "Beetle WonderSwan" 0 "$(bytes mednafen_wswan game.ws)"
expect "Beetle PCE Fast" 32768 "$(bytes mednafen_pce_fast game.pce)"
expect "Gambatte" 8192 "$(bytes gambatte game.gb)"
verdict
