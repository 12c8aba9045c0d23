#!/bin/sh
# bsnes-mercury 094 of Debian 12: three cores, one name.
#
# Guess: the accuracy, balanced and performance cores are three cores, with three names as in their info
# files ("bsnes-mercury Accuracy" and so on): netplay, which compares the names, keeps them apart.
# Behaviour: all three call themselves "bsnes-mercury"; only the version tells. Netplay takes them for
# the same core and only warns of another version, though their states have other sizes (375848 and
# 320941), so that who joins is gone at once.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libretro-bsnes-mercury-performance=094+git20220807-8 \
    libretro-bsnes-mercury-balanced=094+git20220807-8 \
    libretro-bsnes-mercury-accuracy=094+git20220807-8 libretro-core-info=1.14.0-1
python3 "$here/games.py" snes "$work/game.sfc"
cd "$work"

for kind in accuracy balanced performance; do
    expect "the info file of $kind" "bsnes-mercury $(echo $kind | sed 's/./\U&/')" \
        "$(sed -n 's/^corename = "\(.*\)"$/\1/p' "root/usr/share/libretro/info/bsnes_mercury_${kind}_libretro.info")"
    expect "the core itself" bsnes-mercury \
        "$(frontend root bsnes_mercury_$kind about rate 2>/dev/null | sed -n 's/^about: \([^,]*\),.*/\1/p')"
done
size() { frontend root "bsnes_mercury_$1" game game.sfc run 1 size 2>/dev/null | sed -n 's/^size: //p'; }
expect "state of balanced" 375848 "$(size balanced)"
expect "state of performance" 320941 "$(size performance)"
verdict
