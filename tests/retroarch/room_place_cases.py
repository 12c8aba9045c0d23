"""The cases: the places of a room, who waits for one, and who comes back to its own."""

import signal
import time

from cases import say
from match import JOIN_LIMIT, JOINED
from room_match import compare

FULL = r"There are no free player slots"
FIRST = r"You have joined as player 1"
SOON = 90  # seconds for some hundred frames, on a busy machine


def no_place_is_free(match):
    """Two pads and three players: the third is told, watches, and plays when the first has gone."""
    alice, bob = match.enter_all("alice", "bob")
    carol = match.start_guest("carol", match.place())
    match.wait_until(lambda: carol.retroarch.says(FULL), JOIN_LIMIT, "carol to be refused")
    carol.remember_from(alice.newest_frame() + 1)
    match.active.append(carol)
    match.play_together(300, SOON, alice, bob, carol)
    compare(alice, bob, carol, at_least=300)
    assert match.nicks("member_waits") == ["carol"], match.summary()
    assert not carol.retroarch.says(JOINED), "carol plays"
    match.leave(alice)
    alice.retroarch.quit()
    match.wait_until(lambda: carol.retroarch.says(FIRST), JOIN_LIMIT, "carol to move up")
    since = bob.newest_frame()
    match.play_frames(600, limit=SOON)
    compare(bob, carol, at_least=400, since=since)
    say("carol read 'There are no free player slots', and moved up to player 1")


no_place_is_free.configuration = {"rooms": {"players": 2}}


def coming_back(match):
    """Who comes back within a minute has the old pad and nick, though another pad is free too."""
    alice, bob, carol = match.enter_all("alice", "bob", "carol")
    match.play_together(200, SOON, alice, bob, carol)
    for player in (alice, bob):
        match.leave(player)
        player.retroarch.quit()
    match.wait_until(lambda: len(match.reasons()) == 2, 10, "two to be gone")
    again = match.enter("bob", beside=carol)
    match.play_together(300, SOON, carol, again)
    compare(carol, again, at_least=300, pads=(1,))
    assert again.retroarch.says("You have joined as player 2"), "bob has another pad"
    assert match.nicks("member_returned") == ["bob"], match.summary()
    assert match.nicks("member_plays") == ["alice", "bob", "carol", "bob"], match.summary()


def the_line_breaks(match):
    """A player whose line breaks comes back while its old connection is still there: no "(2)"."""
    match.expect_reason("replaced")
    alice, bob = match.enter_all("alice", "bob")
    match.play_together(200, SOON, alice, bob)
    match.leave(bob)
    bob.retroarch.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    match.wait_until(lambda: time.monotonic() > began + 3, 10, "bob to be missed")
    again = match.enter("bob", beside=alice)
    assert match.reasons() == ["replaced"], match.reasons()
    match.play_together(300, SOON, alice, again)
    compare(alice, again, at_least=300)
    assert again.retroarch.says("You have joined as player 2"), "bob has another pad"
    assert match.nicks("member_plays") == ["alice", "bob", "bob"], match.summary()


the_line_breaks.configuration = {"rooms": {"slow_player_seconds": 30}}


ALL = (no_place_is_free, coming_back, the_line_breaks)
