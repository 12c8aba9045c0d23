#!/bin/sh
# Frames a second of cores of Debian 12, as retro_get_system_av_info says.
#
# Guess: some 60 for all, the true rate of each console for each: a NES and a SNES in America draw
# 60.0988 pictures a second.
# Behaviour: Nestopia says 60 flat and Snes9x the true 60.0988, though both consoles share the clock;
# the Virtual Boy has 50.27 and the WonderSwan 75.47. What counts time in frames (CRC intervals,
# stalls, timeouts) is a quarter shorter or a fifth longer there.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libretro-nestopia=1.52.0+20230102.gitcb1e24e-1 \
    libretro-snes9x=1.61+dfsg-1 libretro-beetle-vb=0.9.36.1+git20160623-2 \
    libretro-beetle-wswan=0.9.35.1+git20160623-2
for kind in nes snes vb ws; do python3 "$here/games.py" $kind "$work/game.$kind"; done
cd "$work"

rate() { frontend root "$1" game "game.$2" run 1 rate 2>/dev/null | sed -n 's/^rate: \([0-9.]*\) .*/\1/p'; }
expect "Nestopia" 60.000000 "$(rate nestopia nes)"
expect "Snes9x" 60.098812 "$(rate snes9x snes)"
expect "Beetle VB" 50.270000 "$(rate mednafen_vb vb)"
expect "Beetle WonderSwan" 75.470000 "$(rate mednafen_wswan ws)"
verdict
