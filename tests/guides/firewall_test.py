"""The firewalls of docs/operate.md, word for word, in network namespaces: they load, the friends
reach a real relay through them, others do not, and rates are limited."""

import re
import shutil
import socket
import subprocess
import tempfile

import guide

# pylint: disable=wrong-import-position
import private_network  # noqa: E402
import relay_process  # noqa: E402
from runner import RelayTest, main  # noqa: E402
from tunnel_client import DENY, Guest, HEADER, Host, NO_ID, Peer, RATS  # noqa: E402
from waiting import wait_until  # noqa: E402

PORT = 55435
# The addresses of the guide: who is a friend, and somebody who is none.
FRIEND4, OTHER_FRIEND4, STRANGER4 = "203.0.113.7", "198.51.100.99", "192.0.2.66"
FRIEND6, STRANGER6 = "2001:db8:1::7", "2001:db8:66::7"
REFUSED_WITHIN = 0.7  # a firewall that drops leaves a connection waiting


def network_of(address):
    """The network of a cable to it, and the relay's own address there."""
    if ":" in address:
        prefix = address.rsplit("::", 1)[0]
        return f"{prefix}::1", 64
    return f"{address.rsplit('.', 1)[0]}.1", 24


class FirewallTest(RelayTest):
    def setUp(self):
        if reason := private_network.why_impossible():
            self.skipTest(reason)
        self.inner = self.namespace()
        self.homes = {}
        for number, addresses in enumerate(((FRIEND4, FRIEND6), (OTHER_FRIEND4,),
                                            (STRANGER4, STRANGER6))):
            home = self.namespace()
            self.inner.run("ip", "link", "add", f"near{number}", "type", "veth", "peer", "name",
                           "far", "netns", str(home.process.pid))
            for address in addresses:
                own, bits = network_of(address)
                for namespace, name, mine in ((self.inner, f"near{number}", own),
                                              (home, "far", address)):
                    sudden = ["nodad"] if ":" in mine else []
                    namespace.run("ip", "address", "add", f"{mine}/{bits}", "dev", name, *sudden)
                    namespace.run("ip", "link", "set", name, "up")
                self.homes[address] = home

    def namespace(self):
        made = private_network.Namespace()
        self.addCleanup(made.end)
        return made

    def inside(self, *command, stdin=None):
        return subprocess.run(["nsenter", f"--net={self.inner.path()}", *command], input=stdin,
                              capture_output=True, text=True, timeout=30, check=False)

    def load(self, *command, stdin=None):
        done = self.inside(*command, stdin=stdin)
        if "Could not fetch rule set generation id" in done.stderr or \
                "Operation not supported" in done.stderr:
            self.skipTest(f"this kernel has not what is needed: {done.stderr.strip()}")
        self.assertEqual(done.returncode, 0, done.stderr)

    def needs(self, *programs):
        for program in programs:
            if not shutil.which(program):
                self.skipTest(f"no {program} here")

    def relay_behind_it(self, config=None):
        relay = relay_process.Relay({"listen": [f"0.0.0.0:{PORT}", f"[::]:{PORT}"],
                                     **(config or {})},
                                    new_connections_per_second_per_address=100000,
                                    connections_per_address=4096)
        relay.prefix = ["nsenter", f"--net={self.inner.path()}"]
        self.addCleanup(relay.end)
        relay.start()
        return relay

    def at(self, relay, address, kind=Peer):
        """A connection from there, or None if it is not let in."""
        relay.address = (network_of(address)[0], PORT)
        with self.homes[address].inside():
            own = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        with own:
            own.settimeout(REFUSED_WITHIN)
            try:
                own.connect(relay.address)
            except (TimeoutError, ConnectionError):
                return None
        with self.homes[address].inside():
            return self.kept(kind(relay))

    def check_friends_only(self, relay):
        for address in (FRIEND4, OTHER_FRIEND4, FRIEND6):
            with self.subTest(friend=address):
                host = self.at(relay, address, Host).open()
                guest = self.at(relay, FRIEND4, Guest)
                guest.join(host.session)
                host.next_ticket()
        for address in (STRANGER4, STRANGER6):
            with self.subTest(stranger=address):
                self.assertIsNone(self.at(relay, address))

    def check_everybody(self, relay):
        for address in self.homes:
            with self.subTest(address=address):
                self.at(relay, address, Host).open()

    def check_rate(self, relay, address, count=700):
        """Of so many at once some are let in, and not all."""
        relay.address = (network_of(address)[0], PORT)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        begun = []
        with self.homes[address].inside():
            for _ in range(count):
                one = socket.socket(family)
                self.addCleanup(one.close)
                one.setblocking(False)
                one.connect_ex(relay.address)
                begun.append(one)

        def connected():
            return sum(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == b"\1"
                       for one in begun)
        wait_until(lambda: connected() >= 300, 5, "many of them")
        self.assertLess(connected(), count)

    def everybody(self, text):
        """What the guide says for that: the commented line instead of those with the friends."""
        lines = [line for line in text.splitlines()
                 if not re.search(r"@friends\d accept|-s \S+ -j ACCEPT", line)]
        return "\n".join(re.sub(r"# (accept|-A players -j ACCEPT)$", r"\1", line)
                         for line in lines) + "\n"

    def load_nftables(self, change=lambda text: text):
        self.needs("nft")
        with tempfile.NamedTemporaryFile("w", suffix=".nft") as file:
            file.write(change(guide.file_block("/etc/nftables.conf")))
            file.flush()
            self.load("nft", "-c", "-f", file.name)
            self.load("nft", "-f", file.name)
            self.load("nft", "-f", file.name)  # a second time, as after a change

    def load_iptables(self, change=lambda text: text):
        self.needs("iptables-restore", "ip6tables-restore")
        for program, name in (("iptables-restore", "/etc/iptables/rules.v4"),
                              ("ip6tables-restore", "/etc/iptables/rules.v6")):
            rules = change(guide.file_block(name))
            self.load(program, "--test", stdin=rules)
            self.load(program, stdin=rules)

    def test_nftables_friends(self):
        self.load_nftables()
        self.check_friends_only(self.relay_behind_it())

    def test_nftables_everybody(self):
        self.load_nftables(self.everybody)
        relay = self.relay_behind_it()
        self.check_everybody(relay)
        self.check_rate(relay, STRANGER4)
        self.check_rate(relay, STRANGER6)
        self.at(relay, FRIEND4, Host).open()  # others do not notice

    def test_nftables_without_names_of_protocols(self):
        """A small server has no /etc/protocols: it is of the package netbase."""
        self.needs("nft")
        without = ("[ ! -e /etc/protocols ] || mount --bind /dev/null /etc/protocols\n"
                   "exec nft --check --file -")
        self.load("unshare", "--mount", "sh", "-euc", without,
                  stdin=guide.file_block("/etc/nftables.conf"))

    def test_iptables_friends(self):
        self.load_iptables()
        self.check_friends_only(self.relay_behind_it())

    def test_iptables_everybody(self):
        self.load_iptables(self.everybody)
        relay = self.relay_behind_it()
        self.check_everybody(relay)
        self.check_rate(relay, STRANGER4)
        self.check_rate(relay, STRANGER6)
        self.at(relay, FRIEND4, Host).open()

    def test_the_relays_own_lists(self):
        """The block with "access": who is in the lists, and who is told that he is not."""
        text, = [block.text for block in guide.blocks(guide.OPERATE)
                 if block.language == "json" and '"access"' in block.text]
        relay = self.relay_behind_it(guide.parsed(text))
        host = self.at(relay, FRIEND4, Host).open()
        for address in (FRIEND4, OTHER_FRIEND4, FRIEND6):
            with self.subTest(friend=address):
                guest = self.at(relay, address, Guest)
                guest.join(host.session)
                host.next_ticket()
        for address, greeting, word in (
                (OTHER_FRIEND4, RATS + NO_ID, "host_denied"),
                (STRANGER4, RATS + NO_ID, "host_denied"),
                (STRANGER4, RATS + host.session + HEADER, "join_denied"),
                (STRANGER6, HEADER, "join_denied")):
            with self.subTest(stranger=address, word=word):
                peer = self.at(relay, address)
                peer.send(greeting)
                self.assertEqual(peer.receive_rest(), DENY)
                name = re.escape(f"[{address}]" if ":" in address else address)
                relay.wait_for_log(rf"turned_away peer={name}:\d+ reason={word}\b")


if __name__ == "__main__":
    main()
