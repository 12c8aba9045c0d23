"""Metrics as a relay tells them: asked for, and taken apart."""

import pathlib
import re
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
ACCEPT_OPEN_METRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
SAMPLE = re.compile(r"([a-z_]+)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-z_]+)="((?:\\.|[^"\\])*)"(?:,|$)')
PARTS = ("_bucket", "_sum", "_count")  # of a histogram


def url_of(relay, path="/metrics"):
    return "http://%s:%d%s" % (*relay.admin_address, path)


def scrape(relay, accept=None):
    """The Content-Type, and the text."""
    request = urllib.request.Request(url_of(relay), headers={"Accept": accept} if accept else {})
    with relay.opener.open(request, timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def heads_of(text):
    """The families of a text, by name: what is said of each ({"TYPE": ..., "HELP": ...})."""
    families = {}
    for what, name, said in re.findall(r"^# (TYPE|HELP|UNIT) (\S+) (.+)$", text, re.MULTILINE):
        assert what not in families.setdefault(name, {}), f"{what} of {name} twice"
        families[name][what] = said
    return families


def samples_of(text):
    """{(name, (label, value), ...): value}, without the end of each line being lost on anybody."""
    samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        labels = tuple(sorted(LABEL.findall(match.group(2) or "")))
        key = (match.group(1), *labels)
        assert key not in samples, f"twice: {line}"
        samples[key] = float(match.group(3))
    return samples


def metrics_of(relay):
    return samples_of(scrape(relay)[1])


def family_of(name, families):
    """Of a sample in Prometheus' text."""
    if name in families:
        return name
    return next(name.removesuffix(part) for part in PARTS if name.removesuffix(part) in families)


def run_promtool(*arguments, text=None):
    return subprocess.run(["promtool", *map(str, arguments)], input=text, capture_output=True,
                          text=True, timeout=60, check=False)
