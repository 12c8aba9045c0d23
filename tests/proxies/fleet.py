"""Several relays behind HAProxy, with the configuration that netplay-relay fleet-config writes, but
for checks that come more often."""

import subprocess

from proxies import ROOT, HAProxy

# pylint: disable=wrong-import-order
import relay_process
from waiting import wait_until

EXAMPLE = ROOT / "deploy" / "haproxy" / "fleet.cfg"
PACE = "inter 1s fastinter 200ms"
QUICK = "inter 100ms fastinter 50ms"


def written(*arguments):
    """What the program writes."""
    done = relay_process.run_command("fleet-config", *arguments)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


def node_option(node, relay):
    return f"--node={node}=%s:%d,admin=%s:%d" % (*relay.address, *relay.admin_address)


class FleetHAProxy(HAProxy):
    """A door to all nodes."""

    def __init__(self, relays, *options):
        self.relays, self.options = relays, options
        super().__init__(relays[0])

    def write(self):
        nodes = [node_option(node, relay) for node, relay in enumerate(self.relays)]
        text = written("--bind=%s:%d" % self.address, *nodes, *self.options)
        if PACE not in text:
            raise AssertionError(f"no {PACE!r} in:\n{text}")
        (self.folder / "haproxy.cfg").write_text(text.replace(PACE, QUICK), encoding="utf-8")

    def wait_for_word(self, node, word, count=1):
        """Until HAProxy has found the node DOWN, or UP, so often."""
        line = f"Server nodes/node{node} is {word}"
        wait_until(lambda: self.log_text().count(line) >= count, 10, line)


def node_config(node, **more):
    return {"trusted_proxies": ["127.0.0.1"], "proxy_protocol": True,
            "fleet": {"node": node}} | more


def syntax_fault(path):
    """What HAProxy says of a configuration that it does not take."""
    done = subprocess.run(["haproxy", "-c", "-f", str(path)], capture_output=True, text=True,
                          env={"PATH": "/usr/sbin:/usr/bin"}, timeout=30, check=False)
    return done.stderr if done.returncode else ""
