"""Ten thousand requests of garbage and a thousand slow clients on the admin address and on the
operator's Unix socket, while games run: nobody is lost, and the operator still gets through."""

import random
import selectors
import socket
import threading

from control_client import Controller, TOKEN
from control_test import ControlTest
from netplay_client import together
from netplay_player import two_players
from runner import main
from waiting import wait_until

GARBAGE = 10_000
SLOW = 1_000
AT_A_TIME = 40


class Garbage:
    """So many requests, none of them right, each on a connection of its own."""

    def __init__(self, controllers, count):
        self.random = random.Random(5)
        self.controllers, self.left = controllers, count
        self.answers = {}
        self.selector = selectors.DefaultSelector()

    def request(self, controller):
        pick = self.random.randrange(8)
        noise = self.random.randbytes(self.random.randrange(1, 2000))
        if pick == 0:
            return noise + b"\r\n\r\n"
        if pick == 1:
            return controller.request("POST", "/control/ban", noise)
        if pick == 2:
            return controller.request("POST", "/control/kick", {"id": "x" * 500})
        if pick == 3:
            return controller.request("GET", "/control/" + noise.hex()[:200])
        if pick == 4:
            return controller.request("POST", "/control/drain", b"[" * 10_000)
        if pick == 5:
            return controller.request("BREW", "/status", b"x")
        if pick == 6:
            return controller.request("POST", "/control/say", {"text": "x"}, Host="evil.example",
                                      Content_Type="text/plain")
        return controller.request("GET", "/status")[:-self.random.randrange(1, 40)]

    def begin(self):
        self.left -= 1
        controller = self.random.choice(self.controllers)
        try:
            client = controller.connect()
            client.setblocking(False)
            client.send(self.request(controller))
            client.shutdown(socket.SHUT_WR)
        except OSError:  # cut, or no place in the queue of the socket
            return
        self.selector.register(client, selectors.EVENT_READ, bytearray())

    def run(self):
        while self.left or self.selector.get_map():
            while self.left and len(self.selector.get_map()) < AT_A_TIME:
                self.begin()
            for key, _ in self.selector.select(1):
                try:
                    piece = key.fileobj.recv(65536)
                except OSError:
                    piece = b""
                key.data.extend(piece)
                if not piece:
                    self.selector.unregister(key.fileobj)
                    key.fileobj.close()
                    code = bytes(key.data[9:12])
                    self.answers[code] = self.answers.get(code, 0) + 1


class FloodTest(ControlTest):
    def test_nobody_is_lost(self):
        relay = self.start_controlled({"manual_ip": "room"})
        players = two_players(self, relay)
        host = self.host(relay)
        link = self.link(host)
        slow = [self.connected(relay) for _ in range(SLOW)]
        stranger = Controller(relay, "x" * len(TOKEN))
        garbage = Garbage([stranger, Controller(relay), self.by_socket], GARBAGE)
        thread = threading.Thread(target=garbage.run, daemon=True)
        thread.start()
        played = 0
        while thread.is_alive():
            for player in players:
                player.play_on()
            self.assert_link_works(*link)
            for client in slow[played % SLOW::50]:
                self.drip(client)
            played += 1
        thread.join()
        self.assertFalse(any(player.ended for player in players))
        self.assertNotIn(b"200", garbage.answers)
        self.assertGreater(sum(garbage.answers.values()), GARBAGE // 2)
        wait_until(lambda: self.gets_through(), 20, "the operator to get through")
        status = relay.status()
        self.assertEqual((status["bans"], status["state"], status["takes_new"]),
                         (0, "running", True))
        self.assertEqual(status["use"]["links"], 1)
        self.assertEqual(status["use"]["members"], 2)
        self.assertLess(relay.open_files(), 100)
        self.assert_grew_less(relay, 0, 64 << 20)
        together(players, lambda: all(player.plays for player in players), "both to play on")

    def connected(self, relay):
        client = socket.create_connection(relay.admin_address, timeout=10)
        self.addCleanup(client.close)
        client.setblocking(False)
        return client

    def drip(self, client):
        try:
            client.send(b"G")
        except OSError:
            pass  # cut, as it may be

    def gets_through(self):
        try:
            return self.by_token.done("new", allowed=True)["done"]
        except (OSError, AssertionError, IndexError):
            return False


if __name__ == "__main__":
    main()
