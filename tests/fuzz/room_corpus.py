"""The seeds of fuzz_room: decisions. Some come and play by the book; most is chance."""

import random

QUIET = bytes([2, 0, 1, 0, 5])  # members, no desync watch, no password, joypads, six places
CROWDED = bytes([2, 0, 1, 0, 0])  # one place


def come(person, protocol=6):
    """Address, no password, no port, protocol, nick, the same content and core, the right password.

    The core of every third is of another version."""
    return bytes([person, 5, 0, 1, 1, protocol - 4, person, 1, (person + 1) % 3, 1])


def chance(seed, size):
    rng = random.Random(seed)
    return bytes(rng.randrange(256) for _ in range(size))


def room(people, seed, size, protocol=6, settings=QUIET):
    return settings + b"".join(come(n, protocol) for n in range(people)) + chance(seed, size)


SEEDS = {f"people_{n}": room(1 + n % 4, n, 300 + 60 * n) for n in range(8)}
SEEDS |= {f"protocol_{protocol}": room(3, protocol, 500, protocol) for protocol in (4, 5, 7)}
SEEDS |= {f"crowded_{n}": room(4, 200 + n, 600, settings=CROWDED) for n in range(4)}
SEEDS |= {f"chance_{n}": chance(100 + n, 700) for n in range(4)}
