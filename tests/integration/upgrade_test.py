"""SIGUSR2 and "netplay-relay upgrade": another program takes the relay's place, and the games go
on. What the new one cannot take over ends, and a new one that cannot begin changes nothing."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess

import relay_process
from netplay_client import PLAY, Client, play_thirty_frames, together
from relay_process import run_command
from runner import RelayTest, main, noise
from tunnel_client import HEADER, Host
from waiting import die_with_parent, end_process, wait_until

CANNOT = 1


def file_in_memory(data):
    descriptor = os.memfd_create("state")
    os.write(descriptor, data)
    return descriptor


class UpgradeTest(RelayTest):
    def start_copy(self, config=None, **limits):
        """A relay whose program can be replaced without harm to others."""
        relay = relay_process.Relay(config, (), **limits)
        self.addCleanup(relay.end)
        self.program = relay.directory / "netplay-relay"
        shutil.copy(relay_process.binary, self.program)
        relay.prefix = ["env", f"PATH={relay.directory}:{os.environ['PATH']}"]
        ours, relay_process.binary = relay_process.binary, "netplay-relay"
        try:
            return relay.start()
        finally:
            relay_process.binary = ours

    def replace_program(self, text):
        """By a script that takes its place."""
        new = self.program.with_suffix(".new")
        new.write_text("#!/bin/sh\n" + text, encoding="utf-8")
        new.chmod(0o755)
        new.rename(self.program)

    def url(self, relay):
        return "http://%s:%d" % relay.admin_address

    def upgrade(self, relay):
        return run_command("upgrade", self.url(relay))

    def upgraded(self, relay):
        result = self.upgrade(relay)
        self.assertEqual(result.returncode, 0, result.stderr + relay.log_text())
        return result.stdout

    def refused(self, relay, problem):
        result = self.upgrade(relay)
        self.assertEqual(result.returncode, CANNOT, result.stdout)
        self.assertIn(problem, result.stderr)
        self.assertIn("the program that ran before goes on", result.stderr)
        relay.wait_for_log("upgrade_failed problem=")
        self.assertEqual(relay.status()["handovers"]["done"], 0)

    def member(self, relay, others=(), **options):
        client = self.kept(Client(relay, **options))
        together([*others, client], lambda: client.number or client.ended, "to be let in")
        return client

    def playing(self, relay):
        relay_members = [self.member(relay)]
        relay_members.append(self.member(relay, relay_members, nick="bob"))
        for member in relay_members:
            member.say(PLAY, bytes(4))
        together(relay_members, lambda: all(each.plays for each in relay_members), "two seats")
        return relay_members

    def test_everything_goes_on(self):
        relay = self.start({"manual_ip": "room"})
        process, started = relay.process.pid, relay.status()["started_at"]
        host = self.host(relay)
        link = self.link(host)
        waiting = self.guest(host, early=HEADER + b"said before it was let in")
        early = self.peer(relay)
        early.send(b"RA")
        members = self.playing(relay)
        half = self.kept(Client(relay, nick="cat"))
        half.socket.sendall(bytes(half.unsent[:10]))
        del half.unsent[:10]
        relay.wait_for_use(links=1, members=2, greeting=2)
        totals = relay.status()["totals"]
        for count in range(1, 4):
            said = self.upgraded(relay)
            self.assertRegex(said, r"8 connections go on after a pause of \d+\.\d ms")
            handovers = relay.status()["handovers"]
            self.assertEqual((handovers["done"], handovers["failed"], handovers["lost"]),
                             (count, 0, 0))
            self.assert_link_works(*link)
            play_thirty_frames(members)
        self.assertEqual(relay.process.pid, process)
        self.assertTrue(relay.is_running())
        status = relay.status()
        self.assertEqual(status["started_at"], started)
        self.assertEqual(status["totals"], totals)
        # Those who had only begun go on where they were.
        side = self.kept(host.admit())
        self.assertEqual(side.receive(len(HEADER) + 25), HEADER + b"said before it was let in")
        self.assert_passes(side, waiting)
        early.send(b"TS" + bytes(12))
        self.assertEqual(early.receive(16)[:4], b"RATS")
        together([*members, half], lambda: half.number, "who was half in to be in")
        self.assertEqual(relay.stop(), 0)

    def test_no_byte_of_a_slow_reader_is_lost(self):
        relay = self.start()
        guest, side = self.link(self.host(relay), receive_buffer=4096)
        data = noise(4 << 20, 7)
        side.socket.setblocking(False)
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while sent < len(data):
                sent += side.socket.send(data[sent:sent + 65536])
        self.upgraded(relay)
        heard = bytearray()
        guest.socket.setblocking(False)

        def heard_all():
            nonlocal sent
            with contextlib.suppress(BlockingIOError):
                while sent < len(data):
                    sent += side.socket.send(data[sent:sent + 65536])
            with contextlib.suppress(BlockingIOError):
                while len(heard) < len(data):
                    heard.extend(guest.socket.recv(1 << 20))
            return len(heard) == len(data)
        wait_until(heard_all, 30, "all of it")
        self.assertEqual(bytes(heard), data)

    def test_a_savestate_on_its_way(self):
        relay = self.start({"manual_ip": "room"})
        ann = self.member(relay)
        ann.state = noise(8 << 20, 3)
        ann.state_level = 0
        ann.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        bob = self.kept(Client(relay, nick="bob"))
        together([ann, bob], lambda: ann.unsent, "half a savestate")
        self.upgraded(relay)
        ann.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        together([ann, bob], lambda: bob.number and bob.states, "the state")
        self.assertEqual(bob.states[-1][1], ann.state)

    def test_what_waits_in_the_queue_of_the_socket(self):
        relay = self.start()
        relay.send_signal(signal.SIGSTOP)
        late = [self.peer(relay) for _ in range(4)]
        for peer in late:
            peer.send(b"RATS" + bytes(12))
        relay.send_signal(signal.SIGUSR2)
        relay.send_signal(signal.SIGCONT)
        for peer in late:
            self.assertEqual(peer.receive(16)[:4], b"RATS")
        relay.wait_for_upgrade()
        self.assertEqual(relay.status()["handovers"]["done"], 1)
        relay.wait_for_use(sessions=4)

    def test_another_configuration(self):
        """What a reload cannot change."""
        relay = self.start()
        link = self.link(self.host(relay))
        with socket.create_server(("127.0.0.1", 0)) as free, \
                socket.create_server(("127.0.0.1", 0)) as another:
            other, door = free.getsockname(), another.getsockname()
        relay.config["listen"] = ["%s:%d" % other]
        relay.config["limits"]["sessions"] = 1
        relay.config["doors"] = [{"listen": ["%s:%d" % door], "rooms": "by_password"}]
        relay.config["lan_discovery"] = {"enabled": True, "listen": "127.0.0.1:0"}
        relay.write_config()
        old = relay.address
        self.upgraded(relay)
        self.assert_link_works(*link)
        status = relay.status()
        self.assertEqual(len(status["listening"]), 2)
        self.assertIsNotNone(status["discovery"])
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(old)
        relay.address = other
        self.kept(Host(relay)).send(b"RATS" + bytes(12))
        relay.wait_for_close("sessions_full")

    def test_whom_the_new_lists_deny(self):
        relay = self.start()
        link = self.link(self.host(relay, "127.0.0.2"), "127.0.0.3")
        relay.config["access"] = {"join": {"deny": ["127.0.0.3"]}}
        relay.write_config()
        self.upgraded(relay)
        self.assertEqual(link[0].receive_rest(), b"")
        relay.wait_for_close("join_denied")

    def test_join_ports_stay(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        relay = self.start({"join_ports": f"{port}-{port}"})
        host = self.host(relay)
        host.expect_port = port
        session = relay.status()["sessions"][0]
        self.upgraded(relay)
        self.assertEqual(relay.status()["sessions"][0]["join_port"], session["join_port"])
        self.assertEqual(session["join_port"], port)
        guest = self.kept(Client(relay, port=port))
        guest.pump()
        side = self.kept(host.admit())
        self.assertEqual(side.receive(len(HEADER)), HEADER)

    def test_while_it_drains(self):
        relay = self.start()
        host = self.host(relay)
        link = self.link(host)
        relay.send_signal(signal.SIGUSR1)
        relay.wait_for_log(" draining ")
        self.upgraded(relay)
        self.assertEqual(relay.status()["state"], "draining")
        self.assert_link_works(*link)
        for peer in (host, *link):
            peer.close()
        self.assertEqual(relay.wait_for_end(), 0)

    def test_a_faulty_configuration(self):
        relay = self.start()
        link = self.link(self.host(relay))
        relay.config["limits"]["sessions"] = "many"
        relay.write_config()
        self.refused(relay, "limits.sessions")
        self.assert_link_works(*link)

    def test_a_port_that_somebody_has(self):
        relay = self.start()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            relay.config["listen"].append("127.0.0.1:%d" % taken.getsockname()[1])
            relay.write_config()
            self.refused(relay, "cannot listen on")

    def test_programs_that_cannot(self):
        for text, problem in (("exit 3\n", "ended with 3"),
                              ("echo cannot find libwhatever\nexit 127\n", "libwhatever"),
                              ("kill -9 $$\n", "killed by signal 9"),
                              ("exec sleep 1000\n", "did not answer within 10 s")):
            with self.subTest(text):
                relay = self.start_copy()
                link = self.link(self.host(relay))
                self.replace_program(text)
                self.refused(relay, problem)
                self.assert_link_works(*link)
                relay.end()

    def test_a_program_that_is_gone(self):
        relay = self.start_copy()
        link = self.link(self.host(relay))
        self.program.unlink()
        self.refused(relay, "cannot be started")
        self.assert_link_works(*link)

    def state_of(self, relay, directory):
        """What the relay tells the program that tries."""
        copy = directory / "state"
        self.replace_program(f"cat /proc/self/fd/3 >{copy}\nexit 1\n")
        self.upgrade(relay)
        return bytearray(copy.read_bytes())

    def stand_in(self, relay, state):
        """Our program as a child that is to hold the games: the process, and our end of the control
        socket."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(ours.close)
        descriptor = file_in_memory(state)
        script = 'exec 3<&"$1" 4<&"$2" 5>&1 6>&2; shift 2; exec "$@"'
        process = subprocess.Popen(
            ["bash", "-c", script, "bash", str(descriptor), str(theirs.fileno()),
             str(relay_process.binary), "--config", str(relay.config_path)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            pass_fds=[descriptor, theirs.fileno()], preexec_fn=die_with_parent,
            env={**os.environ, "NETPLAYRELAY_HANDOVER": "stand_in"})
        self.addCleanup(process.stdout.close)
        self.addCleanup(end_process, process)
        os.close(descriptor)
        theirs.close()
        ours.settimeout(10)
        return process, ours

    def try_state(self, relay, state):
        """What it says to the state."""
        process, control = self.stand_in(relay, state)
        said = control.recv(1)
        control.close()
        output, _ = process.communicate(timeout=10)
        return said, output

    def test_states_that_cannot_be_taken_over(self):
        relay = self.start_copy({"manual_ip": "room"})
        self.link(self.host(relay))
        self.playing(relay)
        state = self.state_of(relay, relay.directory)
        self.assertEqual(self.try_state(relay, state), (b"r", ""))
        index = state.rindex(b"NPRR")
        other_version = bytearray(state)
        other_version[index + 5] ^= 1
        of_a_game = bytearray(state)
        of_a_game[state.index(b"NPRR", state.index(b"NPRR") + 4) + 40] ^= 1
        for damaged, problem in ((other_version, "other_version"), (state[:-1], "cannot be read"),
                                 (state[:100], "cannot be read"), (b"", "cannot be read"),
                                 (of_a_game, "taken over: damaged")):
            word, said = self.try_state(relay, damaged)
            self.assertEqual(word, b"")
            self.assertIn(problem, said)

    def test_the_relay_starts_whatever_the_state_is(self):
        relay = self.start_copy()
        self.link(self.host(relay))
        state = self.state_of(relay, relay.directory)
        for given, problem in ((state, "its sockets did not come"), (state[:50], "cannot be read"),
                               (None, "is gone")):
            other = relay_process.Relay()
            self.addCleanup(other.end)
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            other.prefix = ["env", f"NETPLAYRELAY_HANDOVER=take_back:{theirs.fileno()},1,3"]
            other.spawn(pass_fds=[theirs.fileno()])
            theirs.close()
            with ours:
                self.assertEqual(ours.recv(1), b"b")
                if given is not None:
                    descriptor = file_in_memory(given)
                    mine, queue = socket.socketpair()
                    socket.send_fds(ours, [b"s"], [descriptor, queue.fileno()])
                    os.close(descriptor)
                    mine.close()
                    queue.close()
                    self.assertEqual(ours.recv(1), b"t")
            other.wait_for_start()
            other.wait_for_log(f"handover_failed [^\n]*{problem}")
            self.assertEqual(other.closed("handover_failed"), 3 if given == state else 0)
            self.link(self.host(other))

    def test_the_stand_in_goes_on_alone(self):
        """If the process that was the relay does not come back, for whatever reason."""
        relay = self.start_copy()
        state = self.state_of(relay, relay.directory)
        relay.end()
        relay.directory.mkdir()
        relay.write_config()
        process, control = self.stand_in(relay, state)
        self.assertEqual(control.recv(1), b"r")
        descriptor = file_in_memory(state)
        mine, queue = socket.socketpair()
        listening = [self.kept(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        socket.send_fds(mine, [b"."], [each.fileno() for each in listening])
        mine.close()
        socket.send_fds(control, [b"s"], [descriptor, queue.fileno()])
        self.assertEqual(control.recv(1), b"t")
        control.send(b"g")
        control.close()
        lines = []
        while not any(" ready players=" in line for line in lines):
            lines.append(process.stdout.readline())
            self.assertTrue(lines[-1], lines)
        self.assertIn("goes on", "".join(lines))
        process.terminate()
        self.assertEqual(process.wait(10), 0)

    def test_nobody_to_upgrade(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        result = run_command("upgrade", f"http://127.0.0.1:{port}")
        self.assertEqual(result.returncode, CANNOT)
        self.assertIn("no status from", result.stderr)


if __name__ == "__main__":
    main()
