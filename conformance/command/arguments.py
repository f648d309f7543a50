"""Reads the arguments of the command line: each function says what it needs instead of a text."""

import argparse
import math
import os
import shlex
from collections.abc import Callable

from nnspec.conformance.interface import seeds

# Bytes.
GIBIBYTE = 2**30

# Judging processes get open files handed on, which Windows cannot do.
_CAN_HAND_ON = hasattr(os, "fork")

# In percents.
_WHOLE = 100

# A sweep has no more tasks in the narrowest format.
_PARTS = 16


def named(text: str) -> str:
    """Return a text that is not blank.

    A variable that is not set must not select something else. Raises ArgumentTypeError for blanks.
    """
    if not text.strip():
        message = f"must not be empty; got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return text


def command(text: str) -> str:
    """Return a command line; raises ArgumentTypeError if a shell could not read it."""
    try:
        found = words(named(text))
    except ValueError as error:
        message = f"must be a command: {error}; got {text}"
        raise argparse.ArgumentTypeError(message) from None
    if not found:
        message = f"must be a command; got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return text


def words(text: str, *, windows: bool = os.name == "nt") -> list[str]:
    """Return the words of a command line; on Windows a backslash stands for itself.

    Raises ValueError if a quotation has no end.
    """
    if not windows:
        return shlex.split(text)
    return [word.strip('"') for word in shlex.split(text, posix=False)]


def parameter(text: str) -> tuple[str, float]:
    """Return the name and the number of a parameter; raises ArgumentTypeError for other text."""
    name, separator, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        message = f"must be NAME=VALUE with a number; got {text if separator else repr(text)}"
        raise argparse.ArgumentTypeError(message) from None


def weight(text: str) -> tuple[str, float]:
    """Return an operation and its points; raises ArgumentTypeError for other text."""
    name, value = parameter(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be OPERATION=POINTS, of 0 or more; got {text}")
    return name, value


def minimum(text: str) -> float:
    """Return a number from 0 to 1; raises ArgumentTypeError for other text."""
    return _number(text, lambda value: 0 <= value <= 1, "a number from 0 to 1")


def percent(text: str) -> float:
    """Return a number from 0 to 100; raises ArgumentTypeError for other text."""
    return _number(text, lambda value: 0 <= value <= _WHOLE, f"a number from 0 to {_WHOLE}")


def part(text: str, most: int = _PARTS) -> tuple[int, int]:
    """Return K and N of the K-th of N parts; raises ArgumentTypeError for other text."""
    number, separator, of = text.partition("/")
    if not (
        separator and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of) <= most
    ):
        message = f"must be K/N, the K-th of N parts, N at most {most}; got {text}"
        raise argparse.ArgumentTypeError(message)
    return int(number), int(of)


def positive(text: str) -> int:
    """Return a positive whole number; raises ArgumentTypeError for other text."""
    if not text.isdecimal() or int(text) < 1:
        message = f"must be a positive whole number; got {text}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def jobs(text: str) -> int:
    """Return a number of processes, `auto` for the cores; raises ArgumentTypeError otherwise."""
    if text == "auto" and not _CAN_HAND_ON:
        return 1
    if text == "auto":
        # Where nobody can say which cores a process may use, it may use them all.
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1
        )
    if not text.isdecimal() or int(text) < 1:
        message = f"must be a positive whole number, or auto; got {text}"
        raise argparse.ArgumentTypeError(message)
    if int(text) > 1 and not _CAN_HAND_ON:
        message = f"must be 1 on this system, which has no POSIX processes; got {text}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def seed(text: str) -> int:
    """Return the seed that a text says, or draw one from the system if it says `fresh`.

    Raises ArgumentTypeError for any other text.
    """
    try:
        return seeds.seed(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("a seed ")) from None


def seconds(text: str) -> float:
    """Return a positive number of seconds; raises ArgumentTypeError for other text."""
    return _number(text, lambda value: 0 < value < math.inf, "a positive number of seconds")


def gibibytes(text: str) -> int:
    """Return the bytes of a number of GiB, 0 for no limit; raises ArgumentTypeError otherwise."""
    needed = "a number of GiB, or 0 for none"
    return int(_number(text, lambda value: 0 <= value < math.inf, needed) * GIBIBYTE)


def _number(text: str, takes: Callable[[float], bool], needed: str) -> float:
    """Return a number that an option takes; raises ArgumentTypeError for any other text.

    A text that is no number is NaN, which no range takes.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not takes(value):
        message = f"must be {needed}; got {text}"
        raise argparse.ArgumentTypeError(message)
    return value


def part_of_the_plan(text: str) -> tuple[int, int]:
    """Return K and N of the K-th of N parts of a plan; raises ArgumentTypeError for other text."""
    # The plugin reads arguments in every session of pytest, and the reference loads NumPy.
    from nnspec import reference  # noqa: PLC0415

    return part(text, len(reference.__all__))
