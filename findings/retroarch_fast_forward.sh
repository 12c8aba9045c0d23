#!/bin/sh
# RetroArch 1.14.0, 1.20.0 and 1.22.2 (Debian 12, 13 and testing): fast forward during netplay.
#
# Guess: without effect, as slow motion and rewinding are there, for all have to keep step; or it lasts
# as long as it is held.
# Behaviour: who holds the key (here the command FAST_FORWARD_HOLD, many times a second) is soon 60 frames
# ahead of the other, which is all that netplay allows: each frame he sees is a guess, and put right
# a second later. A guest falls back into step when he lets it go. A host does not: he stays some 57
# frames ahead, with nothing slow between the two (watched for 10 s here), so that from one press
# on all that the guest does is in the host's picture a second late.
. "$(dirname "$0")/lib.sh"
retroarch bookworm "$work/1.14" 1.14.0+dfsg-1
retroarch trixie "$work/1.20" 1.20.0+dfsg-2+b1
retroarch forky "$work/1.22" 1.22.2+dfsg-3
debian bookworm "$work/cores" libretro-nestopia=1.52.0+20230102.gitcb1e24e-1
python3 "$here/games.py" nes "$work/game.nes"
cd "$work"
for version in 1.14 1.20 1.22; do
    wanted=ahead
    for who in host guest; do
        python3 - "$here" $version $who >seen <<'PYTHON'
import socket
import sys
import time
sys.path.insert(0, sys.argv[1])
from retroarch import RetroArch, core_of, free_port, wait

version, port = sys.argv[2], str(free_port(socket.SOCK_STREAM))


def run(name, *arguments):
    return RetroArch(version, f"{name}{version}", core_of("cores", "nestopia"), "game.nes",
                     "--port", port, *arguments)


def lead():  # in frames, of the one who holds the key
    mine, its = player.memory(0x10, 1), other.memory(0x10, 1)
    return (mine[0] - its[0] + 128) % 256 - 128 if mine and its else 0


def held_until_ahead():  # held in each frame in which the command comes
    player.send("FAST_FORWARD_HOLD")
    return lead() > 50


with run("host", "--host") as host:
    host.wait_for_game()
    with run("guest", "--connect", "127.0.0.1") as guest:
        player, other = (host, guest) if sys.argv[3] == "host" else (guest, host)
        wait(lambda: guest.says("You have joined") and abs(lead()) < 10, "both in step")
        wait(held_until_ahead, "a lead")
        end = time.monotonic() + 10
        while lead() > 10 and time.monotonic() < end:
            time.sleep(0.1)
        print("ahead" if lead() > 40 else "in step")
PYTHON
        expect "$version, the $who 10 s after letting it go" "$wanted" "$(cat seen)"
        wanted="in step"
    done
done
verdict
