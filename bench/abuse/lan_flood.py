import socket

from abuse.attack import Attack

QUESTION = b"RANQ"
CONFIG = {"lan_discovery": {"enabled": True, "listen": "0.0.0.0:0"}}


def socket_of(source):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.setblocking(False)
    one.bind((source, 0))
    return one


class LanFlood(Attack):
    """From addresses that LAN discovery answers."""

    name = "lan_flood"
    what = "asks LAN discovery without end"
    is_flood = True
    config = CONFIG
    newcomer_kind = "lan"
    needs_namespace = True
    addresses_least = 120  # more than there are answers a second
    setup = 2

    def run(self):
        askers = [socket_of(f"10.9.{number}.1") for number in range(len(self.sources))]
        while not self.stop.is_set():
            for one in askers:
                self.ask(one)

    def ask(self, one):
        try:
            one.sendto(QUESTION, self.facts.lan)
            self.deeds += 1
            one.recv(4096)
        except OSError:
            pass


class LanFloodOne(LanFlood):
    name = "lan_flood_one"
    what = "the same from one address"
    addresses_most = 1


class LanFloodNew(LanFlood):
    name = "lan_flood_new"
    what = "the same from another address each time; whoever can do that takes all answers"
    excused = ("newcomers",)

    def run(self):
        while not self.stop.is_set():
            self.count += 1
            one = socket_of(f"10.{9 + self.count // 65536 % 200}.{self.count // 256 % 256}."
                            f"{self.count % 256}")
            self.ask(one)
            one.close()
