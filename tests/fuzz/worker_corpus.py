"""The seeds of fuzz_worker: a game, one with everything moving, a room, and chance."""

import random

ARRIVE, SPEAK, HEAR, WINDOW, END, BREAK, MOMENT, SECONDS, MOVE, OPERATE = (
    0, 3, 7, 9, 10, 11, 12, 13, 14, 15)
HOST, JOIN, JOIN_AND_SPEAK, ACCEPT, QUERY, PONG, PROBE, PLAYER = range(8)
EVERYTHING = 7


def arrive(address):
    return [ARRIVE, address]


def say(line, *words):
    return [SPEAK, line, *words]


POLICY = [4 * 2]  # rooms for those who name no session
SESSION = [*arrive(0), *say(0, HOST), MOMENT, 2, HEAR,
           *arrive(1), *say(1, JOIN_AND_SPEAK, 0), HEAR, *arrive(2), *say(2, ACCEPT, 0), HEAR]
ROOM = [*arrive(3), *say(0, PLAYER, 1, 0, 1), HEAR, HEAR, HEAR, *say(0, 1, 0), HEAR,
        *arrive(4), *say(1, PLAYER, 1, 0, 1), HEAR, HEAR, HEAR, *say(1, 1, 0), HEAR]


def chance(seed, size):
    dice = random.Random(seed)
    return bytes(dice.randrange(256) for _ in range(size))


SEEDS = {
    "game": bytes([*POLICY, *SESSION, *say(1, 8, 20), HEAR, END, 1, SECONDS, 3]),
    "game_moves": bytes([*POLICY, *SESSION, MOVE, EVERYTHING, *say(2, 8, 30), HEAR, MOVE, 0, 0,
                         WINDOW, 1, 0, *say(2, 8, 39), MOVE, EVERYTHING, WINDOW, 1, 3, HEAR]),
    "room": bytes([*POLICY, *ROOM, *say(0, 1, 4), HEAR, SECONDS, 2]),
    "room_moves": bytes([*POLICY, *ROOM, MOVE, EVERYTHING, HEAR, *say(0, 1, 4), HEAR, MOVE, 1, 0,
                         HEAR, *say(1, 1, 2), HEAR, BREAK, 0, 0, MOVE, EVERYTHING]),
    **{f"chance_{seed}": chance(seed, 60 + 40 * seed) for seed in range(8)},
}
