"""How a case ended; the value is the exit code of a run of it."""

import enum


class Verdict(enum.Enum):
    PASSED = 0
    FAILED = 1
    DISAGREED = 2
