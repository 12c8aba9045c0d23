"""Which cases are played with which RetroArch."""

import itertools
from typing import NamedTuple

import cases
import fleet_cases
import lobby_cases
import peer_cases
import room_cases
import room_door_cases
import room_peer_cases
import room_place_cases
import room_voice_cases
import session_cases

FRAMES = 3600  # of a case that plays a minute
FEWER_FRAMES = 900  # the same with the other casts

# The longest ones first.
ALL = (
    peer_cases.ALL
    + room_peer_cases.ALL
    + room_cases.ALL
    + room_place_cases.ALL
    + room_voice_cases.ALL
    + session_cases.ALL
    + cases.ALL
    + room_door_cases.ALL
    + lobby_cases.ALL
    + fleet_cases.ALL
)

# The same once more, without the relay or with it.
TWICE = {
    peer_cases.peer_joins_retroarch,
    peer_cases.retroarch_joins_peer,
    peer_cases.peer_joins_mid_game_through_relay,
    peer_cases.different_games_are_noticed,
}

# Where versions meet: two players, late joins, watching, resets, states, who leaves, passwords, in
# a session and in a room.
MIXED = (
    room_cases.watching_and_playing,
    room_cases.states_are_loaded,
    room_cases.resets,
    room_cases.joining_a_room_mid_game,
    room_cases.owner_of_the_clock_quits,
    session_cases.watching_and_playing_in_a_session,
    session_cases.the_host_loads_a_state,
    session_cases.a_guest_loads_a_state,
    session_cases.the_host_resets,
    session_cases.joining_a_session_mid_game,
    cases.spectator_joins_mid_game_and_leaves,
    cases.two_players,
    cases.host_quits,
    session_cases.password_of_a_host,
    room_door_cases.password_of_the_rooms,
)

# Where the first plays with the core that all are lent, and the second with its own.
OF_TWO_CORES = room_door_cases.OF_TWO_CORES

# Those in which a version can do most harm to another; the rest of MIXED is for the full matrix.
FEWER_MIXED = (
    room_cases.watching_and_playing,
    room_cases.states_are_loaded,
    session_cases.the_host_loads_a_state,
    session_cases.joining_a_session_mid_game,
    cases.two_players,
)


class Run(NamedTuple):
    """One case, and the RetroArchs of whom its players take turns."""

    case: object
    installations: tuple
    frames: int  # of a case that plays a minute

    def name(self):
        versions = ", ".join(each.version for each in self.installations)
        return f"{self.case.__name__} with {versions}"

    def releases(self):
        return [each.release for each in self.installations]

    def roots(self):
        return [(each.release, each.root) for each in self.installations if each.root]

    def file_name(self):
        return "-".join([self.case.__name__, *self.releases()])


def everyday(installations):
    """All cases with the first of them, those of the versions with the others, few with two."""
    own, *others = sorted(installations, key=lambda each: each.root is not None)
    runs = [Run(case, (own,), FRAMES) for case in ALL]
    for other in others:
        runs += [Run(case, (other,), FEWER_FRAMES) for case in ALL if differs_by_version(case)]
        runs += mixed([(own, other), (other, own)], FEWER_MIXED)
    return runs + mixed([(installations[0], each) for each in installations[1:]], OF_TWO_CORES)


def differs_by_version(case):
    """What a RetroArch of another version may do otherwise, and no mixed pair shows."""
    with_peer = case in peer_cases.ALL + room_peer_cases.ALL and case not in TWICE
    return with_peer or case in set(MIXED) - set(FEWER_MIXED)


def newest(installations):
    """All cases with the newest, and where it meets the oldest and the others."""
    new, oldest = installations[-1], installations[0]
    runs = [Run(case, (new,), FRAMES) for case in ALL]
    runs += mixed([(oldest, new), (new, oldest), installations], MIXED)
    return runs + mixed([(oldest, new)], OF_TWO_CORES)


def everything(installations):
    """All cases with each, and where any two of them meet, or all."""
    runs = [Run(case, (each,), FRAMES) for each in installations for case in ALL]
    casts = list(itertools.permutations(installations, 2))
    if len(installations) > 2:
        casts.append(tuple(installations))
    runs += mixed([(installations[0], each) for each in installations[1:]], OF_TWO_CORES)
    return runs + mixed(casts, MIXED)


def mixed(casts, those):
    return [Run(case, tuple(cast), FEWER_FRAMES) for cast in casts for case in those]
