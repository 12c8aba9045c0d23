"""A match in a room: everybody types the relay's address, nobody hosts, the relay serves."""

from cases import say
from match import CONNECTED, JOIN_LIMIT, JOINED, Comparison
from peer_match import PeerMatch
from retroarch_driver import free_tcp_port

# Reasons for which a member may have gone in any case: somebody closed its frontend.
HARMLESS = {"member_left", "shutdown"}


class RoomMatch(PeerMatch):
    def __init__(self, setup, directory, configuration=None):
        """A configuration that lends ports is a function of a port that is free."""
        self.free_port = free_tcp_port()
        if callable(configuration):
            configuration = configuration(self.free_port)
        super().__init__(setup, directory, configuration)
        self.expected_reasons = set(HARMLESS)

    def place(self, door=None):
        """What a player types: an address and a port, the relay's own or that of one more door."""
        self.relay.wait_for_ports()
        address = self.relay.address if door is None else self.relay.doors[door]
        return address.replace(":", "|")

    def enter(self, name, place=None, beside=None, rom=None, **settings):
        """Starts a RetroArch and waits until it is in the room in which `beside` is, if any."""
        player = self.start_guest(name, place or self.place(), rom, **settings)
        watches = settings.get("netplay_start_as_spectator") == "true"
        self.await_guest(player, beside or player, CONNECTED if watches else JOINED)
        return player

    def enter_all(self, *names, **settings):
        first = self.enter(names[0], **settings)
        return [first] + [self.enter(name, beside=first, **settings) for name in names[1:]]

    def enter_peer(self, name, *arguments):
        """Starts a netplay-peer that opens the room."""
        peer = self.start_peer("join", name, self.place(), *arguments)
        self.active.append(peer)
        peer.remember_from(1)
        self.wait_until(lambda: peer.frame > 0, JOIN_LIMIT, f"{name} to play")
        return peer

    def expect_reason(self, reason):
        """From now on a member may be gone for this."""
        self.expected_reasons.add(reason)

    def reasons(self):
        return [each["reason"] for each in self.relay.events("member_gone")]

    def await_reason(self, reason, limit=10):
        self.wait_until(lambda: reason in self.reasons(), limit, f"somebody to go for {reason}")

    def nicks(self, word):
        """Those of whom the relay's log says this, in order."""
        return [each["nick"] for each in self.relay.events(word)]

    def finish(self):
        super().finish()
        wrong = [reason for reason in self.reasons() if reason not in self.expected_reasons]
        assert not wrong, f"the relay removed somebody: {wrong}"
        say(self.summary())

    def summary(self):
        words = ("room_opened", "member_joined", "member_plays", "member_watches", "state_shared")
        counts = ", ".join(f"{word} {len(self.relay.events(word))}" for word in words)
        problems = [each["problem"] for each in self.relay.events("held_up")]
        return f"the relay: {counts}" + (f", held_up {problems}" if problems else "")


def compare(*players, at_least, since=0, pads=(0, 1)):
    comparison = Comparison(players, since)
    say(str(comparison))
    comparison.check(at_least, pads)
    return comparison
