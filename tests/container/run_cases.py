"""The image at work: players, configuration, health, and nothing allowed that it does not need."""

import pathlib
import re
import signal
import time

from container_relay import ADMIN_PORT, HARDENED, IMAGE, OUTSIDE, PORT, UID, ContainerRelay
from podman import processes_limit
from netplay_client import Client, together
from runner import RelayTest
from tunnel_client import FULL, NO_ID, RATS, Host, Peer
from waiting import wait_until

COMPOSE = pathlib.Path(__file__).resolve().parents[2] / "docker" / "compose.yaml"
STOP_SECONDS = 10  # what docker and podman give a container before they kill it
BAD_CONFIGURATION = 2

engine = None  # set by container_test.py


class Elsewhere:
    def __init__(self, host, port=PORT):
        self.address = (host, port)


class ContainerTest(RelayTest):
    def container(self, **options):
        """Not started. What the test connects from now on begins beside it, in its network."""
        relay = ContainerRelay(engine, **options)
        self.addCleanup(relay.end)
        self.enterContext(relay.network.inside())
        return relay

    def start(self, **options):
        return self.container(**options).start()

    def assert_refuses(self, says, **options):
        """It ends at once and says why."""
        ended = self.container(**options).run_to_end()
        self.assertEqual(ended.returncode, BAD_CONFIGURATION, ended.stdout + ended.stderr)
        self.assertRegex(ended.stderr, says)


class PlayersTest(ContainerTest):
    def test_a_game_through_the_tunnel(self):
        relay = self.start()
        self.assert_link_works(*self.link(self.host(relay)))
        relay.wait_for_use(sessions=1, links=1)

    def test_a_game_over_ipv6(self):
        relay = self.start()
        relay.address = ("::1", PORT)
        self.assert_link_works(*self.link(self.host(relay)))

    def test_a_room(self):
        relay = self.start()
        ann, bob = (self.kept(Client(relay, nick=nick)) for nick in ("ann", "bob"))
        together([ann], lambda: ann.number, "ann to be let in")
        together([ann, bob], lambda: bob.number, "bob to be let in")
        relay.wait_for_use(rooms=1, members=2)

    def test_games_go_on_through_an_upgrade(self):
        relay = self.start()
        link = self.link(self.host(relay))
        said = engine.command("exec", relay.name, "netplay-relay", "upgrade")
        self.assertRegex(said.stdout, r"^3 connections go on after a pause of")
        self.assert_link_works(*link)
        self.assertEqual(relay.status()["process"], 1)

    def test_status_on_loopback_only(self):
        relay = self.start()
        self.assertEqual(relay.status()["program"], "netplay-relay")
        self.kept(Peer(Elsewhere(OUTSIDE)))
        with self.assertRaises(ConnectionRefusedError):
            Peer(Elsewhere(OUTSIDE, ADMIN_PORT))

    def test_its_output_is_the_log(self):
        relay = self.start()
        self.host(relay)
        relay.wait_for_log("session_opened")
        logged = engine.command("logs", relay.name)
        self.assertIn("session_opened", logged.stdout)
        self.assertEqual(logged.stderr, "")


class PrivilegesTest(ContainerTest):
    def test_first_process_nobody_and_nothing_allowed(self):
        relay = self.start()
        facts = dict(re.findall(r"(\w+):\s*(.*)", relay.proc("status")))
        self.assertEqual(facts["Name"], "netplay-relay")
        self.assertEqual(facts["NSpid"].split()[-1], "1")
        self.assertEqual(facts["Uid"].split(), [str(UID)] * 4)
        self.assertEqual(facts["Gid"].split(), [str(UID)] * 4)
        for which in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(facts[which], 16), 0, which)
        self.assertEqual(facts["NoNewPrivs"], "1")

    def test_root_is_read_only_and_nothing_is_written(self):
        relay = self.start()
        self.assert_link_works(*self.link(self.host(relay)))
        root = next(line.split() for line in relay.proc("mounts").splitlines()
                    if line.split()[1] == "/")
        self.assertIn("ro", root[3].split(","))
        opened = relay.execute("sh", "-c", "readlink /proc/1/fd/*").stdout.split()
        self.assertTrue(opened)
        files = [path for path in opened if path.startswith("/") and not path.startswith("/dev/")]
        self.assertEqual(files, [])

    def test_as_any_other_user(self):
        """As some hosts of containers choose the number."""
        relay = self.start(options=(*HARDENED, "--user=1000700000:0"))
        self.assert_link_works(*self.link(self.host(relay)))
        self.assertTrue(relay.is_healthy())

    def test_without_any_option(self):
        relay = self.start(options=())
        self.assert_link_works(*self.link(self.host(relay)))

    def test_within_the_limits_of_the_compose_file(self):
        text = COMPOSE.read_text(encoding="utf-8")
        limits = {key: re.search(rf"^    {key}: \"?([\w.]+)\"?$", text, re.MULTILINE).group(1)
                  for key in ("mem_limit", "pids_limit")}
        files = re.search(r"^      nofile: (\d+)$", text, re.MULTILINE).group(1)
        options = (*HARDENED, f"--memory={limits['mem_limit']}", f"--ulimit=nofile={files}:{files}",
                   f"--ulimit={processes_limit()}", f"--pids-limit={limits['pids_limit']}")
        trial = engine.command("run", "--rm", "--network=none", *options, IMAGE, "--version",
                               check=False)
        if trial.returncode != 0 and "cgroup" in trial.stderr:
            self.skipTest(f"no limits for containers here: {trial.stderr.strip()}")
        self.assertEqual(trial.returncode, 0, trial.stderr)
        relay = self.start(options=options)
        self.assertTrue(relay.is_healthy())
        self.assertNotIn("connections_lowered", relay.log_text())
        self.assertEqual(relay.status()["limits"]["connections"], 4096)
        self.assert_link_works(*self.link(self.host(relay)))


class ConfigurationTest(ContainerTest):
    def test_by_environment(self):
        relay = self.start(environment={"LIMITS__SESSIONS": "1", "PUBLIC_NAME": "relay.test"})
        host = self.host(relay)
        join_text = relay.status()["sessions"][0]["join_text"]
        self.assertTrue(join_text.startswith(f"relay.test|{PORT}|"), join_text)
        refused = self.kept(Host(relay))
        refused.send(RATS + NO_ID)
        self.assertEqual(refused.receive_rest(), FULL)
        self.assert_link_works(*self.link(host))

    def test_by_a_mounted_file(self):
        relay = self.start(config={"public_name": "file.test", "limits": {"sessions": 7}})
        self.host(relay)
        status = relay.status()
        self.assertEqual(status["limits"]["sessions"], 7)
        self.assertTrue(status["sessions"][0]["join_text"].startswith("file.test|"))

    def test_environment_before_file_and_command_line_before_both(self):
        relay = self.start(config={"public_name": "file.test", "limits": {"sessions": 7}},
                           environment={"LIMITS__SESSIONS": "8", "PUBLIC_NAME": "variable.test"},
                           arguments=["--public-name", "line.test"])
        self.host(relay)
        status = relay.status()
        self.assertEqual(status["limits"]["sessions"], 8)
        self.assertTrue(status["sessions"][0]["join_text"].startswith("line.test|"))

    def test_another_port(self):
        relay = self.container(environment={"LISTEN": "0.0.0.0:56001,[::]:56001"})
        relay.spawn()
        relay.wait_for_log(r" listening address=0\.0\.0\.0:56001\n")
        relay.address = ("127.0.0.1", 56001)
        self.assert_link_works(*self.link(self.host(relay)))

    def test_faults_are_told(self):
        self.assert_refuses("(?i)limits.*sessions", environment={"LIMITS__SESSIONS": "many"})
        self.assert_refuses("NO_SUCH_KEY", environment={"NO_SUCH_KEY": "1"})
        self.assert_refuses("limits.sessions", config={"limits": {"sessions": -1}})

    def test_a_file_that_is_not_there_or_may_not_be_read(self):
        self.assert_refuses("/etc/elsewhere.json", environment={"CONFIG": "/etc/elsewhere.json"})
        relay = self.container(config={})
        relay.config_path.chmod(0o600)
        ended = relay.run_to_end()
        self.assertEqual(ended.returncode, BAD_CONFIGURATION, ended.stderr)
        self.assertRegex(ended.stderr, "netplay-relay.json.*[Pp]ermission denied")

    def test_check_of_a_file(self):
        ended = self.container(config={}, arguments=["--check-config"]).run_to_end()
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("the configuration is good", ended.stdout)

    def test_variables_that_others_make_of_a_service_of_our_name(self):
        self.start(environment={"PORT": "tcp://10.0.0.7:55435", "SERVICE_HOST": "10.0.0.7",
                                "PORT_55435_TCP_ADDR": "10.0.0.7"})


class HealthTest(ContainerTest):
    def test_healthy_then_stopped_then_healthy(self):
        relay = self.start()
        wait_until(relay.is_healthy, 10, "a healthy relay")
        self.assertEqual(relay.health(), "healthy")
        relay.send_signal(signal.SIGSTOP)
        self.assertFalse(relay.is_healthy())
        # As often as the image's --retries say, and those of --start-period do not count.
        wait_until(lambda: not relay.is_healthy() and relay.health() == "unhealthy", 90,
                   "an unhealthy relay")
        relay.send_signal(signal.SIGCONT)
        self.assertTrue(relay.is_healthy())
        self.assertEqual(relay.health(), "healthy")

    def test_asks_where_the_configuration_says(self):
        by_variable = self.start(environment={"ADMIN__LISTEN": "127.0.0.1:55999"})
        wait_until(by_variable.is_healthy, 10, "a healthy relay")
        by_file = self.start(config={"admin": {"listen": ["127.0.0.1:55998"]}})
        wait_until(by_file.is_healthy, 10, "a healthy relay")

    def test_not_healthy_without_an_admin_address(self):
        """docker/README.md: then the health check has to be switched off, too."""
        relay = self.start(config={"admin": {"listen": []}})
        self.assertFalse(relay.is_healthy())


class SignalTest(ContainerTest):
    def test_stop(self):
        relay = self.start()
        guest, host_side = self.link(self.host(relay))
        began = time.monotonic()
        engine.command("stop", "--time", STOP_SECONDS, relay.name)
        self.assertLess(time.monotonic() - began, STOP_SECONDS - 1)
        self.assertEqual(relay.wait_for_end(), 0)
        self.assertEqual(relay.inspect()["State"]["ExitCode"], 0)
        self.assertTrue(guest.receive_rest() == host_side.receive_rest() == b"")
        self.assertRegex(relay.log_text(), r" stopped sessions=1 links=1\n")

    def test_interrupt(self):
        relay = self.start()
        self.assertEqual(relay.stop(signal.SIGINT), 0)

    def test_reload(self):
        relay = self.start(config={"limits": {"sessions": 7}})
        link = self.link(self.host(relay))
        self.assertIn("reloaded", relay.change(limits={"sessions": 9}))
        self.assertEqual(relay.status()["limits"]["sessions"], 9)
        self.assert_link_works(*link)

    def test_reload_from_inside(self):
        """docker/README.md says why: Docker takes any signal of its own for a stop by hand."""
        relay = self.start(config={"limits": {"sessions": 7}})
        relay.config["limits"]["sessions"] = 9
        relay.write_config()
        relay.execute("sh", "-c", "kill -HUP 1")
        relay.wait_for_log(" reloaded ")
        self.assertEqual(relay.status()["limits"]["sessions"], 9)

    def test_drain(self):
        relay = self.start()
        host = self.host(relay)
        first = self.link(host)
        relay.send_signal(signal.SIGUSR1)
        wait_until(lambda: relay.status()["state"] == "draining", 10, "a draining relay")
        self.assertTrue(relay.is_healthy())
        refused = self.kept(Host(relay))
        refused.send(RATS + NO_ID)
        self.assertNotEqual(refused.receive_rest()[:4], RATS)
        relay.wait_for_close("draining")
        second = self.link(host)
        self.assert_link_works(*first)
        self.assert_link_works(*second)
        for peer in (*first, *second, host):
            peer.close()
        self.assertEqual(relay.wait_for_end(), 0)

    def test_stop_while_it_drains(self):
        relay = self.start()
        guest, host_side = self.link(self.host(relay))
        relay.execute("sh", "-c", "kill -USR1 1")
        wait_until(lambda: relay.status()["state"] == "draining", 10, "a draining relay")
        self.assertEqual(relay.stop(), 0)
        self.assertTrue(guest.receive_rest() == host_side.receive_rest() == b"")
