"""The answers that are not the truth rounded to the format; they are usually few.

Only these can lie outside the bound of a clause.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.judge.errors import same
from nnspec.conformance.run.report import finite
from nnspec.conformance.search.findings import EDGES, Findings
from nnspec.conformance.terms.formats import Format


@dataclass(frozen=True, eq=False)
class Remainder:
    """The answers of a piece that are not the correctly rounded truth, by their places.

    The fields `all_…` hold the whole piece.
    """

    format: Format
    first: int
    all_x: NDArray[Any]
    all_answers: NDArray[Any]
    all_truths: NDArray[np.float64]
    all_rounded: NDArray[Any]
    places: NDArray[np.intp]

    @cached_property
    def answer(self) -> NDArray[np.float64]:
        """The answers, in float64."""
        return self.all_answers.take(self.places).astype(np.float64)

    @cached_property
    def truth(self) -> NDArray[np.float64]:
        """The answers of the reference."""
        return self.all_truths.take(self.places)

    @cached_property
    def x(self) -> NDArray[Any]:
        """The inputs."""
        return self.all_x[self.places]

    @cached_property
    def ulps(self) -> NDArray[np.float64]:
        """The errors in ulp of the truth; inf if answer and truth differ in kind."""
        errors = self.answer - self.truth
        np.abs(errors, out=errors)
        errors /= self.format.ulp(self.truth)
        if np.isnan(errors.max(initial=0.0)):
            errors[np.isnan(errors)] = np.inf
            errors[same(self.answer, self.truth)] = 0.0
        return errors

    @cached_property
    def worst(self) -> float:
        """The largest error in ulp."""
        return float(self.ulps.max(initial=0.0))

    def counts(self) -> list[int]:
        """Return the number of errors in each bin, up to the last bin that is not empty."""
        last = int(np.searchsorted(EDGES, self.worst))
        cumulated = [int(np.count_nonzero(self.ulps <= edge)) for edge in EDGES[:last]] + [
            self.ulps.size
        ]
        return [more - less for less, more in zip([0, *cumulated], cumulated, strict=False)]

    def part(self, mask: NDArray[np.bool_]) -> "Remainder":
        """Return the answers that a mask selects."""
        return replace(self, places=self.places[mask])

    def example(self, place: int) -> Findings:
        """Return one answer as a report shows it."""
        shown = finite(
            {
                "ulp": float(self.ulps[place]),
                "pattern": self.first + int(self.places[place]),
                "input": float(self.x[place]),
                "answer": float(self.answer[place]),
                "truth": float(self.truth[place]),
            }
        )
        assert isinstance(shown, dict)  # noqa: S101  `finite` keeps a dict a dict
        return shown
