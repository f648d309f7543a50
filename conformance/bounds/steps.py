"""The bound of an optimizer is its own formula, evaluated step by step with the errors it carries.

A formula names the parameters before the step `theta`, the step's gradient `g`, its learning rate
`rate` and its number from 1 `t`. A name that stands in its own definition is state: it is 0 before
the first step. If a formula defines `point`, the gradient is asked for there instead of at `theta`.

All arrays of the parameters form one row here. `g` has one row for each gradient that a step asks
for: one for an optimizer, one a sample for a minibatch. `mean` and `sum` run over these rows;
everything else in a formula works element by element.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.bounds import formulas, language
from nnspec.conformance.bounds.language import BoundError
from nnspec.conformance.bounds.pairs import Pair
from nnspec.conformance.bounds.rounding import Arithmetic, Rounded, exact
from nnspec.conformance.bounds.words import vocabulary
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS
from nnspec.conformance.terms.nested import Array, flat, table
from nnspec.conformance.terms.operations import arguments_of
from nnspec.spec import Formula

POINT = "point"

Definitions = tuple[tuple[str, str], ...]

# A number that carries an error, or a number of 106 bits.
Number = Rounded | Pair

# These factors cover our own error in float64 beside that of a narrower format, and in pairs.
_OWN, _OWN_IN_PAIRS = 1 + 2.0**-28, 1 + 2.0**-40

# Reductions run over the gradients of a step.
_ROWS = (0,)

# More parameters than these are taken piece by piece, and nothing of them is remembered: a pass
# over numbers in a processor's cache is faster, and no parameter knows of another.
_PIECE = 2**13


class Known(NamedTuple):
    """Numbers `value` + `low`, and the error that a careful computation makes in them."""

    value: Array
    low: Array
    error: Array


class Steps(NamedTuple):
    """The parameters after each step, a row, and the points where the steps ask."""

    theta: Known
    point: Known


@lru_cache(maxsize=None)
def takes_steps(operation: str) -> bool:
    """Say whether an operation answers with its parameters after each of several steps."""
    return bool({"steps", "batches"} & set(arguments_of(operation)))


def parameters(case: Case) -> list[Any]:
    """Return the list of parameter arrays that a case begins with."""
    return list(_argument(case, "params"))


def batches(case: Case) -> list[list[int]]:
    """Return the indices of the samples in each batch of a case."""
    return [[int(index) for index in batch] for batch in _argument(case, "batches")]


def count(case: Case) -> int:
    """Return how many steps a case takes."""
    return len(_sizes(case))


def script(case: Case) -> Array:
    """Return the gradients that a case's callback answers, one a row, in the order of asking.

    Raises BoundError if they depend on the point where they are asked for.
    """
    answers = _argument(case, "gradient").script
    if not answers:
        message = (
            f"{case.operation}: the gradients of {case.name} depend on where they are asked for"
        )
        raise BoundError(message)
    return table([answers[min(call, len(answers) - 1)] for call in range(sum(_sizes(case)))])


def fixed(case: Case) -> Array | None:
    """Return the gradients that a case's callback answers, None if they depend on the point."""
    return script(case) if _argument(case, "gradient").script else None


def follow(
    stated: Formula, case: Case, gradients: Array, before: Array, dtype: str, accumulates_in: str
) -> Steps:
    """Take each step from the parameters in its row of `before`, with the answered gradients.

    An implementation may yield a rounding of the parameters that it carries. So from the second
    step on, the parameters before the step bring the error u·|theta|. The steps are taken in
    float64, where our own error is 2⁻²⁹ of that in the narrower formats. If the format is float64,
    they are taken in pairs, where it is 2⁻⁴⁰ or less.
    """
    parts = [
        _followed(stated, part, gradients[:, columns], before[:, columns], dtype, accumulates_in)
        for columns, part in _columns(case)
    ]
    return parts[0] if len(parts) == 1 else Steps(*map(_beside, zip(*parts, strict=True)))


def _beside(parts: tuple[Known, ...]) -> Known:
    return Known(*(np.concatenate(each, axis=1) for each in zip(*parts, strict=True)))


def _columns(case: Case) -> Iterator[tuple[slice, Case]]:
    """Yield the columns of each piece of a case, and the case of these parameters alone."""
    width = flat(parameters(case)).size
    if width <= _PIECE:
        yield slice(None), case
        return
    start, place = flat(parameters(case)), arguments_of(case.operation).index("params")
    for first in range(0, width, _PIECE):
        columns = slice(first, first + _PIECE)
        arguments = *case.arguments[:place], [start[columns]], *case.arguments[place + 1 :]
        yield columns, replace(case, arguments=arguments, same_as=None)


def _followed(
    stated: Formula, case: Case, gradients: Array, before: Array, dtype: str, accumulates_in: str
) -> Steps:
    arithmetic = Arithmetic(FORMATS[dtype], FORMATS[accumulates_in], _ROWS)
    carried = abs(before) * arithmetic.u
    carried[:1] = 0.0
    walked = _at_once(stated, _given(case, gradients, arithmetic), before, carried)
    if dtype != "float64":
        return Steps(
            *(Known(value, np.zeros(value.shape), error * _OWN) for value, error in walked)
        )
    pairs = _at_once(stated, _given(case, gradients, None), before, np.zeros(before.shape))
    return Steps(*(_known(*pair, *rounded) for pair, rounded in zip(pairs, walked, strict=True)))


def _known(hi: Array, lo: Array, value: Array, error: Array) -> Known:
    """Return numbers as pairs, and where a pair has left the range, as float64 finds them.

    The error of float64 itself is there as large as that of the format, which is float64 too.
    """
    held = np.isfinite(lo)
    return Known(
        np.where(held, hi, value),
        np.where(held, lo, 0.0),
        error * np.where(held, _OWN_IN_PAIRS, 2.0),
    )


def _at_once(
    stated: Formula, given: "_Given", before: Array, second: Array
) -> list[tuple[Array, Array]]:
    """Take all steps side by side, from `before` and the second parts of its numbers.

    The gradients alone give the states. Return both parts of the parameters after the steps, and
    of the points where the steps ask.
    """
    theta = given.joined(before, second)
    states = _states if given.width < _PIECE else _states.__wrapped__
    starts = {**states(_without_parameters(stated), given), "theta": theta, POINT: theta}
    found = np.zeros((4, *before.shape))
    # No step waits for another: those with equally many gradients are taken at once.
    for size in set(given.sizes):
        chosen = np.flatnonzero(np.equal(given.sizes, size))
        rows = {name: _rows(each, chosen, given) for name, each in starts.items()}
        names = given.at_once(chosen) | rows
        with np.errstate(all="ignore"):
            after = language.defined(stated, names, given.words)
        parts = *_parts(after), *_parts(names[POINT])
        found[:, chosen] = [each.reshape(len(chosen), -1) for each in parts]
    return [(found[0], found[1]), (found[2], found[3])]


def carry(
    stated: Formula, case: Case, gradients: Array, dtype: str, accumulates_in: str
) -> Rounded:
    """Take each step from where the one before it ended, its error included.

    Return the parameters after each step, a row.
    """
    arithmetic = Arithmetic(FORMATS[dtype], FORMATS[accumulates_in], _ROWS)
    return Rounded(*_walked_to_the_end(stated, case, gradients, arithmetic), arithmetic)


def exactly(stated: Formula, case: Case, gradients: Array) -> Pair:
    """Take each step with 100 bits from where the one before it ended.

    Return the parameters after each step, a row.
    """
    return Pair(*_walked_to_the_end(stated, case, gradients, None))


def _walked_to_the_end(
    stated: Formula, case: Case, gradients: Array, arithmetic: Arithmetic | None
) -> tuple[Array, Array]:
    parts = []
    for columns, part in _columns(case):
        given = _given(part, gradients[:, columns], arithmetic)
        walk = _trajectory if given.width < _PIECE else _trajectory.__wrapped__
        parts.append(walk(stated, given, flat(parameters(part)).tobytes()))
    first, second = (np.concatenate(each, axis=1) for each in zip(*parts, strict=True))
    return first, second


# Several clauses ask for the trajectory of a case, and every mistake does that is put to the case.
@lru_cache(maxsize=256)
def _trajectory(stated: Formula, given: "_Given", start: bytes) -> tuple[Array, Array]:
    _without_parameters(stated)
    theta = given.number(np.frombuffer(start)[None])
    definitions = ((POINT, "theta"), *stated.definitions, ("theta", stated.expression))
    ends = [names for _, names in _walked(definitions, given, theta=theta)]
    return _parts(_stacked([names["theta"] for names in ends], given))


# Clauses, dtypes and mistakes ask for the states of equal settings and gradients.
@lru_cache(maxsize=256)
def _states(definitions: Definitions, given: "_Given") -> Mapping[str, Number]:
    """Return the states before each step, a row a step."""
    before = [states for states, _ in _walked(definitions, given)]
    return {
        name: _stacked([states[name] for states in before], given)
        for name in _recurring(definitions)
    }


def _walked(
    definitions: Definitions, given: "_Given", **start: Number
) -> Iterator[tuple[dict[str, Number], dict[str, Number]]]:
    """Evaluate the definitions step by step; yield the states before a step and all names after it.

    A state begins as `start` says, or as 0.
    """
    zero = given.number(np.zeros((1, given.width)))
    states = dict.fromkeys(_recurring(definitions), zero) | start
    for step in range(len(given.sizes) if states else 0):
        names = given.at(step) | states
        with np.errstate(all="ignore"):
            for name, expression in definitions:
                names[name] = language.value(expression, names, given.words)
        yield states, names
        states = {name: names[name] for name in states}


def _recurring(definitions: Definitions) -> list[str]:
    """Return the names whose definitions use themselves."""
    return [name for name, expression in definitions if name in language.names_in(expression)]


@lru_cache(maxsize=None)
def _without_parameters(stated: Formula) -> Definitions:
    """Return the definitions that need no parameters; those of all states are among them.

    Raises BoundError if a state depends on the parameters: the gradients alone must give it, for
    an implementation keeps it in full while the parameters may be rounded between two steps.
    """
    dependent = {"theta", POINT}
    for name, expression in stated.definitions:
        dependent |= {name} if language.names_in(expression) & dependent else set()
    if wrong := sorted(dependent & set(_recurring(stated.definitions))):
        message = f"the state {', '.join(wrong)} depends on the parameters; "
        raise BoundError(message + "the gradients alone must give it")
    return tuple(pair for pair in stated.definitions if pair[0] not in dependent)


@dataclass(frozen=True)
class _Given:
    """The settings and the gradients of all steps of a case, in an arithmetic.

    Without an arithmetic, the numbers are pairs of 106 bits.
    """

    settings: tuple[tuple[str, Any], ...]
    gradients: bytes
    width: int
    sizes: tuple[int, ...]
    arithmetic: Arithmetic | None

    def number(self, value: Any) -> Any:
        """Return a known number as the formula takes it."""
        return exact(value, self.arithmetic) if self.arithmetic else formulas.exact(value)

    def joined(self, first: Array, second: Array) -> Number:
        """Return numbers whose parts are given: value and error, or hi and lo."""
        return Rounded(first, second, self.arithmetic) if self.arithmetic else Pair(first, second)

    def at(self, step: int) -> dict[str, Any]:
        """Return the values of one step."""
        return self._of_a_step(self._asked[step], self._rates[step], step + 1)

    def at_once(self, steps: NDArray[np.intp]) -> dict[str, Any]:
        """Return the values of several steps that have equally many gradients.

        Axis 0 of `g` runs over the gradients of a step, axis 1 over the steps.
        """
        asked = np.stack([self._asked[step] for step in steps], axis=1)
        return self._of_a_step(asked, self._rates[steps, None], steps[:, None] + 1)

    def _of_a_step(self, asked: Array, rate: Any, number: Any) -> dict[str, Any]:
        own = {"g": asked, "rate": rate, "t": number}
        return self._known | {name: self.number(value) for name, value in own.items()}

    @cached_property
    def words(self) -> dict[str, Any]:
        """The words of the formula."""
        if self.arithmetic is None:
            return formulas.vocabulary(_ROWS)
        return vocabulary(self.arithmetic, running=True)

    @cached_property
    def _known(self) -> dict[str, Any]:
        return {name: self.number(value) for name, value in self.settings}

    @cached_property
    def _rates(self) -> Array:
        rates = np.asarray(dict(self.settings)["learning_rate"], dtype=float)
        return np.broadcast_to(rates, len(self.sizes))

    @cached_property
    def _asked(self) -> list[Array]:
        rows = np.frombuffer(self.gradients).reshape(sum(self.sizes), self.width)
        return np.split(rows, np.cumsum(self.sizes)[:-1])


def _given(case: Case, gradients: Array, arithmetic: Arithmetic | None) -> _Given:
    settings = tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in sorted(case.parameters.items())
    )
    width = flat(parameters(case)).size
    return _Given(settings, gradients.tobytes(), width, _sizes(case), arithmetic)


def _sizes(case: Case) -> tuple[int, ...]:
    """Return how many gradients each step of a case asks for."""
    if "batches" in arguments_of(case.operation):
        return tuple(map(len, batches(case)))
    return (1,) * int(_argument(case, "steps"))


def _argument(case: Case, name: str) -> Any:
    return case.arguments[arguments_of(case.operation).index(name)]


def _parts(numbers: Number) -> tuple[Array, Array]:
    """Return value and error, or hi and lo."""
    if isinstance(numbers, Pair):
        return numbers.hi, numbers.lo
    return numbers.value, numbers.error


def _rows(numbers: Number, chosen: NDArray[np.intp], given: _Given) -> Number:
    first, second = _parts(numbers)
    return given.joined(first[chosen], second[chosen])


def _stacked(rows: list[Number], given: _Given) -> Number:
    """Return several numbers as the rows of one."""
    first, second = zip(*map(_parts, rows), strict=True) if rows else ((), ())
    return given.joined(table(first), table(second))
