#!/bin/sh
# Beetle WonderSwan 0.9.35.1 of 2026 (Debian testing): the Select button, which turns picture and pad.
#
# Guess: a button that the console does not have and that turns the picture is a matter of the frontend; the game,
# and what the pad says in it, stay the same for all who have its state and everybody's buttons.
# Behaviour: the cross and the four buttons change places as well, and that they have is not in the state. Who joins
# after one press (or loads the state of a friend who had pressed) plays with a pad that lies the other way than
# everybody else's copy of it. A press that is undone and played again turns twice. The games are apart from
# then on. What helps is an option: wswan_rotate_display other than "manual", the same for all.
. "$(dirname "$0")/lib.sh"
debian forky "$work/testing" libretro-beetle-wswan=0.9.35.1+git20260420-1
python3 "$here/games.py" ws "$work/game.ws"
cd "$work"

# The game's memory after 30 frames with the cross pressed, behind these commands; in each without the core's 60 Hz
# mode, which has a matter of its own. FILE DISPLAY COMMAND...
play() {
    file=$1 display=$2
    shift 2
    frontend testing mednafen_wswan set wswan_60hz_mode=disabled set wswan_rotate_display="$display" \
        game game.ws "$@" hold 30 80 dump 2 "$file" >/dev/null 2>&1
}
same() { cmp -s "$1" "$2" && echo same || echo apart; }
for display in manual landscape; do
    play host "$display" idle 10 save before hold 2 4 idle 3 save state
    play guest "$display" load state
    play undone "$display" idle 10 hold 2 4 idle 2 load before hold 2 4 idle 3
    wanted=same
    [ "$display" != manual ] || wanted=apart
    expect "$display, Select pressed: who joins then" "$wanted" "$(same host guest)"
    expect "$display, Select pressed, undone and played again" "$wanted" "$(same host undone)"
done
play host manual idle 10 idle 5 save state
play guest manual load state
expect "manual, Select not pressed: who joins then" same "$(same host guest)"
verdict
