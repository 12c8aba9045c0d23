#!/bin/sh
# Beetle WonderSwan 0.9.35.1 of 2026 (Debian testing): savestates in its 60 Hz mode, which is on unless switched off.
#
# Guess: a frame of the frontend is a frame of the console, which has 75.47 a second; or, where the core makes 60 of
# them, all that decides what the next one is stands in the state. Its info file says "deterministic".
# Behaviour: each fourth frame runs the console for two of its own, and which of four it is stands beside the
# state. After one, two or three frames were played from a state and undone, the game may run for another time than
# the first time: each guess that netplay or run-ahead takes back can part the players, and so can joining, unless
# the guest happens to be in the right one of four. With wswan_60hz_mode=disabled all agree.
. "$(dirname "$0")/lib.sh"
debian forky "$work/testing" libretro-beetle-wswan=0.9.35.1+git20260420-1 libretro-core-info=1.20.0-1
python3 "$here/games.py" ws "$work/game.ws"
cd "$work"

# How many rounds of its loop the game makes in 30 frames behind a state, which is where the commands end.
rounds() {
    mode=$1
    shift
    frontend testing mednafen_wswan set wswan_60hz_mode="$mode" game game.ws "$@" dump 2 begin \
        hold 30 80 dump 2 end >/dev/null 2>&1
    python3 -c 'a, b = (open(n, "rb").read()[272] for n in ("begin", "end")); print((b - a) % 256)'
}
undone() { for frames in 1 2 3 4; do rounds "$1" idle 10 save now hold $frames 80 load now; done | tr '\n' ' '; }
joined() { for frame in 5 6 7 8; do rounds "$1" idle $frame load state; done | tr '\n' ' '; }
expect_rounds() {
    expect "60 Hz mode $1: rounds from the state on" "$2" "$(rounds "$1" idle 10 save state)"
    expect "after 1, 2, 3 or 4 frames that were undone" "$3" "$(undone "$1")"
    expect "who joins from his frame 5, 6, 7 or 8" "$4" "$(joined "$1")"
}
expect_rounds enabled 73 "75 75 73 73 " "73 73 75 75 "
expect_rounds disabled 60 "60 60 60 60 " "60 60 60 60 "
expect "info file" 'savestate_features = "deterministic"' \
    "$(grep ^savestate_features testing/usr/share/libretro/info/mednafen_wswan_libretro.info)"
verdict
