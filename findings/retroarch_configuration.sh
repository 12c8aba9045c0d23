#!/bin/sh
# RetroArch 1.14.0, 1.20.0 and 1.22.2 (Debian 12, 13 and testing): how retroarch.cfg is read.
#
# Guess: of two lines with the same key the later one wins, so that `echo ... >> retroarch.cfg` sets
# something, and what an #include at the end names wins over the lines before; spaces around the equals
# sign are a matter of taste; what RetroArch wrote itself it reads back.
# Behaviour: the first line wins, always: a line or an #include at the end of a file that has the key
# already does nothing, one at the beginning does. Where the value's quotation mark follows the equals
# sign at once (key="value") the line counts for nothing; key ="value" does. A value without quotation
# marks ends at the first space or #. A quotation mark inside a value is written as it is, and ends the
# value in the next start: the nick a"b becomes a.
. "$(dirname "$0")/lib.sh"
retroarch bookworm "$work/1.14" 1.14.0+dfsg-1
retroarch trixie "$work/1.20" 1.20.0+dfsg-2+b1
retroarch forky "$work/1.22" 1.22.2+dfsg-3
debian bookworm "$work/cores" libretro-nestopia=1.52.0+20230102.gitcb1e24e-1
python3 "$here/games.py" nes "$work/game.nes"
cd "$work"

seen() { sed -n "s/^$1 = \(.*\)$/\1/p" player/retroarch.cfg; }
for version in 1.14 1.20 1.22; do
    rm -rf player && mkdir player
    echo 'rewind_granularity = "3"' >player/early
    echo 'netplay_check_frames = "62"' >player/late
    echo "RetroArch $version"
    python3 - "$here" $version <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
from retroarch import RetroArch, core_of

END = """
netplay_ip_port = "50002"
netplay_check_frames = "61"
#include "late"
rewind_granularity = "4"
netplay_ip_address="tight"
netplay_custom_mitm_server ="behind"
netplay_mitm_server = custom#2
"""
with RetroArch(sys.argv[2], "player", core_of("cores", "nestopia"), "game.nes", "--nick", 'a"b',
               config_save_on_exit="true",
               write=lambda main: f'#include "early"\nnetplay_ip_port = "50001"\n{main}{END}') as player:
    player.wait_for_game()
    player.end()
PYTHON
    expect "two lines, 50001 and 50002, as saved" '"50001" "50001" ' \
        "$(seen netplay_ip_port | tr '\n' ' ')"
    expect "61, then 62 by an #include" '"61"' "$(seen netplay_check_frames)"
    expect "3 by an #include, then 4" '"3"' "$(seen rewind_granularity)"
    expect 'key="tight"' '""' "$(seen netplay_ip_address)"
    expect 'key ="behind"' '"behind"' "$(seen netplay_custom_mitm_server)"
    expect "custom#2" '"custom"' "$(seen netplay_mitm_server)"
    expect "the nick, written" '"a"b"' "$(seen netplay_nickname)"
    nick=$(python3 - "$here" $version <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from retroarch import RetroArch, core_of

written = Path("player/retroarch.cfg").read_text()
with RetroArch(sys.argv[2], "player", core_of("cores", "nestopia"), "game.nes",
               write=lambda main: main + written) as player:
    player.wait_for_game()
    print(player.ask("GET_CONFIG_PARAM netplay_nickname"))
    player.end()
PYTHON
)
    expect "the nick, read again" "GET_CONFIG_PARAM netplay_nickname a" "$nick"
done
verdict
