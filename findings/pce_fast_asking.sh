#!/bin/sh
# Beetle PCE Fast 0.9.38.7 (Debian 12): a question changes the machine.
#
# Guess: retro_serialize_size and retro_serialize only look. Twenty frames end in the same state whether
# or not somebody asked for the size in between.
# Behaviour: they do not: after the size was asked for once (which saves a state and throws it away)
# the state ten frames later is another one, by bit 7 of the processor's status, which is brought up to
# date only when somebody saves. The game is the same, the CRC is not. The same question at the same
# frame gives the same state each time. So a player whose frontend rewinds, runs ahead or saves automatically
# has other CRCs than one whose frontend does not.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libretro-beetle-pce-fast=0.9.38.7+git20160609-2 \
    libsndfile1 libflac12 libogg0 libvorbis0a libopus0 libmpg123-0 libmp3lame0 libvorbisenc2
python3 "$here/games.py" pce "$work/game.pce"
cd "$work"

frontend root mednafen_pce_fast game game.pce run 20 save plain >/dev/null 2>&1
frontend root mednafen_pce_fast game game.pce run 20 save plain2 >/dev/null 2>&1
frontend root mednafen_pce_fast game game.pce run 10 size run 10 save asked >/dev/null 2>&1
frontend root mednafen_pce_fast game game.pce run 10 save between run 10 save saved >/dev/null 2>&1
same() { cmp -s "$1" "$2" && echo same || echo different; }
expect "two processes, nobody asks" same "$(same plain plain2)"
expect "one asked for the size, ten frames before" different "$(same plain asked)"
expect "asking for the size or saving" same "$(same asked saved)"
expect "bytes that differ" 1 "$(cmp -l plain asked | wc -l)"
verdict
