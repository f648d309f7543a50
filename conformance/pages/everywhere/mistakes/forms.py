"""Mistakes of form: answers of another dtype or with other axes, and arrays without elements."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.conformance.terms.mistakes import Operation, spoiling
from nnspec.conformance.terms.nested import mapped

Array = NDArray[Any]


@spoiling(properties=("form",), dtypes=("float32", "float16", "bfloat16"))
def answers_in_float64(operation: Operation) -> Operation:
    """Answers in float64, whatever dtype is asked for."""
    return lambda *arguments, **parameters: mapped(
        lambda array: array.astype(np.float64), operation(*arguments, **parameters)
    )


@spoiling(
    properties=("form",),
    but={
        "adaptive": "lists of arrays have no axes of their own: takes_one_step_less",
        "descent": "lists of arrays have no axes of their own: takes_one_step_less",
        "clipping": "flattens_its_answers is this mistake for a list",
        "information": "keeps_the_axis changes the number of axes",
        "losses": "averages_over_the_first_axis changes the number of axes",
        "preprocessing": "drops_axes_of_length_one changes the number of axes",
    },
)
def flattens_its_answer(operation: Operation) -> Operation:
    """Answers with one axis where there are several, and with two where there is one."""

    def flattened(array: Array) -> Array:
        return array.reshape(-1) if array.ndim > 1 else array.reshape(1, -1)

    def answer(*arguments: Any, **parameters: Any) -> Any:
        found = operation(*arguments, **parameters)
        # Of several arrays the first is of the argument's shape; the others may be vectors already.
        return [flattened(found[0]), *found[1:]] if isinstance(found, list) else flattened(found)

    return answer


@spoiling(
    properties=("empty",),
    but={
        "adaptive": "an array is one of a list: drops_arrays_without_elements",
        "descent": "an array is one of a list: drops_arrays_without_elements",
        "clipping": "an array is one of a list: leaves_empty_arrays_out",
        "information": "divides_by_the_number_of_classes looks at the first element",
        "losses": "looks_at_the_first_sample is this mistake",
        "initializers": "the argument is a shape: refuses_empty_shapes",
        "minibatches": "the argument is a count: refuses_no_samples",
    },
)
def indexes_the_first_element(operation: Operation) -> Operation:
    """Looks at the first element along an axis, which an empty array or a scalar does not have."""

    def answer(first: Array, *others: Any, **parameters: Any) -> Any:
        float(first[(0,) * max(first.ndim, 1)])
        return operation(first, *others, **parameters)

    return answer


@spoiling(
    properties=("empty",),
    but={
        "activations": "one array is answered: indexes_the_first_element",
        "networks": "some arrays always have elements: indexes_the_first_element",
        "information": "one array is answered: divides_by_the_number_of_classes",
        "losses": "one array is answered: looks_at_the_first_sample",
        "initializers": "refuses_empty_shapes answers one number for none",
        "minibatches": "every batch has elements: refuses_no_samples",
    },
)
def gives_every_array_a_dimension(operation: Operation) -> Operation:
    """Answers a vector for an array without dimensions, and one 0 for one without elements."""

    def filled(array: Array) -> Array:
        return np.atleast_1d(array) if array.size else np.zeros(1, dtype=array.dtype)

    return lambda *arguments, **parameters: mapped(filled, operation(*arguments, **parameters))
