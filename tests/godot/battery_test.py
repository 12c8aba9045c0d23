"""One script over ENet, Godot's own WebSocket peer, and the relay as star and as mesh: real Godot
has to hear the same calls from the same senders, and to go through the same events."""

import contextlib
import functools
import socket

from godot_runner import TRANSPORTS, GodotTest, main
from waiting import wait_until

LIMIT = 30
RELIABLE, UNRELIABLE, ORDERED = 2, 0, 1
RELAYED = ("star", "mesh")
# An RPC of these names is reliable; the others are repeated until they are heard.
METHODS = ("reliable", "reliable_1", "reliable_5")
LOSSY_METHODS = ("unreliable", "unreliable_2", "ordered", "ordered_3")
SIZES = (70_000, 1_000_000)


def free_port():
    """For Godot's WebSocket server, which takes no port 0."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Session:
    """A host and those who joined it, over one transport."""

    def __init__(self, test, transport, **options):
        self.test, self.transport = test, transport
        self.options = {"mesh": transport == "mesh"}
        self.common = {"transport": transport, "address": test.address(), **options}
        self.by_name, self.ids, self.where = {}, {}, None

    def host(self, name="host", limits=None, **options):
        game = self.by_name[name] = self.test.game(name)
        port = free_port() if self.transport == "websocket" else 0
        answer = game.ask("host", port=port, options={**self.options, **(limits or {})},
                          **{**self.common, **options})
        self.test.assertIsNotNone(answer)
        self.where = game.wait("opened")[1] if self.transport in RELAYED else answer
        self.ids[name] = 1
        return game

    def try_to_join(self, name, **options):
        game = self.by_name[name] = self.test.game(name)
        self.ids[name] = game.ask("join", at=self.where, **{**self.common, **options})
        return game

    def join(self, *names, **options):
        for name in names:
            self.try_to_join(name, **options).wait("connected_to_server")
            if self.transport == "websocket":  # it has no id before
                self.ids[name] = self.by_name[name].ask("id")
        self.wait_until_all_know_all()
        return self.by_name[names[0]]

    def wait_until_all_know_all(self, names=None):
        names = list(names or self.by_name)
        for name in names:
            others = sorted(self.ids[other] for other in names if other != name)
            wait_until(lambda name=name, others=others:
                       sorted(self.by_name[name].ask("peers")) == others, LIMIT,
                       f"{name} to know {others} over {self.transport}")

    def names_of(self, heard):
        """With names of games for the ids of senders."""
        names = {peer: name for name, peer in self.ids.items()}
        return [(names.get(event[0], event[0]), *event[1:]) for event in heard]

    def heard(self, name):
        return self.names_of(self.by_name[name].heard())

    def wait_for(self, name, expected):
        """Exactly these, in whatever order they come from different senders."""
        game = self.by_name[name]
        with contextlib.suppress(AssertionError):
            wait_until(lambda: len(game.heard()) >= len(expected), LIMIT, "calls")
        self.test.assertEqual(sorted(map(repr, self.heard(name))), sorted(map(repr, expected)),
                              f"{name} over {self.transport}")

    def fence(self):
        """Everything said before has arrived, or will not."""
        for name, game in self.by_name.items():
            game.ask("rpc", method="reliable", argument=f"fence of {name}", targets=[0])
        for name, game in self.by_name.items():
            for other in self.by_name:
                if other != name:
                    game.wait("heard", self.ids[other], "reliable", f"fence of {other}")
        for game in self.by_name.values():
            game.events[:] = [event for event in game.events
                              if not str(event[-1]).startswith("fence of")]

    def forget_heard(self):
        for game in self.by_name.values():
            game.events.clear()


def over(*transports, **options):
    """A test that is given a session over each of these, or over all."""
    def decorated(test):
        @functools.wraps(test)
        def run(self):
            for transport in transports or TRANSPORTS:
                with self.subTest(transport):
                    test(self, Session(self, transport, **options))
        return run
    return decorated


class BatteryTest(GodotTest):
    def party(self, session, *names):
        session.host()
        session.join(*names)
        session.forget_heard()
        return [session.by_name[name] for name in ("host", *names)]

    def expect_targets(self, session):
        names = list(session.by_name)
        expected = {name: [] for name in names}
        for name in names:
            own = session.ids[name]
            others = [other for other in names if other != name]
            plans = [(0, others)]
            plans += [(session.ids[other], [other]) for other in others]
            plans += [(-session.ids[other], [one for one in others if one != other])
                      for other in others]
            for target, hearers in plans:
                for method in ("reliable", "local"):
                    word = f"{name} to {target}"
                    session.by_name[name].ask("rpc", method=method, argument=word,
                                              targets=[target])
                    for hearer in hearers:
                        expected[hearer].append((name, method, word))
                    if method == "local" and target <= 0 and target != -own:
                        expected[name].append((name, method, word))
        for name in names:
            session.wait_for(name, expected[name])
        session.fence()
        for name in names:
            session.wait_for(name, expected[name])

    @over()
    def test_targets(self, session):
        self.party(session, "ann", "bob")
        self.expect_targets(session)

    @over("star", short_cut=False)
    def test_targets_without_the_short_cut(self, session):
        self.party(session, "ann", "bob")
        self.expect_targets(session)

    @over()
    def test_bytes(self, session):
        """Of send_bytes, which Godot's own relay passes on for 0 and -n as well."""
        self.party(session, "ann", "bob")
        for target in (0, 1, session.ids["bob"], -1, -session.ids["bob"]):
            session.by_name["ann"].ask("bytes", text=f"to {target}", target=target)
        bob = session.ids["bob"]
        session.wait_for("host", [("ann", "bytes", f"to {to}") for to in (0, 1, -bob)])
        session.wait_for("bob", [("ann", "bytes", f"to {to}") for to in (0, bob, -1)])

    @over()
    def test_modes_and_channels(self, session):
        self.party(session, "ann", "bob")
        for source, target in (("host", "ann"), ("ann", "host"), ("ann", "bob")):
            session.forget_heard()
            for method in METHODS:
                session.by_name[source].ask("rpc", method=method, argument="once",
                                            targets=[session.ids[target]])
            session.wait_for(target, [(source, method, "once") for method in METHODS])
            for method in LOSSY_METHODS:
                self.repeat(session, source, target, method)

    def repeat(self, session, source, target, method):
        hearer = session.by_name[target]

        def heard():
            session.by_name[source].ask("rpc", method=method, argument=method,
                                        targets=[session.ids[target]])
            return hearer.find("heard", session.ids[source], method, method)
        wait_until(heard, LIMIT, f"{method} from {source} at {target} over {session.transport}")

    @over()
    def test_large_packets(self, session):
        self.party(session, "ann", "bob")
        for source, target in (("host", "ann"), ("ann", "host"), ("ann", "bob")):
            session.forget_heard()
            for size in SIZES:
                session.by_name[source].ask("rpc", method="reliable", size=size,
                                            targets=[session.ids[target]])
            session.wait_for(target, [(source, "reliable", f"{size} bytes") for size in SIZES])

    @over()
    def test_order(self, session):
        _, ann, bob = self.party(session, "ann", "bob")
        ann.ask("rpc", method="reliable", numbered=True, count=300,
                targets=[session.ids["bob"], 1])
        for name in ("bob", "host"):
            game = session.by_name[name]
            game.wait("heard", session.ids["ann"], "reliable", 299)
            self.assertEqual([event[2] for event in game.heard()], list(range(300)))
        self.assertEqual(bob.find("refused"), [])

    @over()
    def test_authority(self, session):
        """Nobody but the host may call it; Godot says so at who is called."""
        self.party(session, "ann", "bob")
        session.by_name["host"].ask("rpc", method="of_host", argument="mine", targets=[0])
        session.wait_for("ann", [("host", "of_host", "mine")])
        session.wait_for("bob", [("host", "of_host", "mine")])

    @over()
    def test_spawner_and_synchronizer(self, session):
        host, ann, bob = self.party(session, "ann", "bob")
        hers = f"a_{session.ids['ann']}"
        host.ask("spawn", name="a_1", word="first", x=1)
        host.ask("spawn", name=hers, word="", x=0)
        self.wait_for_things(session, {"a_1": ["first", 1], hers: ["", 0]})
        host.ask("change", name="a_1", word="changed", x=3)
        ann.ask("change", name=hers, word="hers", x=4)
        expected = {"a_1": ["changed", 3], hers: ["hers", 4]}
        self.wait_for_things(session, expected)
        if session.transport != "mesh":  # docs/godot.md: what a client owns, and who comes late
            session.join("late")
        self.wait_for_things(session, expected)
        ann.ask("change", name=hers, word="again", x=5)
        expected[hers] = ["again", 5]
        self.wait_for_things(session, expected)
        host.ask("despawn", name="a_1")
        del expected["a_1"]
        self.wait_for_things(session, expected)
        self.assertEqual(bob.find("server_disconnected"), [])

    def wait_for_things(self, session, expected):
        for name, game in session.by_name.items():
            wait_until(lambda game=game: game.ask("things") == expected, LIMIT,
                       f"{name} over {session.transport} to have {expected}, "
                       f"now {game.ask('things')}")

    @over(expected_word="sesame", own_word="sesame")
    def test_authentication(self, session):
        host = session.host()
        session.join("ann")
        bob = session.try_to_join("bob", own_word="barley")
        host.wait("authenticating", count=2)
        wait_until(lambda bob=bob: bob.ask("status") == 0, LIMIT, "bob to be out")
        self.assertEqual(host.ask("peers"), [session.ids["ann"]])
        self.assertEqual(bob.find("peer_connected"), [])
        del session.by_name["bob"]
        session.join("late")
        session.fence()
        self.assertEqual(session.by_name["ann"].find("peer_connected"),
                         [["peer_connected", 1],
                          ["peer_connected", session.ids["late"]]])

    @over()
    def test_refusing(self, session):
        host, ann = self.party(session, "ann")
        host.ask("refuse", on=True)
        bob = session.try_to_join("bob")
        if session.transport in RELAYED:
            self.assertEqual(bob.wait("refused")[1], "party_refuses")
            bob.wait("connection_failed")
        del session.by_name["bob"]
        session.fence()
        self.assertEqual(host.ask("peers"), [session.ids["ann"]])
        bob.ask("end", way="close")
        host.ask("refuse", on=False)
        session.join("late")
        session.fence()
        self.assertEqual(ann.find("peer_disconnected"), [])

    def test_relay_says_no(self):
        session = Session(self, "star")
        session.host(limits={"max_peers": 2, "game": "one"})
        for code, game, word in (("BCDFGHJK", "one", "unknown_code"), ("no code", "one",
                                                                       "unknown_code"),
                                 (session.where, "other", "different_game")):
            ann = self.game("ann")
            ann.ask("join", transport="star", address=self.address(), at=code,
                    options={"game": game})
            why = ann.wait("refused")
            self.assertEqual(why[1], word)
            self.assertGreater(len(why[2]), 10)
            ann.wait("connection_failed")
        spelled = session.where.replace("-", " ").lower()
        session.where = spelled
        session.join("ann", options={"game": "one"})
        bob = session.try_to_join("bob", options={"game": "one"})
        self.assertEqual(bob.wait("refused")[1], "party_full")
        bob.wait("connection_failed")
        with socket.create_server(("127.0.0.1", 0)) as server:
            nobody = server.getsockname()[1]
        cyd = self.game("cyd")
        cyd.ask("join", transport="star", address=f"127.0.0.1:{nobody}", at="BCDFGHJK")
        self.assertEqual(cyd.wait("refused")[1], "unreachable")
        cyd.wait("connection_failed")

    @over()
    def test_kicking(self, session):
        for how in ("multiplayer", "peer", "force"):
            host, ann, bob = self.party(session, "ann", "bob")
            host.ask("rpc", method="reliable", argument="before", targets=[0])
            bob.wait("heard", 1, "reliable", "before")
            host.ask("kick", id=session.ids["bob"], how=how)
            bob.wait("server_disconnected")
            self.assertEqual(bob.find("peer_disconnected"), [["peer_disconnected", 1]])
            if session.transport in RELAYED:
                self.assertEqual(bob.find("refused")[0][1], "kicked")
            if how == "peer":
                host.wait("peer_disconnected", session.ids["bob"])
            if how == "peer" or session.transport == "mesh":
                ann.wait("peer_disconnected", session.ids["bob"])
            if how != "peer":
                self.assertEqual(host.find("peer_disconnected"), [])
            if how == "force":  # SceneMultiplayer is not told, and goes on as if it were there
                self.assertIn(session.ids["bob"], host.ask("peers"))
            ann.ask("rpc", method="reliable", argument="still", targets=[1])
            host.wait("heard", session.ids["ann"], "reliable", "still")

    @over()
    def test_leaving_by_kick_of_the_host(self, session):
        for how in ("multiplayer", "peer", "force"):
            host, ann, bob = self.party(session, "ann", "bob")
            bob.ask("kick", id=1, how=how)
            bob.wait("server_disconnected")
            for game in (host, ann):
                game.wait("peer_disconnected", session.ids["bob"])
                self.assertEqual(game.find("peer_disconnected"),
                                 [["peer_disconnected", session.ids["bob"]]])

    @over("mesh")
    def test_a_client_that_wants_no_more_of_another(self, session):
        """It is that one's own affair: the other is not told."""
        host, ann, bob = self.party(session, "ann", "bob")
        ann.ask("kick", id=session.ids["bob"], how="peer")
        ann.wait("peer_disconnected", session.ids["bob"])
        for game in (bob, host):
            game.ask("rpc", method="reliable", argument="to all", targets=[0])
        session.wait_for("ann", [("host", "reliable", "to all")])
        session.wait_for("bob", [("host", "reliable", "to all")])
        self.assertEqual(bob.find("peer_disconnected"), [])

    @over()
    def test_ending_within_handlers(self, session):
        for way in ("close", "null", "kept"):
            for event in ("peer_connected", "heard"):
                self.end_within(session, way, event)

    def end_within(self, session, way, event):
        """First a client does it, then the host. Over ENet the others may hear of it late."""
        host = session.host()
        ann = session.try_to_join(
            "ann", **({"in_handler": {event: way}} if event == "peer_connected" else {}))
        ann.wait("peer_connected", 1)
        if event == "heard" or session.transport in RELAYED:  # else it may be gone before that
            host.wait("peer_connected")
        if event == "heard":
            ann.ask("in_handler", event=event, way=way)
            host.ask("rpc", method="reliable", argument="one", count=3, targets=[0])
            ann.wait("heard", 1, "reliable")
        if way == "kept":
            ann.ask("end", way="close")
        if session.transport in RELAYED:
            host.wait("peer_disconnected", session.ids["ann"])
            self.assertEqual(ann.ask("peers"), [])
        self.assertLessEqual(len(ann.heard()), 1)
        if event == "peer_connected":
            host.ask("in_handler", event=event, way=way)
        bob = session.try_to_join("bob")
        if event == "heard" or session.transport in RELAYED:
            bob.wait("connected_to_server")
        else:  # Godot's WebSocket peer may find the server gone before it is in
            wait_until(lambda: bob.events, LIMIT, "bob to hear of the server")
        if event == "heard":
            host.ask("in_handler", event=event, way=way)
            bob.ask("rpc", method="reliable", argument="one", count=3, targets=[1])
            host.wait("heard")
        if way == "kept":
            host.ask("end", way="close")
        if session.transport in RELAYED:
            bob.wait("server_disconnected")
            self.assertEqual(host.ask("peers"), [])
        self.assertLessEqual(len(host.heard()), 1)

    @over()
    def test_last_words_of_the_host(self, session):
        for way in ("close", "quit"):
            host, ann, bob = self.party(session, "ann", "bob")
            host.start("rpc", method="reliable", size=300_000, then=way, targets=[0])
            for game in (ann, bob):
                game.wait("server_disconnected")
                self.assertEqual(game.find("peer_disconnected"), [["peer_disconnected", 1]])
                if session.transport in RELAYED:
                    told = [event[0] for event in game.events]
                    self.assertEqual(told, ["heard", "refused", "peer_disconnected",
                                            "server_disconnected"])
                    self.assertEqual(game.find("refused")[0][1], "host_gone")
            if way == "quit":
                self.assertEqual(host.wait_for_end(), 0)
            else:
                host.wait("server_disconnected")

    @over()
    def test_last_words_of_a_client(self, session):
        for way in ("close", "null", "quit"):
            host, ann, bob = self.party(session, "ann", "bob")
            bob.start("rpc", method="reliable", argument="bye", then=way, targets=[0])
            for game in (host, ann):
                game.wait("peer_disconnected", session.ids["bob"])
                self.assertEqual(game.find("server_disconnected"), [])
                if session.transport in RELAYED:
                    self.assertEqual([event[0] for event in game.events],
                                     ["heard", "peer_disconnected"])
            if way == "quit":
                self.assertEqual(bob.wait_for_end(), 0)

    @over(raw=True)
    def test_without_scene_multiplayer(self, session):
        """The peer alone: its targets, and what is told of a packet's mode and channel."""
        names = ("host", "ann", "bob")
        host = session.host()
        for name in names[1:]:
            session.try_to_join(name).wait("peer_connected", 1)
            session.ids[name] = session.by_name[name].ask("id")
            host.wait("peer_connected", session.ids[name])
        if session.transport == "mesh":
            session.by_name["ann"].wait("peer_connected", session.ids["bob"])
        session.forget_heard()
        is_told = session.transport != "websocket"  # of mode and channel
        expected = {name: [] for name in names}
        sources = names if session.transport == "mesh" else names[:1]
        for source in sources:
            others = [name for name in names if name != source]
            for target in (0, *(session.ids[name] for name in others),
                           *(-session.ids[name] for name in others)):
                text = f"{source} to {target}"
                mode, channel = (RELIABLE, 0) if target < 0 else (ORDERED, 2)
                if session.transport == "enet":
                    mode = RELIABLE
                self.assertEqual(session.by_name[source].ask(
                    "put", target=target, mode=mode, channel=channel, text=text), 0)
                for name in others:
                    if target in (0, session.ids[name]) or (
                            target < 0 and target != -session.ids[name]):
                        expected[name].append(
                            [source, *((mode, channel) if is_told else ()), text])
        for name in names:
            self.wait_for_packets(session, name, expected[name], is_told)

    def wait_for_packets(self, session, name, expected, is_told):
        if expected:
            session.by_name[name].wait("packet", count=len(expected))
        names = {peer: one for one, peer in session.ids.items()}
        heard = [[names[event[1]], *(event[2:4] if is_told else ()), event[4]]
                 for event in session.by_name[name].find("packet")]
        self.assertEqual(sorted(map(repr, heard)), sorted(map(repr, expected)),
                         f"{name} over {session.transport}")


if __name__ == "__main__":
    main()
