"""The cases: what players do in a session, where one of them is the host and RetroArch's own rules
hold. The relay only has to pass it all on."""

import password_dialog
from cases import SPECTATING, compare, play_through_upgrades, say
from match import JOINED
from password_dialog import WRONG
from peer_cases import GIVES_UP, WATCH

SOON = 90  # seconds for some hundred frames, on a busy machine
CHECK_FRAMES = 30  # between two CRCs of the host; RetroArch's default is 600
CHECKED = {"netplay_check_frames": str(CHECK_FRAMES)}

# What RetroArch's log says, in all versions.
SAVED = r"Saving state"
LOADED = r"Loading state"
OUT = r"Netplay input out of order"
THROWN_OUT = r"Netplay disconnected"

# Of a file of a savestate: see save_state().
FILE_HEAD = b"RASTATE\x01"
END = b"END \0\0\0\0"
NOT_SAVED = 20


def joining_a_session_mid_game(match):
    """One hosts and plays alone for a while, another joins, then a third one."""
    alice, join_text = match.open_host()
    match.play_frames(200, SOON)
    bob = match.join("bob", join_text, alice)
    match.play_together(300, SOON, alice, bob)
    compare(alice, bob, at_least=300)
    carol = match.join("carol", join_text, alice)
    match.play_together(400, SOON, alice, bob, carol)
    compare(alice, bob, carol, at_least=400)
    assert len(match.relay.links()) == 2, match.relay.status()


joining_a_session_mid_game.configuration = {"workers": 2}


def through_upgrades_in_a_session(match):
    """The relay is replaced by another program five times while two of them play."""
    everybody = host_and_guests(match, "alice", "bob")
    play_through_upgrades(match)
    compare(*everybody, at_least=500)
    assert len(match.relay.links()) == 1, match.relay.status()


through_upgrades_in_a_session.configuration = {"workers": 2}


def watching_and_playing_in_a_session(match):
    """The guest turns to watching and back, then the host."""
    alice, bob, carol = everybody = host_and_guests(match, "alice", "bob", "carol")
    match.play_together(200, SOON, *everybody)
    compare(*everybody, at_least=200)
    for player in (bob, alice):
        match.command(player, WATCH, GIVES_UP)
        match.play_frames(150, SOON)
        match.command(player, WATCH, JOINED)
        agree_from_here(match, 300, *everybody)
        say(f"{player.name} watched for a while and plays again")


def the_host_resets(match):
    """A reset by the host is everybody's."""
    alice, bob, carol = everybody = host_and_guests(match, "alice", "bob", "carol")
    match.play_together(300, SOON, *everybody)
    compare(*everybody, at_least=300)
    match.repeat(alice, "RESET", lambda: 0 < alice.newest_frame() < 300, "a new game")
    match.wait_until(
        lambda: all(0 < each.newest_frame() < 300 for each in everybody), 20, "a new game for all"
    )
    agree_from_here(match, 400, *everybody)


def the_host_loads_a_state(match):
    """All go back to a state that the host loads."""
    alice, bob, carol = everybody = host_and_guests(match, "alice", "bob", "carol")
    match.play_together(200, SOON, *everybody)
    save_state(match, alice)
    saved = max(each.newest_frame() for each in everybody)
    match.play_frames(400, SOON)
    compare(*everybody, at_least=500)
    match.command(alice, "LOAD_STATE", LOADED)
    older = [each for each in (bob, carol) if is_misled(each, alice)]
    match.wait_until(
        lambda: all(
            0 < each.newest_frame() < saved + 300 or each in older and each.retroarch.says(OUT)
            for each in everybody
        ),
        20,
        "the past",
    )
    say(f"all went back to alice's state of frame {saved} or so")
    for each in [each for each in older if each.retroarch.says(OUT)]:
        say(f"but for {each.name}, which has left by its own rule and joins again")
        match.leave(each)
        match.dismiss(each)
        everybody[everybody.index(each)] = match.join(each.name, join_text_of(match), alice)
    agree_from_here(match, 400, *everybody)


def is_misled(guest, host):
    """To guests of protocol 6 and older a host of 1.21 or newer sends only the state before the
    load, relay or not. Either both are apart until the host's next CRC, which is why that comes
    soon here; or the guest misses the input of a frame and leaves."""
    sender, receiver = (each.retroarch.installation for each in (host, guest))
    return sender.is_at_least(1, 21) and not receiver.is_at_least(1, 21)


def a_guest_loads_a_state(match):
    """What a guest loads is nobody else's: the host throws it out, and plays on with the other."""
    alice, bob, carol = everybody = host_and_guests(match, "alice", "bob", "carol")
    match.play_together(200, SOON, *everybody)
    save_state(match, bob)
    match.play_frames(200, SOON)
    compare(*everybody, at_least=400)
    match.leave(bob)
    match.command(bob, "LOAD_STATE", LOADED)
    match.wait_until(lambda: bob.retroarch.says(THROWN_OUT), 20, "bob to be thrown out")
    match.wait_until(lambda: len(match.relay.links()) == 1, 10, "the link to end")
    since = max(alice.newest_frame(), carol.newest_frame()) + 1
    match.begin_again((alice, carol), since)
    match.play_together(300, SOON, alice, carol)
    compare(alice, carol, at_least=300, pads=(0,))


def password_of_a_host(match):
    """The host has a password, and RetroArch asks its user for it: a wrong one is refused."""
    alice, join_text = match.open_host(netplay_password="11")
    mallory = password_dialog.start_and_enter(
        match, "mallory", join_text, "111", lambda player: player.retroarch.says(WRONG)
    )
    say("111: 'Incorrect password'")
    match.dismiss(mallory)
    bob = password_dialog.start_and_enter(
        match, "bob", join_text, "11", lambda player: player.retroarch.says(JOINED)
    )
    match.await_guest(bob, alice, JOINED)
    match.play_together(400, SOON, alice, bob)
    compare(alice, bob, at_least=400)


def watching_a_session(match):
    """One watches from the beginning and never plays."""
    alice, bob = host_and_guests(match, "alice", "bob")
    carol = match.join("carol", join_text_of(match), alice, **SPECTATING)
    match.play_together(400, SOON, alice, bob, carol)
    compare(alice, bob, carol, at_least=400)
    assert not carol.retroarch.says(JOINED), "carol plays"


def host_and_guests(match, host, *guests):
    """All of one session, each with a directory for its savestates."""
    alice, join_text = match.open_host(host, **CHECKED, **states_of(match, host))
    return [alice, *(match.join(name, join_text, alice, **states_of(match, name))
                     for name in guests)]


def join_text_of(match):
    return match.relay.join_texts()[0]


def states_of(match, name):
    return {
        "savestate_directory": match.directory / name,
        "savestate_file_compression": "false",
        "sort_savestates_enable": "false",
    }


def save_state(match, player):
    """Nestopia saves 20 bytes less into a file than it says before its first frame, when netplay
    asks. RetroArch sends a loaded state in the size of its file, and those who get it leave:
    "unexpected save state size". So the file is made as long as it should be."""
    path = match.directory / player.name / "coin_chase.state"
    match.command(player, "SAVE_STATE", SAVED)
    match.wait_until(
        lambda: path.exists() and path.read_bytes().endswith(END), 10, f"{player.name}'s state"
    )
    path.write_bytes(lengthened(path.read_bytes()))


def lengthened(saved):
    """RetroArch's file has chunks: a name, a size, and so many bytes, filled up to eight."""
    begin = len(FILE_HEAD) + 8
    assert saved.startswith(FILE_HEAD + b"MEM "), saved[:16]
    size = int.from_bytes(saved[begin - 4 : begin], "little")
    rest = saved[begin + size + -size % 8 :]
    memory = saved[begin : begin + size] + bytes(NOT_SAVED)
    head = FILE_HEAD + b"MEM " + len(memory).to_bytes(4, "little")
    return head + memory + bytes(-len(memory) % 8) + rest


def agree_from_here(match, frames, *players):
    """From the first CRCs after now on: RetroArch itself may be apart for so long after a load or a
    turn to playing, and then heals it."""
    newest = max(each.newest_frame() for each in players)
    match.begin_again(players, newest + 4 * CHECK_FRAMES)
    match.play_together(frames, SOON, *players)
    compare(*players, at_least=frames)


ALL = (
    joining_a_session_mid_game,
    through_upgrades_in_a_session,
    watching_a_session,
    watching_and_playing_in_a_session,
    the_host_resets,
    the_host_loads_a_state,
    a_guest_loads_a_state,
    password_of_a_host,
)
