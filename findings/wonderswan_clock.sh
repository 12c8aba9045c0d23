#!/bin/sh
# Beetle WonderSwan 0.9.35.1 (Debian 12 and 13): the wall clock is in every savestate.
#
# Guess: a game without a clock chip has states that only depend on the game and its input.
# Behaviour: the cartridge's clock runs in any case and is set from the time of day: the state has a
# field "CurrentTime" with the seconds since 1970. Players who started the same game in different
# seconds have different CRCs, though all else is equal, until one has loaded the other's state.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libretro-beetle-wswan=0.9.35.1+git20160623-2
python3 "$here/games.py" ws "$work/game.ws"
cd "$work"

for player in one two; do
    frontend root mednafen_wswan game game.ws run 60 save "$player" >/dev/null 2>&1
    sleep 2
done
expect "bytes outside of the field that differ" 0 "$(python3 - <<'PYTHON'
one, two = open("one", "rb").read(), open("two", "rb").read()
at = one.index(b"CurrentTime") + len("CurrentTime") + 4
print(sum(a != b for i, (a, b) in enumerate(zip(one, two)) if not at <= i < at + 8))
PYTHON
)"
expect "seconds between the two, and the time of the day" "2 to 60, yes" "$(python3 - <<'PYTHON'
import time
times = []
for name in ("one", "two"):
    state = open(name, "rb").read()
    at = state.index(b"CurrentTime") + len("CurrentTime")
    size = int.from_bytes(state[at:at + 4], "little")
    times.append(int.from_bytes(state[at + 4:at + 4 + size], "little"))
apart = times[1] - times[0]
print("2 to 60" if 2 <= apart <= 60 else apart, "yes" if abs(time.time() - times[1]) < 60 else times, sep=", ")
PYTHON
)"
for player in one two; do
    frontend root mednafen_wswan game game.ws load one seed 5 run 20 save "$player.later" >/dev/null 2>&1
    sleep 1
done
expect "after a state from the other" same "$(cmp -s one.later two.later && echo same || echo different)"
verdict
