"""Cases with a lobby: the relay tells it of a game, and a real RetroArch finds that in its list of
hosts and joins, driven through its menu with the pad."""

import pathlib
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "outward"))

from cases import say
from lobby_stand_in import Lobby
from match import JOINED
from password_dialog import SETTINGS, tap, turn
from peer_cases import LIMIT
from prerequisites import in_private_mounts
from room_match import compare
from waiting import wait_until

HOST = "lobby.libretro.com"  # which is compiled into RetroArch, as is its port
PORT = 80
LISTED_LIMIT = 30
LIST_LIMIT = 6
TRIES = 6
TURNS_OF_A_MENU = 25

# What is left of the main menu: Quick Menu, Netplay, Settings.
HIDDEN = (
    "menu_show_load_core", "menu_show_load_content", "menu_show_information",
    "menu_show_configurations", "menu_show_help", "menu_show_quit_retroarch",
    "menu_show_restart_retroarch", "menu_show_reboot", "menu_show_shutdown",
    "menu_show_online_updater", "menu_show_core_updater", "menu_show_dump_disc",
    "menu_show_load_disc", "content_show_history", "content_show_favorites", "content_show_images",
    "content_show_music", "content_show_video", "content_show_add", "content_show_playlists",
    "content_show_explore", "content_show_contentless_cores",
)
MENU = {**SETTINGS, **dict.fromkeys(HIDDEN, "false"), "menu_pause_libretro": "true"}
# From the menu that opens over a game to the list of hosts: out of the quick menu, down to Netplay
# and in, down past Host, Connect, Network and Lobby Filters, and Refresh Netplay Host List.
TO_THE_LIST = ("B", "down", "A", "down", "down", "down", "down", "A")
# Past Refresh Netplay LAN List.
TO_THE_FIRST = ("down", "down", "A")


def found_in_the_lobby(match):
    """Alice plays in a room; bob, who knows no address, finds it in the list and joins."""
    with LobbyHere(match) as lobby:
        match.expect_reason("probe")  # of the lobby, which tries whether we are there
        alice = match.enter("alice")
        entry = lobby.wait_for_entry()
        assert entry["connectable"] and entry["is_retroarch"], entry
        join_by_list(match, lobby, alice)
    assert match.nicks("member_joined") == ["alice", "bob"], match.summary()


def session_found_in_the_lobby(match):
    """Alice hosts by the relay, and carol was her guest; bob finds the session in the list."""
    with LobbyHere(match) as lobby:
        alice, join_text = match.open_host()
        carol = match.join("carol", join_text, alice)
        entry = lobby.wait_for_entry()
        assert (entry["host_method"], entry["mitm_session"]) == (3, join_text.split("|")[2]), entry
        match.leave(carol)
        carol.retroarch.quit()
        match.wait_until(lambda: not match.relay.links(), LIST_LIMIT, "carol to be gone")
        join_by_list(match, lobby, alice)
    assert len(match.relay.events("link_opened")) == 2, match.relay.log_text()


def lobby_of(**told):
    return {"manual_ip": "room", "lobby": {"enabled": True, "url": "http://127.0.0.1", **told}}


found_in_the_lobby.configuration = lobby_of()
session_found_in_the_lobby.configuration = lobby_of(rooms=False, sessions=["all"])


class LobbyHere:
    """A lobby that RetroArch takes for its own."""

    def __init__(self, match):
        self.match = match
        self.lobby = None
        self.led = []  # files over which ours is mounted

    def __enter__(self):
        assert in_private_mounts(), "its name leads here only in a place of one's own to mount on"
        self.lobby = Lobby(PORT)
        lead_to_us(self.match, self.led)
        return self

    def __exit__(self, *failure):
        for place in self.led:
            subprocess.run(["umount", place], check=True)
        self.lobby.end()

    def wait_for_entry(self):
        """Of alice, the only one."""
        self.match.wait_until(lambda: self.lobby.entries, LISTED_LIMIT, "an entry in the lobby")
        (entry,) = self.lobby.listed()
        assert (entry["username"], entry["core_name"]) == ("alice", "Nestopia"), entry
        return entry


def join_by_list(match, here, alice):
    """Bob, whose RetroArch runs the same game by itself, finds alice's and plays in it."""
    lobby = here.lobby
    bob = match.start_retroarch("bob", [], MENU)
    bob.retroarch.wait_for_game()
    find(bob.retroarch, lobby)
    for button in TO_THE_FIRST:
        press(bob.retroarch, button)
    match.await_guest(bob, alice, JOINED)
    match.play_together(600, LIMIT, alice, bob)
    compare(alice, bob, at_least=600)
    assert not lobby.refusals, lobby.refusals
    (entry,) = lobby.listed()
    say(f"listed as {entry['username']}, port {entry['port']}, CRC {entry['game_crc']}; bob asked "
        f"for the list {lobby.lists} times")


def lead_to_us(match, led):
    """RetroArch's lobby is here, for all that see these mounts."""
    hosts = match.directory / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {HOST}\n", encoding="ascii")
    places = {pathlib.Path("/"), *(each.place for each in match.cast.installations if each.place)}
    for place in places:
        (place / "etc/hosts").touch()  # a root that was just made has none
        subprocess.run(["mount", "--bind", hosts, place / "etc/hosts"], check=True)
        led.append(place / "etc/hosts")


def find(retroarch, lobby):
    """Until it has asked for the list: a press may be lost, and then it begins anew."""
    for _ in range(TRIES):
        open_menu(retroarch)
        before = lobby.lists
        for button in TO_THE_LIST:
            press(retroarch, button)
        try:
            wait_until(lambda: lobby.lists > before, LIST_LIMIT, "the list to be asked for")
            turn(retroarch, 2 * TURNS_OF_A_MENU)
            return
        except AssertionError:
            continue
    raise AssertionError(f"no list of hosts in {TRIES} tries")


def press(retroarch, button):
    tap(retroarch, button)
    turn(retroarch, TURNS_OF_A_MENU)


def open_menu(retroarch):
    """Anew, so that it is the quick menu. The game stands still as long as there is a menu."""
    for wanted in (True, False):
        for _ in range(TRIES):
            if runs(retroarch) == wanted:
                break
            retroarch.send("MENU_TOGGLE")
            turn(retroarch, TURNS_OF_A_MENU)
        assert runs(retroarch) == wanted, f"the menu of {retroarch.name} does not obey"
    turn(retroarch, TURNS_OF_A_MENU)


def runs(retroarch):
    before = retroarch.frame()
    turn(retroarch, TURNS_OF_A_MENU)
    return retroarch.frame() != before


ALL = (found_in_the_lobby, session_found_in_the_lobby)
