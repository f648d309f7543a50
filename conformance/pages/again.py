"""Calls that are asked again, of every operation: a few times, and until there were a thousand.

Each is the call of the page's set `twice`, with one step where an operation takes steps.
"""

from collections.abc import Iterator
from dataclasses import replace

from nnspec.conformance.pages.layouts import SETS
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import arguments_of, page_of

# A few repetitions. They show a first answer, and every second one, that is unlike the others.
FEW = 8

# Of so many answers, one that is given once in fifty calls is missed once in a thousand runs:
# (49/50)^350 is below 0.001.
AT_RANDOM = 350

# An implementation may wear out after so many calls of an operation, and is found out.
MANY = 1024


def again(operation: str, dtype: str) -> Iterator[Case]:
    """A small call, asked eight times; in the last format until there were 1,024 calls."""
    first = next(SETS[page_of(operation)]["twice"](operation, dtype))
    arguments = tuple(
        1 if name == "steps" else argument
        for name, argument in zip(arguments_of(operation), first.arguments, strict=True)
    )
    return repeated(replace(first, arguments=arguments))


def repeated(case: Case) -> Iterator[Case]:
    """Yield a case that is asked again a few times, and until there were many calls."""
    yield replace(case, name="again", times=FEW)
    yield replace(case, name="many", times=AT_RANDOM, calls=MANY)
