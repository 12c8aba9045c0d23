"""The seeds of fuzz_session: decisions, most of them by chance, since each is one of many."""

import random


def game(first, seed, size):
    """`first` is odd for a stranger at a host, even for a stranger as the host."""
    rng = random.Random(seed)
    return bytes([first]) + bytes(rng.randrange(256) for _ in range(size))


SEEDS = {f"{'guest' if first else 'host'}_{n}": game(first, 2 * n + first, 200 + 60 * n)
         for first in (0, 1) for n in range(6)}
