#!/bin/sh
# A Game Boy game without the maker's logo in its header (Debian 12: mGBA 0.10.1, Gambatte 0.5.0; testing:
# SameBoy 1.0.4).
#
# Guess: an emulator takes it, all the more where the file is called .gb, for the bytes of the logo are
# only looked at by the console's own boot ROM, which none of them has here.
# Behaviour: Gambatte and SameBoy play it; mGBA takes the logo for what makes a file a Game Boy game, and
# refuses it as no game at all. Own test games without the logo do not run in every core.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/twelve" libretro-mgba=0.10.1+dfsg-1+deb12u1 libinih1 zlib1g \
    libretro-gambatte=0.5.0+git20160522+dfsg1-2.1
debian forky "$work/testing" libretro-sameboy=1.0.4+ds-1
python3 "$here/games.py" gb "$work/game.gb"
python3 "$here/games.py" gba "$work/game.gba"
cd "$work"

seen() { frontend "$@" 2>/dev/null | sed -n 's/^game: //p'; }
expect "mGBA, Game Boy" refused "$(seen twelve mgba game game.gb)"
expect "mGBA, Game Boy Advance" loaded "$(seen twelve mgba game game.gba)"
expect Gambatte loaded "$(seen twelve gambatte game game.gb)"
expect SameBoy loaded "$(seen testing sameboy game game.gb)"
verdict
