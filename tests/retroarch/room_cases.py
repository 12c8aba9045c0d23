"""The cases: real RetroArch in rooms, where the relay itself is the netplay server.

Each plays in its own processes and its own network, all of them at the same time."""

import signal

from cases import DISCONNECTED, SPECTATING, play_through_upgrades, say
from match import JOINED
from peer_cases import GIVES_UP, LIMIT, WATCH
from room_match import compare

SOON = 90  # seconds for some hundred frames, on a busy machine
SHARED_PAD = {"netplay_request_device_p2": "true", "netplay_share_digital": "1"}


def two_in_a_room(match):
    """Two RetroArch type the relay's address and nobody hosts: a minute, all frames alike."""
    alice, bob = match.enter_all("alice", "bob")
    match.play_together(match.minute, LIMIT, alice, bob)
    compare(alice, bob, at_least=match.minute)
    assert match.nicks("member_joined") == ["alice", "bob"], match.summary()
    assert len(match.relay.events("room_opened")) == 1, match.summary()


def through_upgrades_in_a_room(match):
    """The relay is replaced by another program five times while two of them play."""
    alice, bob = match.enter_all("alice", "bob")
    play_through_upgrades(match)
    compare(alice, bob, at_least=500)
    assert not match.relay.events("desync"), match.relay.events("desync")


def three_in_a_room(match):
    """Three of them; bob and carol have asked to share the second pad, so that all three count."""
    alice = match.enter("alice")
    bob = match.enter("bob", beside=alice, **SHARED_PAD)
    carol = match.enter("carol", beside=alice, **SHARED_PAD)
    match.play_together(match.minute, LIMIT, alice, bob, carol)
    compare(alice, bob, carol, at_least=match.minute)
    assert match.nicks("member_plays") == ["alice", "bob", "carol"], match.summary()


def joining_a_room_mid_game(match):
    """One plays alone for a while, another joins, then a third one."""
    alice = match.enter("alice")
    match.play_frames(300, limit=SOON)
    bob = match.enter("bob", beside=alice)
    match.play_together(400, SOON, alice, bob)
    compare(alice, bob, at_least=400)
    carol = match.enter("carol", beside=alice)
    match.play_together(600, SOON, alice, bob, carol)
    compare(alice, bob, carol, at_least=600)
    compare(alice, bob, at_least=1000)


def watching_a_room(match):
    """Two play and a third one watches from its start; the relay compares their states."""
    alice, bob = match.enter_all("alice", "bob")
    carol = match.enter("carol", beside=alice, **SPECTATING)
    match.play_together(match.minute, LIMIT, alice, bob, carol)
    compare(alice, bob, carol, at_least=match.minute)
    assert not carol.retroarch.says(JOINED), "carol plays"
    assert match.nicks("member_plays") == ["alice", "bob"], match.summary()
    assert not match.relay.events("desync"), match.relay.events("desync")


watching_a_room.configuration = {"rooms": {"desync_watch_seconds": 2}}


def watching_and_playing(match):
    """One turns to watching and back, then the owner of the clock, then all of them."""
    alice, bob, carol = everybody = match.enter_all("alice", "bob", "carol")
    match.play_together(200, SOON, *everybody)
    for leaving in ([bob], [alice], [alice, bob, carol]):
        toggle_all(match, leaving, everybody)
        match.play_frames(200, limit=SOON)
        compare(*everybody, at_least=150)
    match.play_frames(600, limit=SOON)
    compare(*everybody, at_least=750)
    assert len(match.relay.events("member_watches")) == 5, match.summary()
    assert len(match.relay.events("member_plays")) == 8, match.summary()


def toggle_all(match, leaving, everybody):
    for player in leaving:
        match.command(player, WATCH, GIVES_UP)
    match.play_frames(200, limit=SOON)
    give_pads(match, leaving, everybody)


def give_pads(match, watching, everybody):
    """A RetroArch that lags behind when it gets its pad plays the frames up to then for itself
    alone. Then, and only then, the relay shares a state, and what is compared begins there."""
    states = len(match.relay.events("state_shared"))
    for player in watching:
        match.command(player, WATCH, JOINED)
    match.play_frames(300, limit=SOON)
    if len(match.relay.events("state_shared")) > states:
        say("somebody lagged behind: a state was shared")
        match.begin_again(everybody, max(each.newest_frame() for each in everybody) + 1)


def all_watch_at_first(match):
    """Two come to watch an empty game, and play only later."""
    alice, bob = match.enter_all("alice", "bob", **SPECTATING)
    match.play_together(300, SOON, alice, bob)
    compare(alice, bob, at_least=300, pads=())
    since = max(alice.newest_frame(), bob.newest_frame())
    give_pads(match, (bob, alice), (alice, bob))
    match.play_frames(600, limit=SOON)
    compare(alice, bob, at_least=400, since=since)


def owner_of_the_clock_quits(match):
    """The first player goes as a user would; the others play on, and somebody new joins them."""
    alice, bob, carol = match.enter_all("alice", "bob", "carol")
    match.play_together(400, SOON, alice, bob, carol)
    compare(alice, bob, carol, at_least=400)
    match.leave(alice)
    alice.retroarch.quit()
    match.wait_until(lambda: match.reasons(), 10, "alice to be gone")
    since = bob.newest_frame()
    match.play_frames(800, limit=SOON)
    compare(bob, carol, at_least=600, since=since, pads=(1,))
    dave = match.enter("dave", beside=bob)
    match.play_together(400, SOON, bob, carol, dave)
    compare(bob, carol, dave, at_least=400)
    assert match.reasons() == ["member_left"], match.reasons()


owner_of_the_clock_quits.configuration = {"workers": 2}


def a_player_is_killed(match):
    """SIGKILL for one of three; the others play on."""
    alice, bob, carol = match.enter_all("alice", "bob", "carol")
    match.play_together(400, SOON, alice, bob, carol)
    compare(alice, bob, carol, at_least=400)
    match.leave(bob)
    match.dismiss(bob)
    match.wait_until(lambda: match.reasons(), 10, "bob to be gone")
    since = alice.newest_frame()
    match.play_frames(800, limit=SOON)
    compare(alice, carol, at_least=600, since=since, pads=(0,))
    say(f"bob was killed: {match.reasons()}")


def a_player_freezes(match):
    """One of three stops and says nothing more: the others wait some seconds and play on."""
    match.expect_reason("slow_player")
    alice, bob, carol = match.enter_all("alice", "bob", "carol")
    match.play_together(400, SOON, alice, bob, carol)
    match.leave(bob)
    bob.retroarch.process.send_signal(signal.SIGSTOP)
    match.await_reason("slow_player", limit=20)
    since = alice.newest_frame()
    match.play_frames(800, limit=SOON)
    compare(alice, carol, at_least=600, since=since, pads=(0,))
    compare(alice, carol, at_least=1000)
    bob.retroarch.process.send_signal(signal.SIGCONT)
    match.wait_until(lambda: bob.retroarch.says(DISCONNECTED), 20, "bob to be told")
    assert len(match.relay.events("held_up")) >= 1, match.summary()


def resets(match):
    """The owner of the clock resets for all; what another resets, it is given back."""
    alice, bob, carol = everybody = match.enter_all("alice", "bob", "carol")
    match.play_together(300, SOON, *everybody)
    compare(*everybody, at_least=300)

    reset(match, alice)
    match.wait_until(
        lambda: all(0 < each.newest_frame() < 300 for each in everybody), 20, "a new game for all"
    )
    match.begin_again(everybody, 1)
    match.play_together(400, SOON, *everybody)
    compare(*everybody, at_least=400)
    say("alice owns the clock, and her reset was everybody's")

    frame = max(each.newest_frame() for each in everybody)
    bob.remember_from(frame + 1)  # not what he plays alone in between
    reset(match, bob)
    match.wait_until(lambda: bob.newest_frame() > frame, 20, "bob to be back in the game")
    match.play_together(600, SOON, *everybody)
    compare(*everybody, at_least=600, since=frame + 1)
    say("bob's reset was undone by a state of alice's")


def reset(match, player):
    """Resets and waits for the state that has to follow, whoever resets."""
    states = len(match.relay.events("state_shared"))
    match.repeat(
        player,
        "RESET",
        lambda: len(match.relay.events("state_shared")) > states,
        "a state to be shared",
    )


def states_are_loaded(match):
    """The owner of the clock loads a state of its own, and all go back; another's harms nobody."""
    alice, bob, carol = everybody = enter_with_states(match, "alice", "bob", "carol")
    match.play_together(200, SOON, *everybody)
    for player in (alice, bob):
        match.command(player, "SAVE_STATE", "Saving state")
    saved = max(alice.newest_frame(), bob.newest_frame())
    match.play_frames(400, limit=SOON)
    compare(*everybody, at_least=400)

    match.command(alice, "LOAD_STATE", "Loading state")
    match.wait_until(
        lambda: all(0 < each.newest_frame() < saved + 200 for each in everybody), 10, "the past"
    )
    match.begin_again(everybody, max(each.newest_frame() for each in everybody) + 1)
    match.play_together(400, SOON, *everybody)
    compare(*everybody, at_least=400)
    say(f"alice owns the clock: all went back to her state of frame {saved} or so")

    states = len(match.relay.events("state_shared"))
    frame = min(each.newest_frame() for each in everybody)
    match.command(bob, "LOAD_STATE", "Loading state")
    match.wait_until(
        lambda: len(match.relay.events("state_shared")) > states, 10, "a state to be shared"
    )
    match.wait_until(lambda: beside_each_other(everybody), 10, "all to be together")
    match.begin_again(everybody, max(each.newest_frame() for each in everybody) + 1)
    match.play_together(600, SOON, *everybody)
    compare(*everybody, at_least=600)
    undone = bob.newest_frame() > frame + 600
    say("bob's was undone by a state of another" if undone else "bob's was shared with all")


def beside_each_other(players):
    """Within the second that a RetroArch may run ahead, as they can be asked one after another."""
    frames = [each.newest_frame() for each in players]
    return min(frames) > 0 and max(frames) - min(frames) < 120


def enter_with_states(match, *names):
    first = None
    players = []
    for name in names:
        place = {"savestate_directory": match.directory / name}
        players.append(match.enter(name, beside=first, **place))
        first = players[0]
    return players


ALL = (
    two_in_a_room,
    three_in_a_room,
    joining_a_room_mid_game,
    through_upgrades_in_a_room,
    watching_a_room,
    watching_and_playing,
    all_watch_at_first,
    owner_of_the_clock_quits,
    a_player_is_killed,
    a_player_freezes,
    resets,
    states_are_loaded,
)
