"""Where memory is short, what holds most of it goes, and the others play on."""

import os
import re

import relay_process
from netplay_client import Client, together
from runner import RelayTest, main
from waiting import wait_until

MEBIBYTE = 1 << 20
STATE = 12 * MEBIBYTE
FIN_WAIT_1 = "04"  # in /proc/net/tcp


def virtual_bytes(relay):
    return int(re.search(r"VmSize:\s+(\d+) kB", relay.proc("status")).group(1)) * 1024


def orphans(port):
    """Connections from this port that are closed, and of which the kernel still has bytes."""
    with open("/proc/net/tcp", encoding="ascii") as lines:
        fields = [line.split() for line in lines][1:]
    return sum(each[1].endswith(f":{port:04X}") and each[3] == FIN_WAIT_1 and
               not each[4].startswith("00000000:") for each in fields)


class MemoryTest(RelayTest):
    def start_with_addresses(self, most):
        """Its address space is of so many bytes."""
        relay = relay_process.Relay({"manual_ip": "room"})
        self.addCleanup(relay.end)
        relay.prefix = ["prlimit", f"--as={most}"]
        return relay.start()

    def test_links_that_nobody_reads_go(self):
        # The least there is for those who do not read: 16 MiB. A link takes 0.6 of it.
        relay = self.start(memory_mebibytes=64)
        relay.wait_for_log(r"memory_too_small problem=\"[^\n]*limits.memory_mebibytes")
        host = self.host(relay, "127.0.0.2")
        honest = self.link(host, "127.0.0.3")
        floods = [self.link(self.host(relay, f"127.0.{net}.1"), f"127.0.{net}.{at}")
                  for net in range(4, 8) for at in range(2, 12)]
        data = bytes(65536)
        for guest, _ in floods:
            guest.socket.setblocking(False)

        def some_had_to_go():
            for guest, _ in floods:
                try:
                    guest.socket.send(data)
                except (BlockingIOError, ConnectionError):
                    pass
            return relay.closed("memory_short") > 0
        wait_until(some_had_to_go, 20, "a flooded link to be closed")
        self.assert_link_works(*honest)
        relay.wait_for_log(r"memory_short held_mib=\d+ limit_mib=16 closed=\d+ problem=\"too many")
        relay.wait_for_log(r"link_closed [^\n]*reason=memory_short")
        memory = relay.status()["memory"]
        self.assertEqual(memory["slow_peers_limit_bytes"], 16 * MEBIBYTE)
        self.assertGreater(memory["slow_peers_bytes"], 0)
        self.assertGreater(len(relay.links()), 10)
        # The kernel keeps nothing either for those who had to go.
        self.assertEqual(orphans(relay.address[1]), 0)

    def test_a_savestate_that_does_not_fit_is_dropped_and_the_games_go_on(self):
        if relay_process.is_instrumented():
            self.skipTest("a sanitizer takes addresses without end")
        relay = self.start_with_addresses(96 * MEBIBYTE)
        # Without much room the C library takes less at the start.
        relay = self.start_with_addresses(virtual_bytes(relay) + 5 * MEBIBYTE)
        host = self.host(relay, "127.0.0.2")
        honest = self.link(host, "127.0.0.3")
        ann = self.kept(Client(relay, nick="ann"))
        together([ann], lambda: ann.number, "a room")
        ann.state = os.urandom(STATE)
        ann.state_level = 0  # a machine that is short of time makes no slow player of her
        bob = self.kept(Client(relay, nick="bob"))
        together([ann, bob], lambda: bob.ended, "a newcomer to be turned away", 120)
        relay.wait_for_close("no_savestate")
        relay.wait_for_log("memory_short ")
        self.assert_link_works(*honest)
        ann.state = bytes(1000)
        cat = self.kept(Client(relay, nick="cat"))
        together([ann, cat], lambda: cat.states, "a state that fits")


if __name__ == "__main__":
    main()
