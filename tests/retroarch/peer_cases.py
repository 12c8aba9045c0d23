"""The cases: netplay-peer and real RetroArch play with each other.

Each plays a minute in its own processes and its own network, all of them at the same time."""

import coin_chase
import password_dialog
from cases import DISCONNECTED, SPECTATING, compare, say
from match import JOINED, Disagreement
from password_dialog import WRONG
from peer_driver import WATCH_EVERY
from peer_match import CHECK_FRAMES

LIMIT = 150  # seconds for such a minute, on a busy machine

# Where a way of some length is asked for; both directions, so the round trip is twice that.
LONG_LINE = ("--link", "latency=40,jitter=20,seed=7")

ASKS_AT_MOST = 6  # for a state, by those who ask after each change of who plays

REFUSED = 4  # exit codes of netplay-peer
DESYNC = 3

WATCH = "NETPLAY_GAME_WATCH"  # or play again

# What RetroArch's log says of its pad.
GIVES_UP = r"You have left the game"
NO_PAD = r"There are no free player slots"


def peer_joins_retroarch(match):
    """netplay-peer joins a RetroArch host."""
    alice, join_text = match.host_retroarch()
    peer = match.join_peer("peer", join_text, alice)
    match.play_together(match.minute, LIMIT, alice, peer)
    report = conclude(match, peer, alice)
    assert report["playing"], report


def peer_joins_retroarch_through_relay(match):
    """The same through the tunnel of a relay and over a line of 80 ms and more."""
    alice, join_text = match.host_retroarch()
    peer = match.join_peer("peer", join_text, alice, *LONG_LINE)
    match.play_together(match.minute, LIMIT, alice, peer)
    report = conclude(match, peer, alice)
    assert report["playing"], report
    assert_long_line(match, report)


def retroarch_joins_peer(match):
    """A RetroArch joins a host that is netplay-peer."""
    peer, join_text = match.host_peer("peer")
    bob = match.join("bob", join_text, peer)
    match.play_together(match.minute, LIMIT, peer, bob)
    conclude(match, peer, bob)
    match.wait_until(lambda: bob.retroarch.says(DISCONNECTED), 10, "bob to be told of the end")


def retroarch_joins_peer_through_relay(match):
    """The same through the tunnel of a relay and over a line of 80 ms and more."""
    peer, join_text = match.host_peer("peer", *LONG_LINE)
    bob = match.join("bob", join_text, peer)
    match.play_together(match.minute, LIMIT, peer, bob)
    report = conclude(match, peer, bob)
    assert_long_line(match, report)


def peer_joins_mid_game(match):
    """Two RetroArch play; one makes room, netplay-peer plays on in its place."""
    alice, join_text = match.host_retroarch()
    bob = match.join("bob", join_text, alice)
    match.play_frames(300, limit=60)
    make_room(match, bob)
    peer = match.join_peer("peer", join_text, alice)
    match.play_together(match.minute, LIMIT, alice, bob, peer)
    report = conclude(match, peer, alice, bob)
    assert report["playing"], report


def peer_joins_mid_game_through_relay(match):
    """The same through the tunnel of a relay."""
    peer_joins_mid_game(match)
    assert len(match.relay.links()) == 1, match.relay.status()  # bob's is left


def peer_watches_retroarch(match):
    """Two RetroArch play, netplay-peer watches."""
    alice, join_text = match.host_retroarch()
    bob = match.join("bob", join_text, alice)
    peer = match.join_peer("peer", join_text, alice, "--spectate")
    match.play_together(match.minute, LIMIT, alice, bob, peer)
    report = conclude(match, peer, alice, bob)
    assert not report["playing"], report
    assert report["rollbacks"]["count"] == 0, report["rollbacks"]


def retroarch_watches_peer(match):
    """netplay-peer hosts through a relay, one RetroArch plays with it, another watches."""
    peer, join_text = match.host_peer("peer")
    bob = match.join("bob", join_text, peer)
    carol = match.join("carol", join_text, peer, **SPECTATING)
    assert not carol.retroarch.says(JOINED), "carol plays"
    match.play_together(match.minute, LIMIT, peer, bob, carol)
    report = conclude(match, peer, bob, carol)
    assert report["clients_seen"] == 2, report


def third_of_three_plays(match):
    """Host and guest are RetroArch, netplay-peer is the third: such a host has pads for all."""
    alice, join_text = match.host_retroarch()
    bob = match.join("bob", join_text, alice)
    peer = match.join_peer("peer", join_text, alice)
    match.play_together(match.minute, LIMIT, alice, bob, peer)
    report = conclude(match, peer, alice, bob)
    assert report["playing"] and alice.retroarch.says("peer has joined as player 3"), report


def third_of_three_is_refused(match):
    """netplay-peer hosts with two pads: a second RetroArch watches until the first makes room."""
    peer, join_text = match.host_peer("peer")
    bob = match.join("bob", join_text, peer)
    carol = match.join("carol", join_text, peer, **SPECTATING)
    ask_for_pad(match, carol, NO_PAD)
    match.play_frames(300, limit=60)
    make_room(match, bob)
    ask_for_pad(match, carol, JOINED)
    match.play_together(match.minute, LIMIT, peer, bob, carol)
    conclude(match, peer, bob, carol)


def password_of_retroarch(match):
    """A RetroArch host has passwords; netplay-peer knows both, one, or none."""
    passwords = {"netplay_password": "swordfish", "netplay_spectate_password": "onlooker"}
    alice, join_text = match.host_retroarch(**passwords)
    for wrong in (["--password", "salmon"], []):
        code, reason = match.try_peer(f"mallory{len(wrong)}", join_text, *wrong)
        assert code == REFUSED and "assword" in reason, f"exit code {code}: {reason}"
        say(f"{' '.join(wrong) or 'no password'}: exit code {code}, {reason}")
    peer = match.join_peer("peer", join_text, alice, "--password", "swordfish")
    carol = match.join_peer("carol", join_text, alice, "--password", "onlooker")
    match.play_together(match.minute, LIMIT, alice, peer, carol)
    match.leave(alice)
    report = finish(match, carol, joinings=1)
    assert not report["playing"], "carol plays with the password of those who watch"
    assert report["play_refused"] == "not_privileged", report
    report = finish(match, peer, joinings=2)
    assert report["playing"], report
    compare(alice, peer, carol, at_least=match.minute)


def password_of_peer(match):
    """RetroArch joins netplay-peer, which has a password, and asks for it in its dialog."""
    peer, join_text = match.host_peer("peer", "--password", "11")
    mallory = password_dialog.start_and_enter(
        match, "mallory", join_text, "111", lambda player: player.retroarch.says(WRONG)
    )
    say("111: 'Incorrect password'")
    match.dismiss(mallory)
    bob = password_dialog.start_and_enter(
        match, "bob", join_text, "11", lambda player: player.retroarch.says(JOINED)
    )
    match.await_guest(bob, peer, JOINED)
    match.play_together(match.minute, LIMIT, peer, bob)
    conclude(match, peer, bob)


def different_games_are_noticed(match):
    """One number of the game differs: the CRCs must tell, in both directions."""
    other = coin_chase.build_with_faster_figures(match.directory)
    alice, join_text = match.host_retroarch()
    guest = match.join_peer("guest", join_text, alice, rom=other)
    host, join_text = match.host_peer("host", rom=other)
    match.join("bob", join_text, host)
    match.play_frames(6 * CHECK_FRAMES, limit=60, players=[alice, host])
    for peer in (guest, host):
        match.leave(peer)
        code, report = peer.peer.stop(), peer.peer.report()
        assert code == DESYNC and report["sync"] == "desync", f"{peer.name}: {code}, {report}"
        told = report["crcs"]["failed"] or report["savestates"]["asked_of_us"]
        say(f"{peer.name}: exit code {code}, {told} times")


def make_room(match, player):
    """From player to spectator."""
    match.command(player, WATCH, GIVES_UP)


def ask_for_pad(match, player, answer):
    """From spectator to player, if the host agrees."""
    match.command(player, WATCH, answer)


def conclude(match, peer, *others):
    """Ends netplay-peer, compares its minute with the others', and returns its report."""
    for other in others:
        match.leave(other)
    report = finish(match, peer, joinings=0 if peer.hosts else 1)
    compare(peer, *others, at_least=match.minute)
    return report


def finish(match, peer, joinings):
    """Ends netplay-peer as a user would; it must be content with what it saw."""
    code, report = peer.peer.stop(), peer.peer.report()
    peer.watch(0)  # its last words
    match.leave(peer)
    say(f"{peer.name}: {summary(report)}")
    crcs, savestates = report["crcs"], report["savestates"]
    if code == DESYNC or crcs["failed"]:
        raise Disagreement(f"exit code {code}: {report}")
    assert code == 0, f"exit code {code}: {report}"
    assert report["outcome"] == "finished" and report["sync"] == "agreed", report
    crcs_at_least = (match.minute - 2 * WATCH_EVERY) // CHECK_FRAMES
    assert max(crcs["sent"], crcs["checked"]) >= crcs_at_least, crcs

    # Nobody needed a state. A host sends one to all when somebody joins, or when a guest asks: as
    # each RetroArch of 1.21 and newer does that plays, whenever anybody begins or ends to play.
    assert savestates["requested"] == 0, savestates
    if match.cast.any_is_at_least(1, 21):
        assert joinings <= savestates["received"] <= joinings + ASKS_AT_MOST, savestates
        assert savestates["asked_of_us"] <= ASKS_AT_MOST, savestates
    else:
        assert savestates["asked_of_us"] == 0, savestates
        assert savestates["received"] == joinings, savestates
    return report


def assert_long_line(match, report):
    """All rollbacks of a game of two may fall to one, whoever runs ahead: so not to ours."""
    pings = report["pings"]
    assert pings["count"] > match.minute // 360 and pings["least_milliseconds"] > 50, pings


def summary(report):
    crcs, inputs, rollbacks = report["crcs"], report["inputs"], report["rollbacks"]
    stalls = report["stalls"]
    return (
        f"{report['sync']}, CRCs {crcs['sent']} sent and {crcs['checked']} checked, "
        f"{report['frames']} frames in {report['seconds']:.1f} s, "
        f"{rollbacks['count']} rollbacks, deepest {rollbacks['deepest']}, "
        f"inputs {inputs['received']}, late {inputs['late']}, ignored {inputs['ignored']}, "
        f"stalls {stalls['running_fast']['count']} running fast, "
        f"{stalls['requested']['count']} requested"
    )


peer_joins_retroarch_through_relay.through_relay = True
retroarch_joins_peer_through_relay.through_relay = True
peer_joins_mid_game_through_relay.through_relay = True
retroarch_watches_peer.through_relay = True

ALL = (
    peer_joins_retroarch,
    peer_joins_retroarch_through_relay,
    retroarch_joins_peer,
    retroarch_joins_peer_through_relay,
    peer_joins_mid_game,
    peer_joins_mid_game_through_relay,
    peer_watches_retroarch,
    retroarch_watches_peer,
    third_of_three_plays,
    third_of_three_is_refused,
    password_of_retroarch,
    password_of_peer,
    different_games_are_noticed,
)
