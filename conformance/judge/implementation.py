"""An adapter as the checks see it: the operations as attributes, for one dtype.

`implementation.softmax(x, axis=0)` answers an array of the dtype under test, or the case ends.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference
from nnspec.conformance.sources.description import Source
from nnspec.conformance.sources.recording import Recording
from nnspec.conformance.sources.replay import Replay
from nnspec.conformance.sources.thinned import Kept
from nnspec.conformance.terms.callbacks import Asking, Callback, Live
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import FORMATS, name_of
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import OPERATIONS, arguments_of, taken_by
from nnspec.conformance.terms.outcomes import Malformed


class Implementation:
    """The operations of a source for one dtype as attributes.

    The dtype of every answer is checked before the answer is passed on.
    """

    def __init__(self, source: Source, dtype: str | None) -> None:
        self._source = source
        self.dtype = dtype
        self.format = FORMATS[dtype or "float64"]
        self.accumulates_in = source.description.accumulator(self.format.name)
        self.multiplies_in = source.description.multiplier(self.format.name)
        self.asked: list[Asking] = []

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """Return the operation of that name as a callable."""
        if operation not in reference.__all__:
            raise AttributeError(operation)
        return lambda *arguments, **parameters: self.call(operation, arguments, parameters)

    @property
    def known(self) -> NDArray[np.bool_] | None:
        """Which numbers of the last answer are recorded, None where all are known."""
        return self._source.partly() if isinstance(self._source, Replay) else None

    @property
    def recorded(self) -> bool:
        """Whether somebody writes the answers down."""
        return isinstance(self._source, Recording)

    def keep(self, kept: Kept) -> None:
        """Say which numbers of the last answer decide, if somebody writes the answers down."""
        if isinstance(self._source, Recording):
            self._source.thin(kept)

    def decides(self, answer: Any, count: int) -> None:
        """Say that the first so many numbers of the last answer decide, and that it is right."""
        if isinstance(self._source, Replay):
            self._source.partly()
        size = sum(array.size for array in leaves(answer))
        self.keep(Kept(np.arange(count), size, wrong=False))

    def call(self, operation: str, arguments: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the answer of an operation, and keep in `asked` what its callbacks were asked.

        Raises Malformed if the answer does not have the dtype of the arguments.
        """
        given = self._given(operation, arguments)
        return self._looked_at(operation, self._source.call(operation, given, parameters))

    def again(self, case: Case, *, times: int = 0, calls: int = 0) -> list[Any]:
        """Return the different answers of a case that is asked so often, the first one first.

        Raises Malformed if an answer does not have the dtype of the arguments.
        """
        call = case.operation, self._given(case.operation, case.arguments), case.parameters
        answers = self._source.again(call, times=max(times, 1), calls=calls)
        return [self._looked_at(case.operation, each) for each in answers]

    def _given(self, operation: str, arguments: Sequence[Any]) -> list[Any]:
        """Return the arguments of a call; callbacks among them note in `asked` what is asked."""
        self.asked = []
        names = arguments_of(operation)
        return [
            Live(
                argument,
                names[place],
                self.format.name,
                self.asked,
                taken_by(operation, names[place]),
            )
            if isinstance(argument, Callback)
            else argument
            for place, argument in enumerate(arguments)
        ]

    def _looked_at(self, operation: str, answer: Any) -> Any:
        """Return an answer; raises Malformed if it does not have the dtype that is needed."""
        needed = "int64" if OPERATIONS[operation].answers_indices else self.dtype
        for array in leaves(answer):
            if name_of(array.dtype) != needed:
                wanted = (
                    f"its arguments are {needed}"
                    if needed == self.dtype
                    else f"{needed} was needed"
                )
                message = f"{operation} answered in {array.dtype.name}; {wanted}"
                raise Malformed(message)
        return answer
