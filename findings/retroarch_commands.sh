#!/bin/sh
# RetroArch 1.14.0 and 1.22.2 (Debian 12 and testing): several commands over the UDP port at once.
#
# Guess: commands are carried out one after the other, whether they come in one datagram, a line
# each, or in several: two PAUSE_TOGGLE leave the game as it was, five FRAMEADVANCE are five frames.
# Behaviour: that holds for those that have an answer (READ_CORE_RAM: five lines, five answers). Those
# that stand for a hotkey only press it until the next frame begins: any number is one press, two
# PAUSE_TOGGLE pause, five FRAMEADVANCE are one frame. As with a key, it has to be let go in between:
# a tenth of a second apart they count singly.
. "$(dirname "$0")/lib.sh"
retroarch bookworm "$work/1.14" 1.14.0+dfsg-1
retroarch forky "$work/1.22" 1.22.2+dfsg-3
debian bookworm "$work/cores" libretro-nestopia=1.52.0+20230102.gitcb1e24e-1
python3 "$here/games.py" nes "$work/game.nes"
cd "$work"

for version in 1.14 1.22; do
    echo "RetroArch $version"
    python3 - "$here" $version >seen <<'PYTHON'
import sys
import time
sys.path.insert(0, sys.argv[1])
from retroarch import RetroArch, core_of, wait

PAUSE = 0.5  # for what would come of it


def state():
    return player.ask("GET_STATUS").split()[1]


def frame():
    return player.memory(0x10, 1)[0]


def advanced_by(send):
    before = frame()
    send()
    time.sleep(PAUSE)
    return (frame() - before) % 256


def apart():
    for _ in range(5):
        player.send("FRAMEADVANCE")
        time.sleep(PAUSE)


with RetroArch(sys.argv[2], f"player{sys.argv[2]}", core_of("cores", "nestopia"),
               "game.nes") as player:
    player.wait_for_game()
    player.send("\n".join(["READ_CORE_RAM 10 1"] * 5))
    print(len(list(player.answers())))
    player.send("PAUSE_TOGGLE\nPAUSE_TOGGLE")
    time.sleep(PAUSE)
    print(state())
    print(advanced_by(lambda: player.send("\n".join(["FRAMEADVANCE"] * 5))))
    print(advanced_by(apart))
    player.end()
PYTHON
    expect "answers to five READ_CORE_RAM" 5 "$(sed -n 1p seen)"
    expect "after two PAUSE_TOGGLE" PAUSED "$(sed -n 2p seen)"
    expect "frames after five FRAMEADVANCE in one datagram" 1 "$(sed -n 3p seen)"
    expect "frames after five that are apart" 5 "$(sed -n 4p seen)"
done
verdict
