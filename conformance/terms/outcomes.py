"""The ways in which a case can end: words for a report, and the exceptions that lead to them."""

import re
from functools import lru_cache
from typing import Any

CONFORMS = "conforms"
BREAKS = "breaks"
CRASHES = "crashes"
TIMES_OUT = "times out"
ABSENT = "absent"
INCONCLUSIVE = "inconclusive"
VACUOUS = "vacuous"

OUTCOMES = (CONFORMS, BREAKS, CRASHES, TIMES_OUT, ABSENT, INCONCLUSIVE, VACUOUS)
FAILURES = (BREAKS, CRASHES, TIMES_OUT)

# Characters that are kept of a message, and of a longer text such as a traceback.
MESSAGE, TEXT = 2_000, 8_000


def shortened(text: str, longest: int = MESSAGE) -> str:
    """Return a text, or its beginning and its end: an adapter may say whatever length it likes."""
    if len(text) <= longest:
        return text
    left, half = len(text) - longest, longest // 2
    return f"{text[:half]} [… {left:,} characters are left out …] {text[-half:]}"


# A number, or a shape of some; and a row of these.
_NUMBER = re.compile(r"\([\d, ]*\)|\d+")
_ROW = re.compile(r"#(?:,? (?:… )?#)+")
_PLURAL = re.compile(r"\b(array|shape|step)s\b")


# An operation that raises does so in thousands of cases, with few different words.
@lru_cache(maxsize=512)
def unnumbered(message: str) -> str:
    """Return a message without its numbers and shapes: messages that are alike have it in common.

    The lengths of lists are numbers too.
    """
    return _PLURAL.sub(r"\1", _ROW.sub("#", _NUMBER.sub("#", message)))


class Ended(Exception):  # noqa: N818  an ending is no error
    """A case ends before its check does. `outcome` is its word; `details` go into the report.

    Long texts are shortened, for every case of a run keeps its own.
    """

    outcome = BREAKS

    def __init__(self, message: str, **details: Any) -> None:
        self.message = shortened(message)
        super().__init__(self.message)
        self.details: dict[str, Any] = {
            name: shortened(each, TEXT) if isinstance(each, str) else each
            for name, each in details.items()
        }


class Broken(Ended):
    """An answer lies outside its bound.

    The details hold input, answer, truth, error and bound of the worst element.
    """


class Malformed(Ended):
    """An answer or a call has the wrong type, dtype or shape.

    This is the adapter's error, whatever the mathematics behind it.
    """


class Raised(Ended):
    """The adapter raised an exception; the details hold its traceback."""

    outcome = CRASHES


class Died(Ended):
    """The adapter's process ended in the middle of a call."""

    outcome = CRASHES


class TimedOut(Ended):
    """No answer came within the time limit, so the suite killed the adapter's process."""

    outcome = TIMES_OUT


class Absent(Ended):
    """The adapter does not offer the operation, or not for this dtype, shape or parameter."""

    outcome = ABSENT
