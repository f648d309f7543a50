"""Elements and arrays beside others whose gradients are of another size."""

from collections.abc import Iterator

import numpy as np

from nnspec.conformance.pages.descent.inputs.cases import along, banded, newtonian
from nnspec.conformance.pages.layouts import named
from nnspec.conformance.pages.steps.courses import Course
from nnspec.conformance.pages.steps.neighbors import far_apart
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case


@named
def neighbors(operation: str, dtype: str) -> Iterator[Case]:
    """Elements, and arrays of the list, beside others whose gradients are far away.

    Newton's method takes the first array of them.
    """
    for course in far_apart(dtype):
        if operation == "newton":
            yield _newton(course, dtype)
        else:
            yield along(operation, dtype, course)


def _newton(course: Course, dtype: str) -> Case:
    """Return the case of Newton's method on the first array of a course."""
    (start, *_), steps = course.params, course.steps
    gradients = [[step[0]] for step in course.gradient.script]
    hessians = [banded(np.size(start), step) for step in range(steps)]
    return newtonian(
        course.name,
        dtype,
        scripted(gradients, dtype, f"{steps} drawn gradients"),
        scripted(hessians, dtype, f"{steps} given Hessians"),
        start,
        steps,
        course.rate,
    )
