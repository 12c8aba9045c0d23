"""A relay with a page for everybody, and who is on it."""

import contextlib
import http.client
import itertools
import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "integration"))
sys.path.insert(0, str(TESTS / "page"))

# pylint: disable=wrong-import-position
from netplay_client import PLAY, Client, together  # noqa: E402
from relay_process import START_LIMIT, split_endpoint  # noqa: E402
from tunnel_client import LIMIT  # noqa: E402
from waiting import wait_until  # noqa: E402

SHOWN = "FRIDAYNIGHTSNES1"
visitors = itertools.count()


class PublicRelays:
    """For tests: a mixin of RelayTest."""

    def start_public(self, config=None, **page):
        """page: keys of its "public_page". A host from 127.0.0.1 gets the session id SHOWN."""
        relay = self.start({
            "reserved_sessions": [{"id": SHOWN, "networks": ["127.0.0.1"]}],
            "public_page": {"listen": ["127.0.0.1:0"], "sessions": [SHOWN], **page},
            **(config or {})})
        relay.public_address = split_endpoint(
            relay.wait_for_log(r" public_page_listening address=(\S+)", START_LIMIT))
        return relay

    @staticmethod
    def public_url(relay):
        return "http://%s:%d/" % relay.public_address

    def fetch(self, relay, path=""):
        """Status and text, whatever the status. Each time as another visitor: one has limits."""
        source = f"127.0.3.{next(visitors) % 250 + 1}"
        connection = http.client.HTTPConnection(*relay.public_address, timeout=LIMIT,
                                                source_address=(source, 0))
        with contextlib.closing(connection):
            connection.request("GET", "/" + path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def games(self, relay):
        status, text = self.fetch(relay, "games")
        assert status == 200, text
        return json.loads(text)["games"]

    def wait_for_games(self, relay, condition, what):
        """They are made anew every two seconds; returns them."""
        seen = []

        def look():
            seen[:] = self.games(relay)
            return condition(seen)
        wait_until(look, LIMIT, what)
        return seen

    def member(self, relay, others=(), **options):
        client = self.kept(Client(relay, **options))
        together([*others, client], lambda: client.number or client.ended, "to be let in")
        client.say(PLAY, bytes(4))
        together([*others, client], lambda: client.plays or client.refused, "a seat")
        return client
