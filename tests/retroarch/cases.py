"""The cases: what a relay has to do for real RetroArch."""

import base64
import os
import time

from match import Comparison

RESERVED_ID = "FRIDAYNIGHTSNES1"
SPECTATING = {"netplay_start_as_spectator": "true"}
DISCONNECTED = r"Netplay disconnected"
REFUSED = r"Failed to connect to host"
NO_SESSION = r"Failed to create a tunnel session"

NEWS_LIMIT = 10  # for something to be noticed by the relay or told by RetroArch
PAUSE = 15
LOOK_INTERVAL = 0.25


def two_players(match):
    """Both connect, both play 1,200 frames, and agree on every one of them."""
    # RetroArch compares states every 600 frames and heals what differs. Not here: a single wrong
    # bit shall show in all later frames. The other cases leave that at its default.
    alice, join_text = match.open_host(netplay_check_frames="0")
    bob = match.join("bob", join_text, alice)
    assert len(match.relay.links()) == 1, match.relay.status()
    seconds = match.play_frames(1250, limit=90)
    say(f"alice at frame {alice.frame}, bob at {bob.frame}, {seconds:.1f} s")
    compare(alice, bob, at_least=1200)
    link = match.relay.links()[0]
    say(f"relayed {link['bytes_to_host']} bytes to the host, {link['bytes_to_guest']} to the guest")
    # One 20-byte message a frame each way, less what is still in the sockets.
    assert min(link["bytes_to_host"], link["bytes_to_guest"]) > 1200 * 20, link
    check_game(link["game"], "alice", "bob", 1200, 7 if match.cast.all_are_at_least(1, 21) else 6)


def play_through_upgrades(match):
    for count in range(1, 6):
        told = match.relay.upgrade()
        match.play_frames(100 * count, limit=90)
        say(f"upgrade {count}: the games paused for {told['pause_ms']} ms")


def check_game(game, host, guest, frames, protocol):
    """The relay has read along with real RetroArch."""
    say(f"the status says {game}")
    assert game, "the inspector gave up"
    assert (game["stage"], game["protocol"]) == ("game", protocol), game
    assert (game["host"]["nick"], game["guest"]["nick"]) == (host, guest), game
    assert min(game["host"]["frame"], game["guest"]["frame"]) > frames, game
    assert [player["nick"] for player in game["players"]] == [host, guest], game
    assert game["core"]["name"] and not game["content_differs"], game


def spectator_joins_mid_game_and_leaves(match):
    """A third RetroArch watches a running game for a while; the players do not suffer."""
    alice, join_text = match.open_host()
    bob = match.join("bob", join_text, alice)
    match.play_frames(200, limit=40)
    carol = match.join("carol", join_text, alice, **SPECTATING)
    assert len(match.relay.links()) == 2, match.relay.status()
    assert not carol.retroarch.says("You have joined as player"), "carol plays"
    match.play_frames(350, limit=60)
    match.leave(carol)
    compare(alice, bob, carol, at_least=300)
    carol.retroarch.quit()
    match.wait_until(lambda: len(match.relay.links()) == 1, NEWS_LIMIT, "the link to end")
    match.play_frames(200, limit=40)
    compare(alice, bob, at_least=700)
    assert len(match.relay.links()) == 1, match.relay.status()


def host_quits(match):
    """The guest is told at once and plays on alone; the session is gone."""
    alice, join_text = match.open_host()
    bob = match.join("bob", join_text, alice)
    match.play_frames(250, limit=40)
    compare(alice, bob, at_least=200)
    assert not bob.retroarch.says(DISCONNECTED), "bob was told too early"
    match.leave(alice)
    match.leave(bob)
    quit_at = time.monotonic()
    alice.retroarch.quit()
    ended_at = time.monotonic()
    match.wait_until(lambda: bob.retroarch.says(DISCONNECTED), NEWS_LIMIT, "bob to be told")
    told_at = time.monotonic()
    say(f"host gone {ended_at - quit_at:.2f} s after the command, bob told {told_at - quit_at:.2f}")
    match.wait_until(
        lambda: not match.relay.status()["sessions"], NEWS_LIMIT, "the session to end"
    )
    frame = bob.retroarch.frame()
    match.wait_until(lambda: bob.retroarch.frame() > frame + 60, 30, "bob to play on alone")
    say(f"bob plays on alone, frame {frame} to {bob.retroarch.frame()}")


def wrong_session_id(match):
    """Mistyped join texts are refused, and the running game does not notice."""
    alice, join_text = match.open_host()
    bob = match.join("bob", join_text, alice)
    match.play_frames(100, limit=40)
    address, _, identity = join_text.rpartition("|")
    unknown_before = match.relay.closed("unknown_session")

    other = base64.b64encode(os.urandom(12)).decode()
    mallory = match.start_guest("mallory", f"{address}|{other}")
    match.wait_until(lambda: mallory.retroarch.says(REFUSED), 30, "mallory to be refused")
    match.wait_until(
        lambda: match.relay.closed("unknown_session") == unknown_before + 1,
        NEWS_LIMIT,
        "the relay to count one unknown session",
    )
    say("unknown id: 'Failed to connect to host', counted as unknown_session")
    match.dismiss(mallory)

    trudy = match.start_guest("trudy", f"{address}|{identity[:-1]}")
    match.wait_until(
        lambda: trudy.retroarch.says("Failed to initialize netplay"), 30, "trudy to fail"
    )
    say("id one character short: 'Failed to initialize netplay.'")
    match.dismiss(trudy)

    # RetroArch reads this as twelve zero bytes, which asks the relay for a session of its own.
    lost = match.relay.status()["totals"]["close_reasons"]["lost_guest"]
    oscar = match.start_guest("oscar", f"{address}|" + "?" * 16)
    match.wait_until(
        lambda: oscar.retroarch.says("Failed to connect to host"), 30, "oscar to fail"
    )
    match.wait_until(
        lambda: [each["join_text"] for each in match.relay.status()["sessions"]] == [join_text],
        NEWS_LIMIT,
        "only alice's session to be left",
    )
    assert match.relay.status()["totals"]["close_reasons"]["lost_guest"] == lost + 1
    say("id that is no base64: 'Failed to connect to host', counted as lost_guest")
    match.dismiss(oscar)

    match.play_frames(200, limit=40)
    assert len(match.relay.links()) == 1, match.relay.status()
    assert not bob.retroarch.says(DISCONNECTED), "bob was thrown out"
    compare(alice, bob, at_least=300)


def reserved_id(match):
    """With a reserved id the join text is known before anybody hosts, and stays the same."""
    match.relay.wait_for_ports()
    expected = match.relay.address.replace(":", "|") + "|" + RESERVED_ID
    alice, join_text = match.open_host()
    assert join_text == expected, f"{join_text} instead of {expected}"
    bob = match.join("bob", expected, alice)
    match.play_frames(200, limit=40)
    compare(alice, bob, at_least=150)
    match.leave(alice)
    match.leave(bob)
    alice.retroarch.quit()
    bob.retroarch.quit()
    match.wait_until(
        lambda: not match.relay.status()["sessions"], NEWS_LIMIT, "the session to end"
    )
    dora, join_text = match.open_host("dora")
    assert join_text == expected, f"{join_text} instead of {expected}"
    erin = match.join("erin", expected, dora)
    match.play_frames(100, limit=40)
    compare(dora, erin, at_least=50)
    say(f"two evenings, one join text: {expected}")


reserved_id.configuration = {
    "reserved_sessions": [{"id": RESERVED_ID, "networks": ["127.0.0.1"]}]
}


def hosts_are_refused(match):
    """A relay with one session for an address tells the second why, in a word that RetroArch does
    not read: it says what it always has."""
    alice, join_text = match.open_host()
    settings = {
        "netplay_use_mitm_server": "true",
        "netplay_mitm_server": "custom",
        "netplay_custom_mitm_server": match.relay.address.replace(":", "|"),
    }
    zoe = match.start_retroarch("zoe", ["--host"], settings)
    match.wait_until(lambda: zoe.retroarch.says(NO_SESSION), 20, "zoe to be refused")
    assert match.relay.closed("address_sessions_full") == 1, match.relay.status()
    say(f"'{NO_SESSION}', counted as address_sessions_full")
    match.dismiss(zoe)
    bob = match.join("bob", join_text, alice)
    match.play_frames(300, limit=40)
    compare(alice, bob, at_least=200)


hosts_are_refused.configuration = {"limits": {"sessions_per_address": 1}}


def host_paused(match):
    """A host that pauses for long keeps its session, and can be joined again afterwards."""
    alice, join_text = match.open_host(netplay_allow_pausing="true")
    bob = match.join("bob", join_text, alice)
    match.play_frames(200, limit=40)
    pause_for(PAUSE, match, alice, join_text)

    # RetroArch, 1.14 to 1.22, never clears the flag by which a guest remembers that the host has
    # paused, so it is expected to stay frozen and to be gone some seconds later, relay or not.
    resumed_at, resumed_frame = time.monotonic(), bob.retroarch.frame()
    match.wait_until(
        lambda: bob.retroarch.says(DISCONNECTED) or bob.frame > resumed_frame + 120,
        30,
        "the guest to play on or to leave",
    )
    seconds = time.monotonic() - resumed_at
    if bob.retroarch.says(DISCONNECTED):
        match.leave(bob)
        say(f"paused for {PAUSE} s, guest left by its own rule {seconds:.1f} s after the resume")
        match.wait_until(lambda: not match.relay.links(), NEWS_LIMIT, "the link to end")
        bob.retroarch.quit()
    else:
        say(f"paused for {PAUSE} s, guest played on")
    compare(alice, bob, at_least=150)
    carol = match.join("carol", join_text, alice)
    match.play_frames(400, limit=60, players=[alice, carol])
    compare(alice, carol, at_least=300)


def pause_for(seconds, match, host, join_text):
    """Pauses the host; the session has to be listed all the time."""
    host.take_fingers_off()  # a pressed button can end a pause
    toggle_pause(match, host, "PAUSED")
    paused_at, paused_frame = time.monotonic(), host.retroarch.frame()
    looks = 0

    def pause_is_over():
        nonlocal looks
        elapsed = time.monotonic() - paused_at
        if elapsed >= looks * LOOK_INTERVAL:
            looks += 1
            listed = [each["join_text"] for each in match.relay.status()["sessions"]]
            assert listed == [join_text], f"sessions during the pause: {listed}"
        return elapsed > seconds

    match.wait_until(pause_is_over, seconds + 10, "the pause to be over")
    assert host.retroarch.frame() == paused_frame, "the host did not stay paused"
    say(f"paused at frame {paused_frame}, session listed in each of {looks} looks")
    toggle_pause(match, host, "PLAYING")
    host.put_fingers_on()


def toggle_pause(match, player, state):
    match.repeat(player, "PAUSE_TOGGLE", lambda: player.retroarch.state() == state, state)


def compare(*players, at_least, pads=(0, 1)):
    comparison = Comparison(players)
    say(str(comparison))
    comparison.check(at_least, pads)


def say(fact):
    print(f"    {fact}", flush=True)


ALL = (
    two_players,
    spectator_joins_mid_game_and_leaves,
    host_quits,
    wrong_session_id,
    reserved_id,
    hosts_are_refused,
    host_paused,
)
