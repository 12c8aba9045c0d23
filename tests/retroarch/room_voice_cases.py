"""The cases: what the relay says in rooms by itself, as RetroArch shows it (its log repeats what is
on the screen)."""

import signal

import coin_chase
from cases import DISCONNECTED, say
from room_match import compare

SOON = 90  # seconds for some hundred frames, on a busy machine
RELAY = "netplay-relay: "
# As much as RetroArch shows of a chat, the nick before it included; and one letter more.
WHOLE = "whole:".ljust(95 - len(RELAY) - 1, "w") + "!"
FIRST = "{nick}, today a line that is too long for one chat of the relay goes on in a second one"


def chats(player):
    """The relay's words that a RetroArch has shown, in order."""
    return [
        line.partition(RELAY)[2]
        for line in player.retroarch.log_text().splitlines()
        if RELAY in line and "[Netplay]" in line
    ]


def await_chat(match, player, words):
    match.wait_until(
        lambda: any(words in line for line in chats(player)),
        20,
        f"{player.name} to read {words!r}",
    )


def words_on_joining(match):
    """Players read the message of the day, and who is alone that another copy is played here."""
    other = coin_chase.build_with_faster_figures(match.directory)
    alice = match.enter("alice")
    carol = match.enter("carol", rom=other)
    crcs = {each["nick"]: each["content"] for each in match.relay.events("member_joined")}
    for player, theirs in ((alice, crcs["carol"]), (carol, crcs["alice"])):
        await_chat(match, player, f"another copy of this game (or another), CRC {theirs}, is")
    say(f"alice reads {chats(alice)}")
    bob = match.enter("bob", beside=alice)
    await_chat(match, bob, WHOLE)
    watcher = match.enter("watcher", beside=alice, netplay_start_as_spectator="true")
    match.play_together(400, SOON, alice, bob)
    compare(alice, bob, at_least=400)
    for player in (alice, bob, carol):
        told = chats(player)
        assert told[0].startswith(f"{player.name}, today a line"), told
        assert " ".join(told[:2]) == FIRST.format(nick=player.name), told
        assert told[2] == WHOLE, told
        assert len(told) == (3 if player is bob else 4), told
    assert not chats(watcher), chats(watcher)


words_on_joining.configuration = {
    "rooms": {"voice": {"message_of_the_day": f"{FIRST}\n{WHOLE}"}},
}


def words_of_a_hold_up(match):
    """One freezes: the others read for whom they wait, it reads why it was sent away, and at the
    end all read that the relay ends."""
    match.expect_reason("slow_player")
    alice, bob, carol = match.enter_all("alice", "bob", "carol")
    match.play_together(400, SOON, alice, bob, carol)
    match.leave(bob)
    bob.retroarch.process.send_signal(signal.SIGSTOP)
    for player in (alice, carol):
        await_chat(match, player, "all wait for bob")
    gone = match.reasons()
    match.await_reason("slow_player", limit=20)
    bob.retroarch.process.send_signal(signal.SIGCONT)
    match.wait_until(lambda: bob.retroarch.says(DISCONNECTED), 20, "bob to be told")
    await_chat(match, bob, "you are sent away: the others waited too long for you")
    say(f"bob reads {chats(bob)}; gone before: {gone}")
    match.relay.process.send_signal(signal.SIGTERM)
    for player in (alice, carol):
        await_chat(match, player, "this relay ends: try again in a minute")
        assert chats(player) == ["all wait for bob", "this relay ends: try again in a minute"]


ALL = (words_on_joining, words_of_a_hold_up)
