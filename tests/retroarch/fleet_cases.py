"""Several relays behind HAProxy: a real guest finds its host, by another door than the host's."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "proxies"))

import relay_process
from cases import compare, say
from fleet import FleetHAProxy, node_config

NODES = 3


def through_haproxy_before_three_relays(match):
    """Three sessions, one for each relay; a guest of each comes by the other HAProxy."""
    if not FleetHAProxy.is_here():
        say("not played: haproxy is missing")
        return
    relay_process.binary = match.setup.relay
    relays, doors = [], []
    try:
        for node in range(NODES):
            relays.append(relay_process.Relay(node_config(node, public_name="127.0.0.1")).start())
        doors += [FleetHAProxy(relays), FleetHAProxy(relays)]
        for name in ("alice", "bob"):
            say(f"{name} comes by port {doors[name == 'bob'].address[1]}")
        for relay in play_at_each(match, relays, doors):
            (link,) = relay.links()
            assert link["game"]["stage"] == "game", link
            assert link["bytes_to_host"] > 200 * 20, link
    finally:
        for one in (*doors, *relays):
            one.end()


def play_at_each(match, relays, doors):
    """The relay of each session, while it is played."""
    unused = list(relays)
    while unused:
        port = doors[0].address[1]
        alice = match.start_retroarch(f"alice{len(unused)}", ["--host"], {
            "netplay_use_mitm_server": "true", "netplay_mitm_server": "custom",
            "netplay_custom_mitm_server": f"127.0.0.1|{port}"})
        match.wait_until(lambda: any(relay.use()["sessions"] for relay in unused), 30,
                         "a relay that has none to get the session")
        relay = next(relay for relay in unused if relay.use()["sessions"])
        unused.remove(relay)
        alice.retroarch.wait_for_game()
        alice.remember_from(1)
        match.active.append(alice)
        (session,) = relay.status()["sessions"]
        bob = match.join(f"bob{len(unused)}",
                         f"127.0.0.1|{doors[1].address[1]}|{session['id']}", alice)
        match.play_together(250, 90, alice, bob)
        compare(alice, bob, at_least=200)
        yield relay
        for player in (alice, bob):
            match.leave(player)


ALL = (through_haproxy_before_three_relays,)
