"""Calls that are asked again: how often they are, and the different answers that came of them."""

from collections import Counter
from collections.abc import Hashable, Iterable
from hashlib import sha256
from typing import Any

from nnspec.conformance.sources.description import Call
from nnspec.conformance.sources.messages import call_of
from nnspec.conformance.terms.callbacks import Live
from nnspec.conformance.terms.nested import leaves

# A call that has been asked as often as was wanted is asked so many times more.
_MORE = 8


class Repeats:
    """The calls that one process or object has answered, counted by operation.

    Of each call that is asked again, the answers are kept that differ in some bit.
    """

    def __init__(self) -> None:
        self.made, self._asked = Counter[str](), Counter[str]()
        self._answers: dict[str, dict[Hashable, Any]] = {}

    def due(self, call: Call, *, times: int, calls: int) -> int:
        """Return how often to ask now.

        The call is asked so many `times` in all, and until the operation has been called as often
        as `calls` says. Each time it is asked a few times more, for something may have changed.
        """
        name = _name(call)
        found = max(min(times, _MORE), times - self._asked[name], calls - self.made[call[0]])
        self._asked[name] += found
        return found

    def with_those(self, call: Call, answers: Iterable[Any]) -> list[Any]:
        """Keep answers to a call, and return all different ones so far, the first one first."""
        known = self._answers.setdefault(_name(call), {})
        for answer in answers:
            known.setdefault(bits(answer), answer)
        return list(known.values())


def bits(answer: Any) -> Hashable:
    """Return a value that two answers share if they are the same arrays to the last bit."""
    return tuple((array.dtype.str, array.shape, array.tobytes()) for array in leaves(answer))


def renewed(call: Call) -> Call:
    """Return a call for its next repetition: its callbacks begin anew."""
    operation, arrays, parameters = call
    anew = [each.renewed() if isinstance(each, Live) else each for each in arrays]
    return operation, anew, parameters


def _name(call: Call) -> str:
    """Return a name that calls share if the same is asked, and callbacks answer the same."""
    return sha256(repr(call_of(*call, scripts=True)).encode()).hexdigest()
