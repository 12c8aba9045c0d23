#!/bin/sh
# RetroArch 1.14.0, 1.20.0 and 1.22.2 (Debian 12, 13 and testing): hosting switched on while a game runs
# (NETPLAY_HOST_TOGGLE, the hotkey of that name).
#
# Guess: the game goes on, and who joins gets it as it stands, which is what the savestate at each
# joining is for.
# Behaviour: RetroArch first unloads core and game and loads both anew: the game begins from its title, and
# what was played is gone but for what the game itself had saved. Switched off again, it goes on. Who
# wants a friend to join where he is saves a state before, and loads it when he hosts.
. "$(dirname "$0")/lib.sh"
retroarch bookworm "$work/1.14" 1.14.0+dfsg-1
retroarch trixie "$work/1.20" 1.20.0+dfsg-2+b1
retroarch forky "$work/1.22" 1.22.2+dfsg-3
debian bookworm "$work/cores" libretro-nestopia=1.52.0+20230102.gitcb1e24e-1
python3 "$here/games.py" nes "$work/game.nes"
cd "$work"

for version in 1.14 1.20 1.22; do
    echo "RetroArch $version"
    python3 - "$here" $version >seen <<'PYTHON'
import socket
import sys
sys.path.insert(0, sys.argv[1])
from retroarch import RetroArch, core_of, free_port, wait


def progress():  # a byte that the game leaves alone: 42 is as far as we have come
    return player.memory(0x700, 1)


def come_far():
    player.send("WRITE_CORE_RAM 700 2a")
    return progress() == b"\x2a"


def hosts():
    with socket.socket() as guest:
        return guest.connect_ex(("127.0.0.1", port)) == 0


port = free_port(socket.SOCK_STREAM)
with RetroArch(sys.argv[2], f"player{sys.argv[2]}", core_of("cores", "nestopia"), "game.nes",
               netplay_ip_port=port) as player:
    player.wait_for_game()
    for done in (hosts, lambda: not hosts()):
        wait(come_far, "memory to be written")
        player.send("NETPLAY_HOST_TOGGLE")
        wait(done, "hosting to be switched")
        wait(progress, "the game")
        print(progress()[0])
    player.end()
PYTHON
    expect "progress after hosting was switched on" 0 "$(sed -n 1p seen)"
    expect "after it was switched off" 42 "$(sed -n 2p seen)"
done
verdict
