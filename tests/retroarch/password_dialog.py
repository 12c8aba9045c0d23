"""RetroArch's dialog that asks a guest for a password, filled in with the pad: where there is a
menu, there is a keyboard on the screen, and neither needs a real screen."""

import time

from match import JOINED
from waiting import wait_until

# 1.22 takes with B if it is not told which button does.
SETTINGS = {
    "video_driver": "sdl2",
    "menu_driver": "rgui",
    "menu_swap_ok_cancel_buttons": "false",
}

# What a keyboard that has just been opened points at, so that no key need be looked for: what
# moves on it is repeated by the clock, which on a busy machine cannot be told from two presses.
FIRST_KEY = "1"
TAKE, ENTER = "A", "Start"

TURNS_TO_OPEN = 150
TURNS_OF_A_TAP = 3
TURN_LIMIT = 10  # seconds
A_MOMENT = 0.005
ANSWER_LIMIT = 8
TRIES = 4

WRONG = r"Incorrect password"


def start_and_enter(match, name, place, password, goes_well):
    """Starts a RetroArch that enters a password, and returns it once `goes_well(player)` says so
    after the answer. Nothing tells when the dialog is open, so on a busy machine a key may come too
    early and be lost: then another RetroArch tries again."""
    for _ in range(TRIES):
        player = match.start_guest(name, place, **SETTINGS)
        if enter(player.retroarch, password) and goes_well(player):
            return player
        match.dismiss(player)
    raise AssertionError(f"{name} entered {password} {TRIES} times in vain")


def enter(retroarch, password):
    """Enters a password that is the first key so many times; true once it was answered."""
    assert set(password) == {FIRST_KEY}, password
    retroarch.wait_for_state("PLAYING")
    turn(retroarch, TURNS_TO_OPEN)
    for _ in password:
        tap(retroarch, TAKE)
    tap(retroarch, ENTER)
    try:
        return wait_until(
            lambda: retroarch.says(f"{JOINED}|{WRONG}"), ANSWER_LIMIT, "an answer to the password"
        )
    except AssertionError:
        return False


def tap(retroarch, button):
    for pressed in (True, False):
        retroarch.press(button, pressed)
        turn(retroarch, TURNS_OF_A_TAP)


def turn(retroarch, count):
    """So many turns of RetroArch's loop. It answers all questions that are there in one turn, and
    one that comes a moment after an answer in a later one. What it has not answered on a busy
    machine was no turn: a key would be let go before it was seen."""
    for _ in range(count):
        began = time.monotonic()
        wait_until(
            lambda: retroarch.ask("GET_STATUS") and time.monotonic() > began + A_MOMENT,
            TURN_LIMIT,
            f"a turn of {retroarch.name}",
        )
