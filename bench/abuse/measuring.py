"""One relay, honest players and newcomers beside it, and at most one attack: what came of it."""

import dataclasses
import json
import multiprocessing
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile
import time

from abuse import honest
from abuse import namespace
from abuse import newcomers
from abuse import probe

import relay_process

READY_LIMIT = 60
ANSWER_LIMIT = 30       # beyond the seconds that are measured
START = 6               # seconds that relay and honest players take to be ready, about
UNIT = pathlib.Path(__file__).resolve().parents[2] / "systemd" / "netplay-relay.service.in"
# Of a TCP socket without any bytes, with its file: what 10,000 of them took.
KERNEL_BYTES_PER_SOCKET = 4096
# Honest players of whom the log says that they are the ones who spoil the game.
ACCUSED = re.compile(r" (?:desync|warned|sent_to_watch|shut_out) [^\n]*nick=\"(?:ann|bob)\"")
OWN_GAPS = 0.05         # of the time that is measured
FLOOD_NICE = 10
# The relay has a core of its own: strangers work on machines of their own, and what they compute
# there must not be what a game waits for.
*OTHER_CORES, RELAYS_CORE = sorted(os.sched_getaffinity(0))


def memory_high_mib():
    return int(re.search(r"^MemoryHigh=(\d+)M$", UNIT.read_text(encoding="utf-8"), re.M).group(1))


@dataclasses.dataclass
class Facts:
    """What a stranger knows of the relay."""
    address: tuple
    door: int = 0           # port of the first door
    lan: tuple = ()
    session: bytes = b""    # id of an honest host's
    rooms: int = 0          # of honest players; their content is 1, 2 and so on
    pid: int = 0
    status: object = None   # asks for it as the operator does: what an attack measures by


class Beside:
    """A process that says when it is ready, and tells a result in the end."""

    def __init__(self, act, *arguments):
        self.pipe, other_end = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=act, args=(*arguments, other_end),
                                               daemon=True)
        self.process.start()
        other_end.close()

    def heard(self, limit, what, meanwhile=lambda: None):
        end = time.monotonic() + limit
        while not self.pipe.poll(0.5):
            meanwhile()
            if time.monotonic() > end or not self.process.is_alive():
                raise AssertionError(what)
        return self.pipe.recv()

    def end(self):
        if self.process.is_alive():
            self.process.terminate()
        self.process.join()


def run_attack(kind, facts, addresses, stop, pipe):
    """The process. It is to be the relay that slows down, not this machine."""
    if kind.is_flood:
        os.nice(FLOOD_NICE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    attack = kind(facts, addresses, stop, pipe.send)
    began = time.monotonic()
    try:
        attack.run()
    except Exception as problem:  # whatever it is, the line is no good
        pipe.send({"broke": repr(problem)})
        raise
    if attack.deeds and "guesses_per_second" not in attack.told:
        attack.told["a_second"] = attack.deeds / (time.monotonic() - began)
    pipe.send(attack.told)


def run_probe(address, pipe):
    """The process. It runs before all others of its core, so that its times are the relay's; that
    takes root, and without it they are this machine's as well."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass
    probe.probe(address, pipe)


def merged(config, more):
    """Keys that are None are left out, so that the relay has its default."""
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(config.get(key), dict):
            config[key] = merged(dict(config[key]), value)
        else:
            config[key] = value
    return {key: value for key, value in config.items() if value is not None}


def known_to(binary, config):
    """The configuration without the keys that an older relay does not know, and those keys."""
    unknown = []
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "relay.json"
        for _ in range(10):
            file.write_text(json.dumps(config), encoding="utf-8")
            said = subprocess.run([binary, "--check-config", "--config", str(file)], check=False,
                                  capture_output=True, text=True, timeout=10)
            found = re.findall(r": ([\w.]+) is no key here", said.stdout + said.stderr)
            if not found:
                assert said.returncode == 0, said.stdout + said.stderr
                break
            for key in found:
                config = without(config, key.split("."))
            unknown += found
    return config, unknown


def without(config, path):
    head, *rest = path
    if not rest:
        return {key: value for key, value in config.items() if key != head}
    return {**config, head: without(config[head], rest)}


class Memory:
    """Of the process and of the kernel for it, at the most. The kernel's: what each socket of the
    relay has queued and reserved (ss, skmem), and the sockets themselves."""

    FIELDS = re.compile(
        r"^(\S+) .*skmem:\(r(\d+),rb\d+,t\d+,tb\d+,f(\d+),w(\d+),o(\d+),bl(\d+)", re.M)

    def __init__(self, relay, ports):
        self.relay = relay
        words = " or ".join(f"sport = :{port}" for port in ports)
        self.command = ["ss", "-tamnHO", f"( {words} )"]
        self.kernel = self.most = 0.0
        self.by_state = {}  # of the sockets, when it was most
        self.looked_at = 0.0

    def look(self):
        if time.monotonic() - self.looked_at < 1:
            return
        said = subprocess.run(self.command, capture_output=True, text=True, check=True).stdout
        found = self.FIELDS.findall(said)
        by_state = {}
        for state, *each in found:
            by_state[state] = (by_state.get(state, 0) +
                               (sum(map(int, each)) + KERNEL_BYTES_PER_SOCKET) / 2**20)
        kernel = sum(by_state.values())
        if kernel > self.kernel:
            self.kernel, self.by_state = kernel, by_state
        self.most = max(self.most, kernel + self.relay.resident_bytes() / 2**20)
        self.looked_at = time.monotonic()

    def numbers(self):
        return {"process_mib": self.relay.peak_resident_bytes() / 2**20, "kernel_mib": self.kernel,
                "kernel_mib_by_state": self.by_state, "memory_mib": self.most}


def listening(log):
    return [relay_process.split_endpoint(text)
            for text in re.findall(r" listening address=(\S+)", log)]


class Run:
    """Started, measured once, and ended."""

    def __init__(self, options, binary, kind):
        self.options, self.kind = options, kind
        self.binary = os.path.abspath(binary)
        self.seconds = duration(options, kind)
        self.beside, self.attacker = [], None
        self.addresses = 0  # that the attack has come from
        self.stop = multiprocessing.Event()

    def start_relay(self):
        on = ["127.0.0.1:0"] + (["[::1]:0"] if self.options.network in (48, 56) else [])
        config = {"manual_ip": "room", "listen": on,
                  "limits": {"memory_mebibytes": memory_high_mib()},
                  "admin": {"listen": ["127.0.0.1:0"]}}
        if self.kind:
            config = merged(config, self.kind.config)
            for door in config.get("doors", ()):
                door["listen"] = on
        config, self.unknown = known_to(self.binary, config)
        relay_process.binary = self.binary
        self.relay = relay_process.Relay(config)
        self.relay.prefix = list(self.kind.binary_prefix) if self.kind else []
        if "manual_ip" not in config:
            self.relay.config.pop("manual_ip", None)
            self.relay.write_config()
        os.sched_setaffinity(0, [RELAYS_CORE])  # what starts now has it from us
        self.relay.start()
        os.sched_setaffinity(0, OTHER_CORES or [RELAYS_CORE])
        self.relay.wait_for_log(" listening address=", count=len(on))
        # The first for players, the last for strangers, likewise behind the door.
        ends = listening(self.relay.log_text())
        both = {"door": 0}, {"door": 0}
        for each, end in zip(both, (ends[0], ends[len(on) - 1])):
            each["address"] = end
        if "doors" in config:
            both[0]["door"], both[1]["door"] = ends[len(on)][1], ends[2 * len(on) - 1][1]
        lan = config.get("lan_discovery", {}).get("enabled")
        lan = ("10.0.0.1", int(self.relay.wait_for_log(r" lan_discovery address=\S+:(\d+)"))) \
            if lan else ()
        self.ports = [port for _, port in ends]
        self.plan = self.plan_for(config, lan, **both[0])
        self.facts = Facts(lan=lan, rooms=self.plan.rooms, pid=self.relay.process.pid,
                           status=self.relay.status, **both[1])

    def plan_for(self, config, lan, address, door):
        options, kind = self.options, self.kind
        plan = honest.Plan(
            relay=honest.Reached(address), games=options.games, rooms=options.rooms,
            newcomers=options.newcomers, seconds=self.seconds, door=door, lan=lan,
            password=config.get("rooms", {}).get("password", ""))
        if kind:
            plan = dataclasses.replace(plan, kind=kind.newcomer_kind, **kind.honest)
        return plan

    def start_people(self):
        players = Beside(honest.play, self.plan)
        self.beside.append(players)
        self.plan.session = self.facts.session = players.heard(
            READY_LIMIT, "the honest players did not get in")
        self.beside.append(Beside(newcomers.come, self.plan))
        if self.plan.games:
            self.beside.append(Beside(run_probe, self.relay.address))
            self.beside[-1].heard(READY_LIMIT, "the probe did not get in")

    def start_attack(self):
        addresses = namespace.sources(self.options.network, max(
            self.options.addresses, self.kind.addresses_least))[:self.kind.addresses_most]
        self.addresses = len(addresses)
        self.attacker = Beside(run_attack, self.kind, self.facts, addresses, self.stop)
        end = time.monotonic() + self.kind.setup
        while time.monotonic() < end:
            self.memory.look()
            if self.attacker.pipe.poll(0.2):
                first = self.attacker.pipe.recv()
                assert first == "ready", f"the attack broke: {first}"
                break

    def measure(self):
        self.start_relay()
        self.memory = Memory(self.relay, self.ports)
        self.start_people()
        used, closed = self.relay.use(), self.relay.status()["totals"]["close_reasons"]
        if self.kind:
            self.start_attack()
        self.stop.wait(1)
        before = self.relay.status()["totals"]["close_reasons"]
        began, spent = time.monotonic(), self.relay.cpu_seconds()
        for one in self.beside:
            one.pipe.send("measure")
        numbers = {"p50": 0.0, "p99": 0.0}
        for one in self.beside[:2]:
            numbers.update(one.heard(self.seconds + ANSWER_LIMIT,
                                     "the honest were not heard of again", self.memory.look))
        for one in self.beside[2:]:
            one.pipe.send("stop")
            numbers.update(one.heard(ANSWER_LIMIT, "the probe was not heard of again"))
        took = time.monotonic() - began
        assert self.options.quick or numbers["own_gaps"] <= OWN_GAPS * self.seconds, \
            f"this machine was too busy: the players stood still by themselves, " \
            f"{numbers['own_gaps']:.1f} s"
        numbers["relay_lives"] = self.relay.is_running()
        if not numbers["relay_lives"]:
            return {**numbers, "cpu": 0.0, "accused": 0, **dict.fromkeys(
                ("process_mib", "kernel_mib", "memory_mib"), 0.0)}
        numbers["cpu"] = (self.relay.cpu_seconds() - spent) / took
        numbers.update(self.memory.numbers())
        status = self.relay.status()
        numbers["use"] = {key: value - used[key] for key, value in status["use"].items()
                          if isinstance(value, (int, float)) and key in used}
        now = status["totals"]["close_reasons"]
        numbers["closes_per_second"] = {
            word: round((count - before.get(word, 0)) / took, 1) for word, count in now.items()
            if count != before.get(word, 0)}
        numbers["close_reasons"] = {word: count - closed.get(word, 0)
                                    for word, count in now.items() if count != closed.get(word, 0)}
        numbers["accused"] = len(ACCUSED.findall(self.relay.log_text()))
        numbers.update(self.heard_of_attack())
        return numbers

    def heard_of_attack(self):
        """What the stranger himself tells; it must have gone on until now."""
        if not self.attacker:
            return {}
        self.stop.set()
        told = "ready"
        while told == "ready":
            told = self.attacker.heard(ANSWER_LIMIT, "the attack was not heard of again")
        assert "broke" not in told, f"the attack broke: {told}"
        return {"attack": told}

    def end(self):
        self.stop.set()
        for one in [*self.beside, *([self.attacker] if self.attacker else [])]:
            one.end()
        if not hasattr(self, "relay"):
            return
        if self.options.logs:
            name = f"{self.kind.name if self.kind else 'none'}-{pathlib.Path(self.binary).name}.log"
            shutil.copy(self.relay.log_path, pathlib.Path(self.options.logs) / name)
        self.relay.end()


def duration(options, kind):
    """Of what is measured, in seconds."""
    return max(options.seconds, 0 if options.quick or not kind else kind.seconds_least)


def longest(options, kind):
    """Seconds that one run takes, about and at the most."""
    return START + (kind.setup if kind else 0) + 1 + duration(options, kind) + newcomers.LIMIT_MOST


def measure(options, binary, kind):
    """The numbers of one relay under one attack; kind is None for none."""
    run = Run(options, binary, kind)
    try:
        numbers = run.measure()
        numbers["unknown_keys"] = run.unknown
        numbers["addresses"] = run.addresses
        return numbers
    finally:
        run.end()
