"""RetroArch's dialog that asks a guest for a password, filled in with the pad: where there is a
menu, there is a keyboard on the screen, and neither needs a real screen."""

from waiting import wait_until

SETTINGS = {"video_driver": "sdl2", "menu_driver": "rgui"}

# What a keyboard that has just been opened points at, so that no key need be looked for: what
# moves on it is repeated by the clock, which on a busy machine cannot be told from two presses.
FIRST_KEY = "1"
TAKE, ENTER = "A", "Start"

TURNS_TO_OPEN = 60
TURNS_OF_A_TAP = 3
TURN_LIMIT = 10  # seconds
ASKED_LIMIT = 30


def enter(retroarch, password, asked=None):
    """Waits for the dialog and enters a password that is the first key so many times. `asked` tells
    whether the other side has asked for it already, where that can be known."""
    assert set(password) == {FIRST_KEY}, password
    retroarch.wait_for_state("PLAYING")
    if asked:
        wait_until(asked, ASKED_LIMIT, f"{retroarch.name} to be asked for a password")
    turn(retroarch, TURNS_TO_OPEN)
    for _ in password:
        tap(retroarch, TAKE)
    tap(retroarch, ENTER)


def tap(retroarch, button):
    for pressed in (True, False):
        retroarch.press(button, pressed)
        turn(retroarch, TURNS_OF_A_TAP)


def turn(retroarch, count):
    """RetroArch answers one question in a turn of its loop, however fast that goes. What it has not
    answered on a busy machine was no turn: a key would be let go before it was seen."""
    for _ in range(count):
        wait_until(lambda: retroarch.ask("GET_STATUS"), TURN_LIMIT, f"a turn of {retroarch.name}")
