"""The seeds of fuzz_record: which base, how many of its bytes change, and what becomes of which."""

import random

BASES = 24  # more than there are: what is beyond is taken modulo, or as any bytes


def changed(base, *changes, later=100):
    """Each change is a place and a value; `later` is 100 where both clocks show the same."""
    body = b"".join(place.to_bytes(2, "big") + bytes([value]) for place, value in changes)
    return bytes([base, len(changes)]) + body + bytes([later])


def chance(seed, size):
    rng = random.Random(seed)
    return bytes(rng.randrange(256) for _ in range(size))


SEEDS = {f"as_it_was_{base}": changed(base) + chance(base, 20) for base in range(BASES)}
SEEDS |= {f"changed_{n}": changed(n % BASES, (300 * n % 2500, n), (n, 255), later=n) + chance(n, 20)
          for n in range(24)}
