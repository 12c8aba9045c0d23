"""RetroArch's dialog that asks a guest for a password, filled in with the pad: where there is a
menu, there is a keyboard on the screen, and neither needs a real screen."""

SETTINGS = {"video_driver": "sdl2", "menu_driver": "rgui"}

# What a keyboard that has just been opened points at, so that no key need be looked for: what
# moves on it is repeated by the clock, which on a busy machine cannot be told from two presses.
FIRST_KEY = "1"
TAKE, ENTER = "A", "Start"

TURNS_TO_OPEN = 60
TURNS_OF_A_TAP = 3


def enter(retroarch, password):
    """Waits for the dialog and enters a password that is the first key so many times."""
    assert set(password) == {FIRST_KEY}, password
    retroarch.wait_for_state("PLAYING")
    turn(retroarch, TURNS_TO_OPEN)
    for _ in password:
        tap(retroarch, TAKE)
    tap(retroarch, ENTER)


def tap(retroarch, button):
    for pressed in (True, False):
        retroarch.press(button, pressed)
        turn(retroarch, TURNS_OF_A_TAP)


def turn(retroarch, count):
    """RetroArch answers one question in a turn of its loop, however fast that goes."""
    for _ in range(count):
        retroarch.ask("GET_STATUS")
