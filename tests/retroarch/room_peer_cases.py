"""The cases: real RetroArch and netplay-peer in one room."""

from cases import SPECTATING, say
from peer_cases import LIMIT, LONG_LINE
from room_match import compare

OLD = ("--protocol", "5")
UNVERIFIED = ("--unverified-ok",)  # nobody in a room has a state to tell the CRC of


def retroarch_and_peers(match):
    """A RetroArch and two netplay-peer, one of protocol 5, the other over a line of 80 ms."""
    alice = match.enter("alice")
    near = match.join_peer("near", match.place(), alice, *UNVERIFIED, *OLD)
    far = match.join_peer("far", match.place(), alice, *UNVERIFIED, *LONG_LINE)
    since = far.newest_frame()  # who joins makes guesses of what is on its way final, for all
    match.play_together(since - far.history_begins + match.minute, LIMIT, alice, near, far)
    match.leave(alice)
    reports = [stop(match, each) for each in (near, far)]
    compare(alice, near, far, at_least=match.minute, since=since)
    assert reports[0]["protocol"] == 5 and reports[1]["protocol"] in (6, 7), reports
    assert reports[1]["pings"]["least_milliseconds"] > 50, reports[1]["pings"]
    assert_room(match, ["alice", "near", "far"])


def retroarch_joins_peers(match):
    """Two netplay-peer are there first and one of them has the clock, over its line of 80 ms."""
    far = match.enter_peer("far", *UNVERIFIED, *LONG_LINE)
    near = match.join_peer("near", match.place(), far, *UNVERIFIED)
    bob = match.enter("bob", beside=far)
    carol = match.enter("carol", beside=far, **SPECTATING)
    since = carol.history_begins
    match.play_together(match.minute, LIMIT, far, near, bob, carol)
    for each in (bob, carol):
        match.leave(each)
    for each in (near, far):
        stop(match, each)
    compare(far, near, bob, carol, at_least=match.minute, since=since)
    assert_room(match, ["far", "near", "bob"])


def stop(match, peer):
    """Ends netplay-peer as a user would; returns its report."""
    code, report = peer.peer.stop(), peer.peer.report()
    peer.watch(0)  # its last words
    match.leave(peer)
    inputs, rollbacks, stalls = report["inputs"], report["rollbacks"], report["stalls"]
    say(
        f"{peer.name}: protocol {report['protocol']}, {report['frames']} frames in "
        f"{report['seconds']:.1f} s, {rollbacks['count']} rollbacks, deepest "
        f"{rollbacks['deepest']}, inputs {inputs['received']}, late {inputs['late']}, stalls "
        f"{stalls['running_fast']['count']} running fast, {stalls['requested']['count']} requested"
    )
    assert code == 0 and report["playing"], f"exit code {code}: {report}"
    assert report["outcome"] == "finished" and report["host"] == "netplay-relay", report
    assert report["savestates"]["requested"] == 0, report["savestates"]
    return report


def assert_room(match, players):
    assert match.nicks("member_plays") == players, match.summary()
    assert len(match.relay.events("room_opened")) == 1, match.summary()


ALL = (retroarch_and_peers, retroarch_joins_peers)
