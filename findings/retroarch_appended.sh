#!/bin/sh
# RetroArch 1.14.0, 1.20.0 and 1.22.2 (Debian 12, 13 and testing): what --appendconfig leaves behind.
#
# Guess: a file for --appendconfig is for this start; config_save_on_exit, which is on unless
# switched off, saves what the user set.
# Behaviour: 1.14 saves nothing at all in a start with --appendconfig, the user's changes neither; 1.20
# and 1.22 save everything, the appended settings as well: the next start without the file still goes
# through the relay that it named, under its nick.
. "$(dirname "$0")/lib.sh"
retroarch bookworm "$work/1.14" 1.14.0+dfsg-1
retroarch trixie "$work/1.20" 1.20.0+dfsg-2+b1
retroarch forky "$work/1.22" 1.22.2+dfsg-3
debian bookworm "$work/cores" libretro-nestopia=1.52.0+20230102.gitcb1e24e-1
python3 "$here/games.py" nes "$work/game.nes"
cd "$work"
cat >custom.cfg <<'CONFIGURATION'
netplay_nickname = "appended"
netplay_use_mitm_server = "true"
netplay_mitm_server = "custom"
CONFIGURATION

for version in 1.14 1.20 1.22; do
    rm -rf player
    python3 - "$here" $version "$work/custom.cfg" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
from retroarch import RetroArch, core_of

with RetroArch(sys.argv[2], "player", core_of("cores", "nestopia"), "game.nes", "--appendconfig",
               sys.argv[3], config_save_on_exit="true", netplay_nickname="main") as player:
    player.wait_for_game()
    print("  in the game:", player.ask("GET_CONFIG_PARAM netplay_nickname"))
    player.end()
PYTHON
    saved=$(sed -n 's/^\(netplay_nickname\|netplay_use_mitm_server\|audio_volume\) = //p' \
        player/retroarch.cfg | sort | tr '\n' ' ')
    case $version in
    1.14) expect "$version, nick, relay and volume as saved" '"main" ' "$saved" ;;
    *) expect "$version, the same" '"0.000000" "appended" "true" ' "$saved" ;;
    esac
done
verdict
