#!/bin/sh
# libretro-core-info 1.20.0 and the cores of Debian 13: which files a core takes.
#
# Guess: the info file lists what the core itself says it takes (valid_extensions), and a core whose
# info file promises nothing about savestates is refused by netplay.
# Behaviour: for Gambatte and Nestopia the lists are equal. mGBA takes .sgb, which its info file leaves
# out; the info files of Snes9x, Beetle WonderSwan and DeSmuME promise .st, .pc2 and .ids, which
# these cores do not name. The file of Beetle VB has no line about savestates at all (netplay allows it),
# that of Beetle WonderSwan says "deterministic", though the wall clock is in its states.
. "$(dirname "$0")/lib.sh"
debian trixie "$work/root" libretro-core-info=1.20.0-1 libretro-gambatte=0.5.0+git20160522+dfsg1-3 \
    libretro-nestopia=1.53.0+20250119.git5b56b6b-1 libretro-mgba=0.10.5+dfsg-1 libinih1 zlib1g \
    libretro-snes9x=1.63+dfsg-1 libretro-beetle-wswan=0.9.35.1+git20160623-2+b2 \
    libretro-desmume=0.9.11+git20160819+dfsg1-2+b2 libtinyxml2.6.2v5
cd "$work"

info() { sed -n "s/^$2 = \"\(.*\)\"$/\1/p" "root/usr/share/libretro/info/$1_libretro.info"; }
lines() { tr '|' '\n' | sort; }
# What only the core says, then what only its info file says.
apart() {
    frontend root "$1" about rate 2>/dev/null | sed -n 's/^about: .*, .*, \(.*\), \(path\|data\).*/\1/p' |
        lines >core
    info "$1" supported_extensions | lines >info
    echo "core: $(comm -23 core info | tr '\n' ' ')info: $(comm -13 core info | tr '\n' ' ')"
}
expect Gambatte "core: info: " "$(apart gambatte)"
expect Nestopia "core: info: " "$(apart nestopia)"
expect mGBA "core: sgb info: " "$(apart mgba)"
expect Snes9x "core: info: st " "$(apart snes9x)"
expect "Beetle WonderSwan" "core: info: pc2 pcv2 " "$(apart mednafen_wswan)"
expect DeSmuME "core: info: ids " "$(apart desmume)"
expect "lines about savestates, Beetle VB" 0 \
    "$(grep -c ^savestate root/usr/share/libretro/info/mednafen_vb_libretro.info)"
expect "Beetle WonderSwan promises" deterministic "$(info mednafen_wswan savestate_features)"
verdict
