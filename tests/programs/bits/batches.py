"""A batch of calls of an operation in balls, and what a program answers to all of them at once."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from nnspec.conformance.bounds.steps import POINT
from nnspec.conformance.programs.evaluation import LISTED
from nnspec.conformance.programs.program import (
    BEFORE,
    GRADIENT,
    THETA,
    Line,
    Program,
    states,
)
from nnspec.conformance.programs.walking import HESSIAN
from nnspec.conformance.programs.words import AXES
from nnspec.conformance.terms.operations import arguments_of
from tests.programs.bits.values import Values, Words
from tests.programs.bits.words import ball, vocabulary
from tests.truth.balls import Balls


@dataclass(frozen=True, eq=False)
class Steps:
    """A walk of all calls: rates by step, and a gradient that is linear in the parameters.

    `slopes` and `shifts` have a row for each sample, or none. Each step asks for some samples.
    The Hessian at theta is `hessian`, with the squares of theta added on its diagonal.
    """

    params: Balls
    rates: Balls
    slopes: Balls
    shifts: Balls
    hessian: Balls | None = None
    samples: tuple[tuple[int, ...], ...] = ()

    def gradient(self, point: Balls, step: int) -> Balls:
        """Return the gradient at a point, or those of a batch's samples."""
        if not self.samples:
            return self.slopes * point + self.shifts
        chosen = list(self.samples[step])
        return self.slopes[chosen] * point + self.shifts[chosen]

    def hessian_at(self, point: Balls) -> Balls:
        """Return the Hessian at a point."""
        assert self.hessian is not None
        squares = point * point
        return self.hessian + np.stack(
            [np.stack([squares[0], 0 * squares[0]]), np.stack([0 * squares[1], squares[1]])]
        )


@dataclass(frozen=True, eq=False)
class Batch:
    """Many calls of one shape: what names stand for, and the axes that sums run along."""

    operation: str
    names: Mapping[str, Balls]
    axes: tuple[int, ...] | None = None
    dimensions: int = 2
    each: tuple[Balls, ...] = ()
    steps: Steps | None = None
    values: Values = field(default_factory=Values)

    @cached_property
    def words(self) -> Words:
        """The words where sums run along the operation's axes."""
        return vocabulary(self.axes, self.dimensions)

    def answers(self, program: Program) -> list[int]:
        """Return the numbers of the answers to all calls, as `values` counts them.

        Raises LookupError, TypeError or ValueError if the program has no answer here.
        """
        names = {
            name: self.values.given(name, lambda array=array: array)
            for name, array in self.names.items()
        }
        if self.steps is not None:
            return list(self._walked(program, names, self.steps))
        if not self.each:
            return self._answers(program, names)
        return [
            self._answers(
                program, {**names, GRADIENT: self.values.given((LISTED, k), lambda a=a: a)}
            )[0]
            for k, a in enumerate(self.each)
        ]

    def _answers(self, program: Program, names: dict[str, int]) -> list[int]:
        words = self.words
        if program.along:
            axes = AXES[program.along]
            words = vocabulary(axes, self.dimensions)
            first = self.each[0] if self.each else self.names[arguments_of(self.operation)[0]]
            shape = first.shape[:-1]
            held = range(len(shape)) if axes is None else [a for a in axes if a < len(shape)]
            count = float(math.prod(shape[axis] for axis in held))
            names["n"] = self.values.given(count, lambda: ball(count))
        self._follow(program.lines, names, words)
        return [names[answer] for answer in program.answers]

    def _follow(self, lines: Sequence[Line], names: dict[str, int], words: Words) -> None:
        for line in lines:
            names[line.name] = self.values.of(line.expression, names, words)

    def _walked(self, program: Program, names: dict[str, int], steps: Steps) -> Iterator[int]:
        given = self.values.given
        names[THETA] = given("start", lambda: steps.params)
        zero = given("zeros", lambda: 0 * steps.params)
        names |= dict.fromkeys(states(program), zero)
        names["start"] = names["previous"] = names[THETA]
        place = program.defined.index(POINT) + 1 if POINT in program.defined else 0
        for step in range(len(steps.rates)):
            names |= self._of_a_step(steps, step)
            earlier = names[THETA]
            self._follow(program.lines[:place], names, self.words)
            names |= self._asked(steps, step, names[POINT if place else THETA])
            self._follow(program.lines[place:], names, self.words)
            names[THETA] = self._shaped(names[THETA], steps.params)
            names[BEFORE] = names["previous"] = earlier
            yield names[program.answers[0]]

    def _shaped(self, number: int, like: Balls) -> int:
        """Return parameters without the axis of samples that a mean has kept."""
        found = self.values.arrays[number]
        if found.ndim <= like.ndim:
            return number
        shape = (*like.shape[:-1], found.shape[-1])
        return self.values.given(("shaped", number), lambda: found.reshape(shape))

    def _of_a_step(self, steps: Steps, step: int) -> dict[str, int]:
        last = len(steps.rates) - 1
        places = {
            "rate": step,
            "first_rate": 0,
            "previous_rate": max(step - 1, 0),
            "next_rate": min(step + 1, last),
        }
        rates = {
            name: self.values.given(("rate", k), lambda k=k: steps.rates[k])
            for name, k in places.items()
        }
        return {**rates, "t": self.values.given(step + 1.0, lambda: ball(step + 1))}

    def _asked(self, steps: Steps, step: int, point: int) -> dict[str, int]:
        given, at = self.values.given, self.values.arrays[point]
        batch = steps.samples[step] if steps.samples else ()
        count = len(batch) if batch else len(steps.params)
        found = {
            GRADIENT: given((GRADIENT, batch, point), lambda: steps.gradient(at, step)),
            "n": given(float(count), lambda: ball(count)),
        }
        if steps.samples:
            longest = max(map(len, steps.samples))
            found["longest"] = given(float(longest), lambda: ball(longest))
        if steps.hessian is not None:
            found[HESSIAN] = given((HESSIAN, point), lambda: steps.hessian_at(at))
        return found
