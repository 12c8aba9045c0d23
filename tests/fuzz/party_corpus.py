"""The seeds of fuzz_party: decisions. Some come and play by the book; most is chance."""

import random

WIDE = bytes([0, 4])  # no tight limits; places are held for 5 s
TIGHT = bytes([1, 4])
PEOPLE = 5


def come(person, peer):
    """Whose turn it is, that it comes; address, all at once, hosts or joins, a star, its id."""
    return bytes([person, 15, person % 3, 1, 7, 0, peer, 1])


def send(person, target, reliable=1, size=3):
    """One packet of 16 times that size."""
    return bytes([person, 15, 11, reliable, 0, 0, size, target + 4, 1, 1])


def chance(seed, size):
    rng = random.Random(seed)
    return bytes(rng.randrange(256) for _ in range(size))


def party(people, seed, size, settings=WIDE):
    begin = b"".join(come(n, n) for n in range(people))
    talk = b"".join(send(n % people, (n * 3) % 5 - 2, n % 2) for n in range(6))
    return settings + begin + talk + chance(seed, size)


SEEDS = {f"people_{n}": party(1 + n % PEOPLE, n, 100 + 30 * n) for n in range(10)}
SEEDS |= {f"tight_{n}": party(2 + n % 4, 50 + n, 150 + 30 * n, TIGHT) for n in range(6)}
SEEDS |= {f"chance_{n}": chance(100 + n, 400) for n in range(6)}
