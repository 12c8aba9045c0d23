#!/bin/sh
# Builds the games of our own for real cores: build.sh SYSTEM DIRECTORY prints the path of the
# game. SYSTEM is nes, snes, genesis, gba, gb (no mapper) or gbc (with a mapper and a battery).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
system=$1
out=$2/button_sum_$system

case $system in
nes)
    source=$here/../../retroarch/game/coin_chase
    ca65 -o "$out.o" "$source.s"
    ld65 -C "$source.cfg" -o "$out.nes" "$out.o"
    echo "$out.nes"
    ;;
snes)
    ca65 -o "$out.o" "$here/button_sum_snes.s"
    ld65 -C "$here/button_sum_snes.cfg" -o "$out.sfc" "$out.o"
    echo "$out.sfc"
    ;;
genesis)
    m68k-linux-gnu-as -m68000 --register-prefix-optional -o "$out.o" "$here/button_sum_genesis.s"
    m68k-linux-gnu-ld -Ttext=0 -e 0 -o "$out.elf" "$out.o"
    m68k-linux-gnu-objcopy -O binary -j .text --pad-to=0x2000 "$out.elf" "$out.md"
    echo "$out.md"
    ;;
gba)
    arm-none-eabi-as -mcpu=arm7tdmi -o "$out.o" "$here/button_sum_gba.s"
    arm-none-eabi-ld -Ttext=0x08000000 -e 0x08000000 -o "$out.elf" "$out.o"
    arm-none-eabi-objcopy -O binary -j .text --pad-to=0x08001000 "$out.elf" "$out.gba"
    echo "$out.gba"
    ;;
gb | gbc)
    sdasgb -o "$out.rel" "$here/button_sum_gb.s"
    sdldgb -i "$out.ihx" "$out.rel" >&2
    if [ "$system" = gb ]; then
        makebin -Z -yn "BUTTONSUM" "$out.ihx" "$out.gb"
    else
        makebin -Z -yt 3 -ya 1 -yn "BUTTONSUM" "$out.ihx" "$out.gb"
    fi
    echo "$out.gb"
    ;;
*)
    echo "there is no game for $system" >&2
    exit 2
    ;;
esac
