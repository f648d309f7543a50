"""An adapter as the checks see it: the operations as attributes, for one dtype.

`implementation.softmax(x, axis=0)` answers an array of the dtype under test, or the case ends.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnspec import reference
from nnspec.conformance.sources.description import Source
from nnspec.conformance.terms.callbacks import Asking, Callback, Live
from nnspec.conformance.terms.formats import FORMATS, name_of
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import OPERATIONS, arguments_of
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

    def call(self, operation: str, arguments: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Return the answer of an operation, and keep in `asked` what its callbacks were asked.

        Raises Malformed if the answer does not have the dtype of the arguments.
        """
        self.asked = []
        names = arguments_of(operation)
        given = [
            Live(argument, names[place], self.format.name, self.asked)
            if isinstance(argument, Callback)
            else argument
            for place, argument in enumerate(arguments)
        ]
        answer = self._source.call(operation, given, parameters)
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
