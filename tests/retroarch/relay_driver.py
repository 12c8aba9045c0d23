"""A relay process under test: started on a free port, watched through its log and /status."""

import json
import re
import signal
import subprocess
import urllib.request

from waiting import end_process, die_with_parent, wait_until

START_LIMIT = 15
STOP_LIMIT = 15


class Relay:
    def __init__(self, binary, directory, more=None):
        """With `more` in its configuration."""
        self.log_path = directory / "relay.log"
        configuration = {
            "listen": ["127.0.0.1:0"],
            "public_name": "127.0.0.1",
            "admin": {"listen": ["127.0.0.1:0"]},
            "log": {"level": "info"},
            **(more or {}),
        }
        configuration_path = directory / "relay.json"
        configuration_path.write_text(json.dumps(configuration, indent=2), encoding="utf-8")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [str(binary), "--config", str(configuration_path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent,
            )
        # Directly to the relay, whatever proxy the environment names.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def wait_for_ports(self):
        """Fills in address, doors and admin_address; all are told in the log."""
        self.admin_address = self.wait_for_log(r" admin_listening .*?address=\"?([0-9.:]+)")
        self.address, *self.doors = (each["address"] for each in self.events("listening"))

    def wait_for_log(self, pattern, limit=START_LIMIT):
        found = wait_until(
            lambda: re.search(pattern, self.log_text()) or not self.is_running(),
            limit,
            f"the relay's log line {pattern!r}",
        )
        if found is True:
            raise AssertionError(f"the relay ended, exit code {self.process.returncode}")
        return found.group(1)

    def join_texts(self):
        """The join text of every session opened so far, in that order."""
        lines = (line for line in self.log_text().splitlines() if " session_opened " in line)
        found = (re.search(r'join_text="?([^"\s]+)', line) for line in lines)
        return [match.group(1) for match in found if match]

    def events(self, word):
        """What each log line of that kind says, in order."""
        lines = (line.partition(f" {word} ") for line in self.log_text().splitlines())
        return [
            {key: value.strip('"') for key, value in re.findall(r'(\w+)=("[^"]*"|\S+)', rest)}
            for _, found, rest in lines
            if found
        ]

    def upgrade(self):
        """Another process takes its place, and the games are to go on."""
        before = len(self.events("taken_over"))
        self.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: len(self.events("taken_over")) > before, START_LIMIT, "an upgrade")
        told = self.events("taken_over")[-1]
        assert told["lost"] == "0", told
        return told

    def status(self):
        with self.opener.open(f"http://{self.admin_address}/status", timeout=5) as answer:
            return json.load(answer)

    def links(self):
        """All links of all sessions."""
        return [link for session in self.status()["sessions"] for link in session["links"]]

    def closed(self, reason):
        return self.status()["totals"]["close_reasons"].get(reason, 0)

    def log_text(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def is_running(self):
        return self.process.poll() is None

    def stop(self):
        """Asks the relay to end and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not self.is_running(), STOP_LIMIT, "the relay to end on SIGTERM")
        return self.process.returncode

    def end(self):
        end_process(self.process)
