"""Peers that vanish without a word, and peers that are only paused. Slow: about 70 s.

The relay and the players live in network namespaces of their own. One group of players is cut off;
the other stops reading, as a stopped or paused emulator does while its kernel goes on answering."""

import time

import private_network
import relay_process
from runner import main, noise
from tunnel_client import HEADER, Guest, Host
from two_machines import NamespaceTest
from waiting import wait_until

DEAD_WITHIN = 60
PAUSED_FOR = 66


class DeadPeerTest(NamespaceTest):
    def setUp(self):
        super().setUp()
        self.inner = self.namespace()
        self.dead, self.alive = self.namespace(), self.namespace()
        self.dead_cable = private_network.Cable(self.inner, self.dead, 1)
        self.alive_cable = private_network.Cable(self.inner, self.alive, 2)
        self.relay = relay_process.Relay({"listen": ["0.0.0.0:0"]})
        self.relay.prefix = ["nsenter", f"--net={self.inner.path()}"]
        self.addCleanup(self.relay.end)
        self.relay.start()

    def at(self, namespace, kind, **options):
        """A connection from there."""
        self.look_from(namespace)
        with namespace.inside():
            return self.kept(kind(self.relay, **options))

    def look_from(self, namespace):
        """The relay's address depends on the cable."""
        cable = self.dead_cable if namespace is self.dead else self.alive_cable
        self.relay.address = (cable.near_address, self.relay.address[1])

    def side_at(self, namespace, host):
        self.look_from(namespace)
        with namespace.inside():
            host_side = self.kept(host.admit())
        self.assertEqual(host_side.receive(len(HEADER)), HEADER)
        return host_side

    def status(self):
        with self.inner.inside():
            return self.relay.status()

    def seen(self, word):
        return self.status()["totals"]["close_reasons"][word]

    def test_the_dead_go_and_the_paused_stay(self):
        stuffed = self.stuffed_relay()
        # The paused host reads nothing from now on, neither pings nor the game.
        paused = self.at(self.alive, Host).open()
        player = self.at(self.alive, Guest).join(paused.session)
        paused_side = self.side_at(self.alive, paused)
        # Dead: a host, its end of a link with a living guest, and a guest of a living host.
        dead_host = self.at(self.dead, Host).open()
        bereaved = self.at(self.alive, Guest).join(dead_host.session)
        self.side_at(self.dead, dead_host)
        silent = self.at(self.alive, Guest).join(dead_host.session)
        self.side_at(self.dead, dead_host)
        host = self.at(self.alive, Host).open()
        dead_guest = self.at(self.dead, Guest).join(host.session)
        widowed = self.side_at(self.alive, host)
        self.assertEqual((self.status()["use"]["sessions"], self.status()["use"]["links"]), (3, 4))

        self.dead_cable.cut()
        cut_at = time.monotonic()
        sent = b""
        gone_after = {}

        def play():
            """The paused host's guest stalls soon, as the emulator does; the bereaved one goes on
            for a while, so that its bytes are never acknowledged."""
            nonlocal sent
            if len(sent) < 1200:
                player.send(b"frame of twenty byte")
                sent += b"frame of twenty byte"
                bereaved.send(b"frame of twenty byte")

        def pause_is_over():
            play()
            passed = time.monotonic() - cut_at
            close_reasons = self.status()["totals"]["close_reasons"]
            for word, count in close_reasons.items():
                for number in range(count):
                    gone_after.setdefault((word, number + 1), round(passed, 1))
            return passed > PAUSED_FOR
        wait_until(pause_is_over, PAUSED_FOR + 5, "the end of the pause")
        print(gone_after, end=" ", flush=True)
        for dead in (("host_lost", 1), ("host_link_lost", 1), ("host_link_lost", 2),
                     ("guest_lost", 1)):
            with self.subTest(dead=dead):
                self.assertLess(gone_after.get(dead, PAUSED_FOR), DEAD_WITHIN)
        with self.subTest("only the dead are gone"):
            self.assertLessEqual(gone_after.keys(), {("host_lost", 1), ("host_link_lost", 1),
                                                     ("host_link_lost", 2), ("guest_lost", 1)})
            for peer in (bereaved, silent, widowed):
                peer.wait_for_any_end()
        with self.subTest("a paused reader that has more than it can take"):
            self.assertEqual(stuffed.use()["links"], 1, stuffed.log_text())
        # The paused one goes on as if nothing had been.
        self.assertEqual(paused_side.receive(len(sent)), sent)
        self.assert_link_works(player, paused_side)
        self.at_last_a_new_guest(paused)
        self.assertFalse(dead_guest.has_data())

    def stuffed_relay(self):
        """With a link whose host is stopped and has no room for more."""
        relay = self.start()
        guest, _ = self.link(self.host(relay))
        guest.fill(noise(24 << 20, 1))
        return relay

    def at_last_a_new_guest(self, host):
        guest = self.at(self.alive, Guest).join(host.session)
        self.assert_link_works(guest, self.side_at(self.alive, host))


if __name__ == "__main__":
    main()
