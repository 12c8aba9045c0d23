#!/bin/sh
# Genesis Plus GX of 2022 and of 2026 (Debian 12 and testing): the order of the bytes in RETRO_MEMORY_SYSTEM_RAM, which
# cheats, achievements and READ_CORE_RAM read.
#
# Guess: the byte that a game has at address FF0010 is byte 16 there, as addresses are the console's in every core;
# what differs between consoles is only whether the number behind it begins with its large or its small end.
# Behaviour: for a Mega Drive each two bytes have changed places: the byte of FF0010 is at 17, that of FF0011 at 16, as
# the core keeps words in the order of the machine that it runs on. For a Master System, in the same core, nothing has.
# A list of addresses from a document about the game reads the neighbour, and a byte written there, too; a
# big-endian 16-bit number comes out right if it is read as a little-endian one, and one of 32 bits never.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/2022" libretro-genesisplusgx=1.7.4+git20221128-1 \
    libvorbisfile3 libvorbis0a libogg0
debian forky "$work/2026" libretro-genesisplusgx=1.7.4+git20260324-1 \
    libvorbisfile3 libvorbis0a libogg0 libchdr0 libzstd1 liblzma5 zlib1g
python3 "$here/games.py" md "$work/game.md"
python3 "$here/games.py" sms "$work/game.sms"
cd "$work"

# The two bytes from 16 on: VERSION GAME FRAMES. The Mega Drive's game counts its frames in the word at FF0010, the
# Master System's in the byte at C010.
bytes() {
    frontend "$1" genesis_plus_gx game "$2" idle "$3" dump 2 memory >/dev/null 2>&1
    od -An -tx1 -j 16 -N 2 memory
}
for version in 2022 2026; do
    expect "$version, Mega Drive, the word is 00CB" " cb 00" "$(bytes $version game.md 204)"
    expect "$version, Mega Drive, 56 frames later it is 0103" " 03 01" "$(bytes $version game.md 260)"
    expect "$version, Master System, the byte is C9, and the next 00" " c9 00" "$(bytes $version game.sms 200)"
done
verdict
