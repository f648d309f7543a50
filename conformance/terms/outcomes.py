"""The ways in which a case can end: words for a report, and the exceptions that lead to them."""

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


class Ended(Exception):  # noqa: N818  an ending is no error
    """A case ends before its check does. `outcome` is its word; `details` go into the report."""

    outcome = BREAKS

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


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
