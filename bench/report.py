"""Turns the measurements into Markdown tables and the list of bars."""

NAMES = ["direct", "floor", "relay", "haproxy"]
MIB = 1024 * 1024

# Section, then rows: label, measurement, path of the number, factor, digits.
TABLES = [
    ("CPU time per forwarded 36-byte message, µs (two players x 60 Hz per session)", [
        ("50 sessions", "paced 50", ["cpu_us_per_message"], 1, 2),
        ("200 sessions", "paced 200", ["cpu_us_per_message"], 1, 2),
        ("500 sessions", "paced 500", ["cpu_us_per_message"], 1, 2),
        ("200 sessions, peers never asleep", "spinning 200", ["cpu_us_per_message"], 1, 2),
    ]),
    ("One-way latency, µs (direct: what the kernel and the generator take by themselves)", [
        (f"{label}, {quantile}", measurement, ["latency_us", key], 1, 1)
        for label, measurement in (("200 sessions, peers never asleep", "spinning 200"),
                                   ("50 sessions", "paced 50"), ("200 sessions", "paced 200"),
                                   ("500 sessions", "paced 500"))
        for quantile, key in (("p50", "p50"), ("p99", "p99"), ("p99.9", "p999"))
    ]),
    ("Most messages, one in flight per direction of 200 links", [
        ("messages/s", "flood", ["messages_per_second"], 1, 0),
        ("messages per CPU-second", "flood", ["messages_per_cpu_second"], 1, 0),
        ("CPU share of the target", "flood", ["cpu_share"], 1, 2),
        ("CPU share of the generator", "flood", ["generator_cpu_share"], 1, 2),
    ]),
    ("Bulk throughput, 8 links", [
        ("MB/s", "bulk", ["bytes_per_second"], 1e-6, 0),
        ("MB per CPU-second", "bulk", ["bytes_per_cpu_second"], 1e-6, 0),
        ("CPU share of the target", "bulk", ["cpu_share"], 1, 2),
        ("CPU share of the generator", "bulk", ["generator_cpu_share"], 1, 2),
    ]),
    ("Memory and idle links", [
        ("resident at start, MiB", "idle", ["resident_bytes_at_start"], 1 / MIB, 2),
        ("resident with all links, MiB", "idle", ["resident_bytes"], 1 / MIB, 2),
        ("resident per idle link, bytes", "idle", ["resident_bytes_per_link"], 1, 0),
        ("of these anonymous, bytes", "idle", ["anonymous_bytes_per_link"], 1, 0),
        ("CPU share while all are idle", "idle", ["cpu_share"], 1, 4),
    ]),
    ("Sessions set up (direct, haproxy: plain connections, one per session instead of three)", [
        ("sessions/s", "churn", ["sessions_per_second"], 1, 0),
        ("sessions per CPU-second", "churn", ["sessions_per_cpu_second"], 1, 0),
        ("CPU share of the target", "churn", ["cpu_share"], 1, 2),
    ]),
]

HEADINGS = NAMES + ["relay : floor", "haproxy : floor", "relay : haproxy"]


def number(value, digits):
    return "–" if value is None else f"{value:,.{digits}f}"


def ratio(left, right):
    return left / right if left is not None and right else None


def cells(bench, measurement, path, factor, digits):
    values = {name: bench.median(measurement, name, *path) for name in NAMES}
    scaled = [None if values[name] is None else values[name] * factor for name in NAMES]
    ratios = [ratio(values["relay"], values["floor"]), ratio(values["haproxy"], values["floor"]),
              ratio(values["relay"], values["haproxy"])]
    return [number(value, digits) for value in scaled] + [number(value, 2) for value in ratios]


def table(bench, title, rows):
    measured = [row for row in rows if row[1] in bench.samples]
    if not measured:
        return []
    grid = [["", *HEADINGS]]
    grid += [[label, *cells(bench, *rest)] for label, *rest in measured]
    if title.startswith("One-way"):
        grid += added_latency(bench)
    widths = [max(len(line[column]) for line in grid) for column in range(len(grid[0]))]
    lines = [f"### {title}", ""]
    for index, line in enumerate(grid):
        padded = [line[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        lines.append("| " + " | ".join(padded) + " |")
        if index == 0:
            lines.append("|" + "-" * (widths[0] + 2) + "|" +
                         "|".join("-" * (width + 1) + ":" for width in widths[1:]) + "|")
    return lines + [""]


def added(bench, name, quantile):
    """What the target adds to the direct path at 200 sessions."""
    whole = bench.median("spinning 200", name, "latency_us", quantile)
    direct = bench.median("spinning 200", "direct", "latency_us", quantile)
    return whole - direct if whole is not None and direct is not None else None


def added_latency(bench):
    rows = []
    for label, key in (("p50", "p50"), ("p99", "p99"), ("p99.9", "p999")):
        values = [None] + [added(bench, name, key) for name in NAMES[1:]]
        if any(value is not None for value in values):
            _, floor, relay, haproxy = values
            ratios = [ratio(relay, floor), ratio(haproxy, floor), ratio(relay, haproxy)]
            rows.append([f"added at 200, never asleep, {label}"] +
                        [number(value, 1) for value in values] +
                        [number(value, 2) for value in ratios])
    return rows


class Bars:
    """Each bar: a sentence, and whether it is met; None where a number is missing."""

    def __init__(self, bench):
        self.bench = bench
        self.lines = []

    def compare(self, text, value, limit, most):
        if value is None or limit is None:
            verdict = "not measured"
        else:
            met = value <= limit if most else value >= limit
            verdict = ("met" if met else "**NOT MET**") + f" ({value:,.4g}, bar {limit:,.4g})"
        self.lines.append(f"- {text}: {verdict}")

    def relative(self, text, measurement, path, factor, most, other="floor"):
        reference = self.bench.median(measurement, other, *path)
        limit = None if reference is None else reference * factor
        self.compare(text, self.bench.median(measurement, "relay", *path), limit, most)

    def all(self):
        for sessions in (50, 200, 500):
            name, path = f"paced {sessions}", ["cpu_us_per_message"]
            text = f"CPU per message at {sessions} sessions"
            self.relative(f"{text}, at most 1.15 x floor", name, path, 1.15, True)
            self.relative(f"{text}, below HAProxy", name, path, 1, True, "haproxy")
        for quantile in ("p50", "p99"):
            self.relative(f"latency at 200 sessions, {quantile} not above HAProxy's",
                          "spinning 200", ["latency_us", quantile], 1, True, "haproxy")
        self.relative("bulk throughput at least 0.9 x floor", "bulk", ["bytes_per_second"],
                      0.9, False)
        self.relative("messages per CPU-second at least 0.95 x floor", "flood",
                      ["messages_per_cpu_second"], 0.95, False)
        median = self.bench.median
        self.compare("resident at start at most 12 MiB, in bytes",
                     median("idle", "relay", "resident_bytes_at_start"), 12 * MIB, True)
        self.compare("resident per idle link at most 3 KiB, in bytes",
                     median("idle", "relay", "resident_bytes_per_link"), 3 * 1024, True)
        self.relative("sessions per CPU-second at least 0.7 x floor", "churn",
                      ["sessions_per_cpu_second"], 0.7, False)
        return self.lines


def text(bench, machine, skipped):
    lines = ["## Bench of netplay-relay", "", machine, ""]
    for name, reason in skipped.items():
        lines += [f"Skipped: {name}: {reason}", ""]
    for title, rows in TABLES:
        lines += table(bench, title, rows)
    if "relay" in bench.names:
        lines += ["### Bars", "", *Bars(bench).all(), ""]
    if bench.failures:
        lines += ["### Failures", "", *(f"- {failure}" for failure in bench.failures), ""]
    lines.append("Integrity: " + ("**FAILED, see above**" if bench.integrity_failed
                                  else "every byte that arrived was checked, none is missing."))
    return "\n".join(lines)
