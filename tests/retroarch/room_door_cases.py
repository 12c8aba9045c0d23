"""The cases: how real RetroArch finds its way into a room, into a session, or into neither."""

import re

import coin_chase
import password_dialog
from cases import say
from installations import OWN_CORE
from match import JOINED
from password_dialog import WRONG
from room_match import compare

SOON = 90  # seconds for some hundred frames, on a busy machine
BANNED = r"You are banned from this host"
GONE = r"Netplay disconnected"
OTHER_CORE = r"running a different core"


def password_of_the_rooms(match):
    """The relay asks for a password: a wrong one is refused, two with the right one play."""
    match.expect_reason("wrong_password")
    mallory = password_dialog.start_and_enter(
        match, "mallory", match.place(), "111", lambda player: player.retroarch.says(WRONG)
    )
    match.await_reason("wrong_password")
    say("111: 'Incorrect password'")
    match.dismiss(mallory)
    alice = enter_with_password(match, "alice", "11")
    bob = enter_with_password(match, "bob", "11", beside=alice)
    match.play_together(600, SOON, alice, bob)
    compare(alice, bob, at_least=600)
    assert match.nicks("member_joined")[-2:] == ["alice", "bob"], match.summary()


password_of_the_rooms.configuration = {"rooms": {"password": "11"}}


def those_of_one_password_meet(match):
    """At a door of its own any password will do: who types the same one is in the same room."""
    door = match.place(door=0)
    alice = enter_with_password(match, "alice", "1", place=door)
    bob = enter_with_password(match, "bob", "1", place=door, beside=alice)
    carol = enter_with_password(match, "carol", "11", place=door)
    match.play_together(600, SOON, alice, bob)
    compare(alice, bob, at_least=600)
    match.play_frames(200, limit=SOON)
    rooms = rooms_of(match)
    assert rooms["alice"] == rooms["bob"] != rooms["carol"], rooms
    assert carol.retroarch.says("You have joined as player 1"), "carol is not alone"
    say(f"rooms {rooms}")


those_of_one_password_meet.configuration = {
    "manual_ip": "off",
    "doors": [{"listen": ["127.0.0.1:0"], "manual_ip": "room", "rooms": "by_password"}],
}


def two_games_at_one_address(match):
    """Two pairs play different games at the same time, and type the same address."""
    other = coin_chase.build_with_faster_figures(match.directory)
    alice = match.enter("alice")
    carol = match.enter("carol", rom=other)
    bob = match.enter("bob", beside=alice)
    dave = match.enter("dave", beside=carol, rom=other)
    match.play_together(600, SOON, alice, bob)
    match.play_together(600, SOON, carol, dave)
    compare(alice, bob, at_least=600)
    compare(carol, dave, at_least=600)
    games = {each["nick"]: each["content"] for each in match.relay.events("member_joined")}
    assert games["alice"] == games["bob"] != games["carol"] == games["dave"], games
    assert len(match.relay.events("room_opened")) == 2, match.summary()
    say(f"games {games}")


two_games_at_one_address.configuration = {"workers": 2}


def address_of_the_only_session(match):
    """A host came through the tunnel and has answered a guest: who types the relay's address and no
    session id joins it as well."""
    alice, join_text = match.open_host()
    place = join_text.rpartition("|")[0]
    carol = match.join("carol", join_text, alice)
    bob = match.join("bob", place, alice)
    assert len(match.relay.links()) == 2, match.relay.status()
    match.play_together(600, SOON, alice, bob, carol)
    compare(alice, bob, at_least=600)
    assert not match.relay.events("room_opened"), match.summary()
    say(f"bob typed {place} and joined {join_text}")


address_of_the_only_session.configuration = {"manual_ip": "auto"}


def port_of_a_session(match):
    """A session has a port of its own: address and port are enough, whatever else is off."""
    alice, _ = match.open_host()
    place = f"127.0.0.1|{match.free_port}"
    bob = match.join("bob", place, alice)
    assert len(match.relay.links()) == 1, match.relay.status()
    match.play_together(600, SOON, alice, bob)
    compare(alice, bob, at_least=600)
    assert not match.relay.events("room_opened"), match.summary()
    say(f"bob typed {place}")


port_of_a_session.configuration = lambda port: {
    "manual_ip": "off",
    "join_ports": str(port),
}


def port_of_a_room(match):
    """A room has one as well: it leads there, the same game or not."""
    alice = match.enter("alice")
    bob = match.enter("bob", f"127.0.0.1|{match.free_port}", beside=alice)
    match.play_together(600, SOON, alice, bob)
    compare(alice, bob, at_least=600)
    assert len(match.relay.events("room_opened")) == 1, match.summary()


port_of_a_room.configuration = lambda port: {"join_ports": str(port)}


def manual_ip_off(match):
    """Where rooms are off, whoever types the address is told in words."""
    alice = match.start_guest("alice", match.place())
    match.wait_until(lambda: alice.retroarch.says(BANNED), 20, "alice to be refused")
    match.wait_until(lambda: match.relay.closed("manual_ip_off") == 1, 10, "it to be counted")
    say("'You are banned from this host', counted as manual_ip_off")
    match.dismiss(alice)
    bob, join_text = match.open_host("bob")
    carol = match.join("carol", join_text, bob)
    match.play_together(300, SOON, bob, carol)
    compare(bob, carol, at_least=300)


manual_ip_off.configuration = {"manual_ip": "off"}


def enter_with_password(match, name, password, place=None, beside=None):
    """Starts a RetroArch that enters the room in which `beside` is; without, one of its own."""
    match.expect_reason("wrong_password")  # what a lost key leads to

    def goes_well(player):
        rooms = rooms_of(match)
        if not player.retroarch.says(JOINED) or name not in rooms:
            return False
        others = {room for nick, room in rooms.items() if nick != name}
        return rooms[name] == rooms[beside.name] if beside else rooms[name] not in others

    match.relay.wait_for_ports()
    player = password_dialog.start_and_enter(
        match, name, place or match.place(), password, goes_well
    )
    match.await_guest(player, beside or player, JOINED)
    return player


def rooms_of(match):
    """The room that each nick was last let into."""
    return {each["nick"]: each["room"] for each in match.relay.events("member_joined")}


def another_version_of_the_core(match):
    """bob has the Nestopia of his own release, whose states have another size: no room for both."""
    match.expect_reason("state_size_differs")
    alice = match.enter("alice")
    match.play_frames(100, limit=SOON)
    for told in (GONE, OTHER_CORE):
        bob = match.start_guest("bob", match.place(), core=OWN_CORE)
        match.wait_until(lambda: bob.retroarch.says(told), 30, f"bob to be told {told!r}")
        say(f"bob was told {told!r}")
        match.dismiss(bob)
    assert match.relay.closed("state_size_differs") >= 1, match.summary()
    carol = match.enter("carol", beside=alice)
    match.play_together(300, SOON, alice, carol)
    compare(alice, carol, at_least=300)
    assert len(match.relay.events("room_opened")) == 1, match.summary()


def another_version_that_fits(match):
    """bob's core calls itself another version and has the same states: he shows one, and plays."""
    alice, carol = match.enter_all("alice", "carol")
    match.play_frames(200, limit=SOON)
    bob = match.start_guest("bob", match.place(), core=renamed_version(match))
    match.await_guest(bob, alice, JOINED)
    match.play_together(400, SOON, alice, bob, carol)
    compare(alice, bob, carol, at_least=300)
    assert match.nicks("version_differs") == ["bob"], match.summary()
    assert match.nicks("member_plays") == ["alice", "carol", "bob"], match.summary()


def renamed_version(match):
    """The core that all are lent, with one digit of its version changed."""
    core = match.setup.core
    text = core.read_bytes()
    version = re.search(rb"\b1\.5\d\.(\d) \x00", text)
    assert version, f"{core} does not say its version as expected"
    at = version.start(1)
    directory = match.directory / "renamed"
    directory.mkdir()
    renamed = directory / core.name
    renamed.write_bytes(text[:at] + (b"8" if text[at : at + 1] == b"9" else b"9") + text[at + 1 :])
    return renamed


# For two versions, of which the second has another core: see matrix.py.
OF_TWO_CORES = (another_version_of_the_core,)

ALL = (
    password_of_the_rooms,
    those_of_one_password_meet,
    two_games_at_one_address,
    address_of_the_only_session,
    port_of_a_session,
    port_of_a_room,
    manual_ip_off,
    another_version_that_fits,
)
