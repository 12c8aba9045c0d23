#!/bin/sh
# The size of a savestate in two releases of Debian: Snes9x 1.61 and 1.63, Nestopia 1.52 and 1.53.
#
# Guess: a core refuses states that another version wrote in another size; or, as both formats name
# their parts so as to stay loadable, the sizes are the same.
# Behaviour: neither. 823409 and 823407 bytes, 5070 and 5078, and yet both versions of Nestopia load
# each other's states without complaint; Snes9x 1.63 loads those of 1.61, but not the other way round. It
# is the frontend that refuses first: RetroArch's netplay compares the sizes ("Netplay state load with
# an unexpected save state size"), so that players of Debian 12 and 13 are apart.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/twelve" libretro-snes9x=1.61+dfsg-1 \
    libretro-nestopia=1.52.0+20230102.gitcb1e24e-1
debian trixie "$work/thirteen" libretro-snes9x=1.63+dfsg-1 \
    libretro-nestopia=1.53.0+20250119.git5b56b6b-1
python3 "$here/games.py" snes "$work/game.snes9x"
python3 "$here/games.py" nes "$work/game.nestopia"
cd "$work"

seen() { frontend "$@" 2>/dev/null | sed -n 's/^\(size\|load\): //p' | tr '\n' ' '; }
for core in snes9x nestopia; do
    twelve=5070 thirteen=5078
    [ $core = nestopia ] || { twelve=823409 && thirteen=823407; }
    expect "$core of 12" "$twelve " "$(seen twelve $core game game.$core size run 20 save old)"
    expect "$core of 13" "$thirteen " "$(seen thirteen $core game game.$core size run 20 save new)"
    expect "$core of 13 loads that of 12" "yes " "$(seen thirteen $core game game.$core run 5 load old)"
    older=yes
    [ $core = nestopia ] || older=no
    expect "$core of 12 loads that of 13" "$older " "$(seen twelve $core game game.$core run 5 load new)"
done
verdict
