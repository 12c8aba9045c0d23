"""Games of the real relay, told to a lobby of the test's own."""

import pathlib
import signal
import sys
import unittest

from lobby_stand_in import Lobby, Refused

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peer_program"))

# pylint: disable=wrong-import-position
import peer_runner  # noqa: E402
from events_test import Stream  # noqa: E402
from netplay_client import Client, together  # noqa: E402
from runner import RelayTest  # noqa: E402
from waiting import keep_true, wait_until  # noqa: E402

FIRST_LIMIT = 20  # seconds until a game is listed
FRIDAY = "FRIDAYNIGHTSNES1"


def form(**changed):
    return {"username": "ann", "core_name": "Arena", "core_version": "v1", "game_name": "N/A",
            "game_crc": "00000000", "port": "1", "retroarch_version": "1.22.0", **changed}


class StandInTest(unittest.TestCase):
    """The stand-in is as strict as the real one."""

    def setUp(self):
        self.now = 1000
        self.lobby = Lobby(clock=lambda: self.now)
        self.addCleanup(self.lobby.end)
        self.lobby.probe = lambda address, port: (True, True)

    def add(self, **changed):
        return self.lobby.add(form(**changed), "192.0.2.1")

    def test_rules(self):
        for wrong in ({"username": ""}, {"username": "n" * 32}, {"core_name": "\u00e4"},
                      {"game_crc": "123"}, {"game_crc": "1234567x"}, {"port": "0"},
                      {"mitm_session": "s" * 33}):
            with self.assertRaises(Refused, msg=wrong):
                self.add(**wrong)
        self.assertEqual(self.add()["host_method"], 0)
        with self.assertRaises(Refused):
            self.add()
        self.add(username="bob")
        self.now += 5
        first = self.add()
        self.assertEqual(first["id"], 1)
        self.now += 58
        self.assertEqual(len(self.lobby.listed()), 1)
        self.now += 2
        self.assertEqual(self.lobby.listed(), [])

    def test_relays(self):
        relayed = {"force_mitm": "1", "mitm_server": "custom", "mitm_session": "s" * 16,
                   "mitm_custom_addr": "relay.example", "mitm_custom_port": "55435"}
        entry = self.add(**relayed)
        self.assertEqual((entry["host_method"], entry["mitm_ip"], entry["mitm_port"]),
                         (3, "relay.example", 55435))
        for number, left_out in enumerate(relayed):
            entry = self.add(username=f"eve{number}", **{**relayed, left_out: ""})
            self.assertEqual(entry["host_method"], 0, left_out)
        unknown = self.add(username="x", **{**relayed, "mitm_server": "moon"})
        self.assertEqual(unknown["host_method"], 0)


class LobbyTest(peer_runner.PeerTest):
    def setUp(self):
        self.lobby = Lobby()
        self.addCleanup(self.lobby.end)

    def relay_with(self, **more):
        lobby = {"enabled": True, "url": f"http://127.0.0.1:{self.lobby.port}", **more}
        return self.start({"lobby": lobby, "manual_ip": "room", "reserved_sessions": [
            {"id": FRIDAY, "networks": ["127.0.0.1"]}]})

    def wait_for_entries(self, count, limit=FIRST_LIMIT):
        wait_until(lambda: len(self.lobby.entries) >= count, limit,
                   f"{count} entries, refused were {self.lobby.refusals}")
        self.assertEqual(len(self.lobby.entries), count)
        return sorted(self.lobby.listed(), key=lambda entry: entry["username"])

    def members(self, relay, *nicks):
        clients = []
        for number, nick in enumerate(nicks):
            clients.append(self.kept(Client(relay, nick=nick, source=f"127.0.0.{20 + number}")))
            together(clients, lambda: clients[-1].number, "to be let in")
        return clients


class RoomTest(LobbyTest):
    def test_rooms_are_found_and_reached(self):
        relay = self.relay_with()
        self.members(relay, "ann", "bob")
        (entry,) = self.wait_for_entries(1)
        port = relay.address[1]
        self.assertEqual(
            {name: entry[name] for name in ("username", "core_name", "host_method", "ip", "port",
                                            "connectable", "is_retroarch", "spectator_count",
                                            "player_count", "has_password")},
            {"username": "ann", "core_name": "Arena", "host_method": 0, "ip": "127.0.0.1",
             "port": port, "connectable": True, "is_retroarch": True, "spectator_count": 2,
             "player_count": 0, "has_password": False})
        self.assertEqual(self.lobby.probed, [("127.0.0.1", port, b"RANP")])
        fields = self.lobby.announcements[0][1]
        self.assertEqual(fields["game_crc"], "00001234")
        self.assertEqual(fields["player_count"], "0")
        wait_until(lambda: len(self.lobby.announcements) >= 2, 30, "a second announcement")
        (first, _), (second, _) = self.lobby.announcements[:2]
        self.assertAlmostEqual(second - first, 20, delta=3)
        self.assertEqual(self.lobby.refusals, [])

    def test_nothing_is_told_unless_it_is_asked_for(self):
        relay = self.relay_with(rooms=False)
        self.members(relay, "ann")
        off = self.start({"lobby": {"url": f"http://127.0.0.1:{self.lobby.port}"}})
        self.members(off, "bob")
        keep_true(lambda: not self.lobby.announcements, 8, "nothing was told")
        off.change(lobby={**off.config["lobby"], "enabled": True})
        (entry,) = self.wait_for_entries(1)
        self.assertEqual(entry["username"], "bob")

    def test_failures_are_quiet_and_pauses_grow(self):
        self.lobby.next_answers = [(503, ()), (429, (("Retry-After", "3"),))]
        relay = self.relay_with()
        self.members(relay, "ann")
        relay.wait_for_log(r"lobby_failed problem=\"the answer was 503\" next_try_seconds=2\d", 15)
        self.assertEqual(self.lobby.entries, {})


class SessionGameTest(peer_runner.PeerTest):
    """The event session_game: of each session once, whatever program runs."""

    def upgrade(self, relay, times):
        relay.send_signal(signal.SIGUSR2)
        relay.wait_for_upgrade(times)

    def begin(self, relay, *options):
        host = self.launch("host", "--relay", f"127.0.0.1|{relay.address[1]}", *options)
        return host.target()

    def test_a_game_is_told_once_over_upgrades(self):
        relay = self.start()
        stream = Stream(self, relay)
        first = self.begin(relay)
        self.launch("join", first)
        stream.until("link_opened")
        self.upgrade(relay, 1)  # before it is told: two seconds behind the link
        stream = Stream(self, relay, "?last_event_id=0")
        _, _, told = stream.until("session_game")
        self.assertEqual(told["join_text"].split("|")[2], first.split("|")[2])
        self.upgrade(relay, 2)
        stream = Stream(self, relay, "?last_event_id=0")
        self.launch("join", first, "--frames", "60").wait()
        second = self.begin(relay)
        self.launch("join", second)
        _, _, told = stream.until("session_game")
        self.assertEqual(told["join_text"].split("|")[2], second.split("|")[2])


class SessionTest(LobbyTest):
    def play(self, relay, nick, *options):
        """A host with a guest, who leaves."""
        host = self.launch("host", "--relay", f"127.0.0.1|{relay.address[1]}", "--nick", nick,
                           *options)
        self.assertTrue(host.target())
        guest = self.launch("join", host.target(), "--frames", "400")
        guest.wait()
        return host.target().split("|")[2]

    def test_a_chosen_session_is_told_once_its_game_is_known(self):
        relay = self.relay_with(rooms=False, sessions=[FRIDAY])
        self.assertEqual(self.play(relay, "ann"), FRIDAY)
        self.assertNotEqual(self.play(relay, "eve"), FRIDAY)
        (entry,) = self.wait_for_entries(1)
        self.assertEqual(
            {name: entry[name] for name in ("username", "core_name", "host_method", "mitm_ip",
                                            "mitm_port", "mitm_session")},
            {"username": "ann", "core_name": "netplay-relay arena", "host_method": 3,
             "mitm_ip": "relay.test", "mitm_port": relay.address[1], "mitm_session": FRIDAY})
        self.assertEqual(self.lobby.probed, [], "those with a relay are not")

    def test_all_sessions_with_names_of_their_own(self):
        relay = self.relay_with(rooms=False, sessions=["all"])
        RelayTest.host(self, relay)  # of which nothing is known
        ids = sorted(self.play(relay, "ann") for _ in range(2))
        entries = self.wait_for_entries(2, 30)
        self.assertEqual([entry["username"] for entry in entries], ["ann", "ann (2)"])
        self.assertEqual(sorted(entry["mitm_session"] for entry in entries), ids)

    def test_an_upgrade_changes_no_entry(self):
        """Who named a room may be gone, and nobody who plays tells what a session is."""
        relay = self.relay_with(sessions=["all"])
        self.play(relay, "eve")
        ann, _ = self.members(relay, "ann", "bob")
        self.wait_for_entries(2)
        ann.close()
        relay.wait_for_log("member_gone")
        relay.send_signal(signal.SIGUSR2)
        relay.wait_for_upgrade(1)
        before = len(self.lobby.announcements)
        wait_until(lambda: len(self.lobby.announcements) >= before + 2, 30, "both again")
        self.assertEqual([entry["username"] for entry in self.wait_for_entries(2)], ["ann", "eve"])


if __name__ == "__main__":
    peer_runner.main()
