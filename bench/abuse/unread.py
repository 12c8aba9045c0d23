"""Those who do not read what there is for them."""

import os
import socket

from abuse.attack import Attack, netplay_client, tunnel_client


class WindowZero(Attack):
    name = "window_zero"
    what = "fills links that nobody reads, as many as it may"
    shows = ("connections", "links")
    seconds_least = 30
    setup = 30

    def run(self):
        data = b"\x55" * 65536
        failed = 0
        while not self.stop.is_set():
            before = len(self.kept)
            self.fill_one(data)
            failed = failed + 1 if len(self.kept) == before else 0
            if failed == 2 * len(self.sources):
                self.is_set_up()
            self.stop.wait(0.2 if failed > 2 * len(self.sources) else 0)

    def fill_one(self, data):
        host = self.session(self.source())
        if host is None:
            return
        self.kept.append(host)
        for _ in range(7):
            guest = self.attempt(lambda: tunnel_client.Guest(self, host.source).join(host.session))
            host_side = guest and self.attempt(lambda: host.accept(
                host.next_ticket(1), receive_buffer=4096))
            if host_side:
                self.kept += [guest, host_side]
                guest.socket.setblocking(False)
                self.attempt(guest.socket.send, data * 64)


class DeafMember(netplay_client.Client):
    """Hears until it is in, and then no more."""

    deaf = False

    def __init__(self, relay, **options):
        super().__init__(relay, **options)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def pump(self):
        if not self.deaf:
            super().pump()
            self.deaf = self.number is not None
        return True


class UnreadStates(Attack):
    name = "unread_states"
    what = "has rooms with large states, and members who do not read them"
    shows = ("rooms", "members")
    setup = 10
    seconds_least = 30

    def run(self):
        state, owners, deaf = os.urandom(8 << 20), [], []
        for number, source in enumerate(self.sources):
            one = self.member(source, nick="owner", crc=0xAA00 + number)
            if one:
                one.state = state
                owners.append(one)
        self.pump(owners, 0.5)
        while not self.stop.is_set():
            for number, source in enumerate(self.sources):
                one = self.member(source, DeafMember, nick="deaf", crc=0xAA00 + number)
                if one:
                    self.deeds += 1
                    deaf.append(one)
                self.pump(owners, 0.02)
                self.pump(deaf)
            while len(deaf) > 12 * len(self.sources):
                deaf.pop(0).close()


class MemoryShort(WindowZero):
    name = "memory_short"
    what = "fills links that nobody reads where memory is short: 64 M"
    config = {"limits": {"memory_mebibytes": 64, "connections": 1024},
              "rooms": {"savestate_bytes_in_all": 8 << 20, "savestate_bytes": 4 << 20}}
    most_mib = 128  # between two looks of the relay more may come

    @classmethod
    def faults(cls, numbers):
        held = numbers["memory_mib"]
        return [f"memory {held:.0f} M of {cls.most_mib}"] if held > cls.most_mib else []
