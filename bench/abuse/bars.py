"""What a relay has to stand, and the table that shows it."""

P99_RATIO, P99_MS = 3, 2
STILL = 0.5  # seconds a minute
SPEED = 54   # frames a second

HEAD = (f"{'attack':18}{'quiet':>7}{'p99 ms':>8}{'ratio':>7}{'lost':>5}{'differ':>7}{'s/min':>6}"
        f"{'newcomers':>10}{'slowest':>8}{'CPU':>6}{'process':>8}{'kernel':>8}  ")


def missed(kind, numbers, quiet, memory_mib, quick):
    """The bars that were missed, as texts. A few seconds tell nothing of times."""
    excused = kind.excused if kind else ()
    found = []
    last = at_last(kind, numbers)

    def bar(name, holds, text):
        if name not in excused and not holds:
            found.append(text)
    bar("lives", numbers["relay_lives"], "the relay ended")
    bar("lost", numbers["lost"] == 0, "lost")
    bar("differ", numbers["differ"] == 0, "differ")
    bar("accused", numbers["accused"] == 0, f"honest accused {numbers['accused']} times")
    outside = numbers["newcomers"] - numbers["newcomers_in"]
    bar("newcomers", outside <= (kind.newcomers_lost if kind else 0), "newcomers")
    bar("memory", numbers["memory_mib"] <= memory_mib, f"memory {numbers['memory_mib']:.0f} M")
    if not quick:
        bar("p99", numbers["p99"] <= max(P99_RATIO * quiet["p99"], P99_MS), "p99")
        bar("still", last["still"] <= STILL, "still")
        speed = last["frames_per_second"]
        bar("still", speed >= SPEED, f"{speed:.0f} frames/s")
    if kind:
        found += kind.faults({**numbers, "cpu_more": numbers["cpu"] - quiet["cpu"]})
    return found


def at_last(kind, numbers):
    """How the honest got on: in the last minute, if that is what counts."""
    if kind and kind.is_learnt and numbers.get("minutes"):
        return numbers["minutes"][-1]
    return {"still": numbers["worst_still"], "frames_per_second": numbers["frames_per_second"]}


def line(name, numbers, quiet, faults):
    p99 = f"{quiet['p99']:7.2f}{numbers['p99']:8.2f}{numbers['p99'] / quiet['p99']:7.1f}"
    if not numbers["p99"]:
        p99 = f"{'-':>7}{'-':>8}{'-':>7}"
    return (f"{name:18}{p99}{numbers['lost']:5}{numbers['differ']:7}{numbers['worst_still']:6.1f}"
            f"{numbers['newcomers_in']:>6} of {numbers['newcomers']:<2}"
            f"{numbers['newcomer_slowest']:6.2f} s{numbers['cpu']:6.0%}"
            f"{numbers['process_mib']:6.0f} M{numbers['kernel_mib']:6.0f} M  "
            + ("FAIL: " + ", ".join(faults) if faults else "ok") + note(numbers))


def note(numbers):
    """What the stranger got."""
    told = [f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
            for key, value in numbers.get("shown", {}).items()]
    return f"  ({', '.join(told)})" if told else ""


def shown(kind, numbers):
    if not kind:
        return {}
    found = {key: numbers["use"][key] for key in kind.shows if key in numbers.get("use", {})}
    found.update(numbers.get("attack", {}))
    if kind.tells_repeats:
        found["repeats_a_second"] = round(numbers["repeats_per_second"])
    if kind.is_learnt:
        for key in ("still", "frames_per_second"):
            found[f"{key}_by_minute"] = "/".join(
                f"{minute[key]:.1f}" for minute in numbers.get("minutes", ()))
    return found
