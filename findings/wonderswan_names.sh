#!/bin/sh
# Beetle WonderSwan 0.9.35.1 in two releases of Debian: 2016's in 12 and 13, 2026's in testing.
#
# Guess: a core keeps its name, all the more where its version number is the same.
# Behaviour: that of 12 is "Mednafen WonderSwan", that of testing "Beetle WonderSwan", both v0.9.35.1.
# Netplay compares the names: "a different core". The states have 68975 and 69639 bytes, but each
# core loads the other's. The info files of both releases say "Beetle WonderSwan".
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/twelve" libretro-beetle-wswan=0.9.35.1+git20160623-2 libretro-core-info=1.14.0-1
debian forky "$work/testing" libretro-beetle-wswan=0.9.35.1+git20260420-1
python3 "$here/games.py" ws "$work/game.ws"
cd "$work"

named() { frontend "$1" mednafen_wswan about rate 2>/dev/null | sed -n 's/^about: \([^,]*, [^,]*\),.*/\1/p'; }
seen() { frontend "$@" 2>/dev/null | sed -n 's/^\(size\|load\): //p' | tr '\n' ' '; }
expect "12" "Mednafen WonderSwan, v0.9.35.1" "$(named twelve)"
expect "testing" "Beetle WonderSwan, v0.9.35.1" "$(named testing)"
expect "the info file of 12" 'corename = "Beetle WonderSwan"' \
    "$(grep ^corename twelve/usr/share/libretro/info/mednafen_wswan_libretro.info)"
expect "size in 12" "68975 " "$(seen twelve mednafen_wswan game game.ws run 20 size save old)"
expect "size in testing" "69639 " "$(seen testing mednafen_wswan game game.ws run 20 size save new)"
expect "testing loads that of 12" "yes " "$(seen testing mednafen_wswan game game.ws run 5 load old)"
expect "12 loads that of testing" "yes " "$(seen twelve mednafen_wswan game game.ws run 5 load new)"
verdict
