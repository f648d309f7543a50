"""Lines are run one after the other: each gives its name the value of its expression."""

from collections.abc import Iterable
from functools import lru_cache
from types import CodeType
from typing import Any

from nnspec.conformance.programs.program import Line
from nnspec.conformance.programs.tree import Node, source


class CannotRunError(Exception):
    """A program has no answer in a call: shapes do not fit, or a name has no value there."""


# Programs that differ by an edit share all lines but one.
@lru_cache(maxsize=2**15)
def code_of(expression: Node) -> CodeType:
    """Compile an expression."""
    return compile(source(expression), "<program>", "eval")


def followed(lines: Iterable[Line], names: dict[str, Any], words: dict[str, Any]) -> None:
    """Run lines: give their values to their names.

    Raises CannotRunError if one has no value.
    """
    try:
        for line in lines:
            code = code_of(line.expression)
            names[line.name] = eval(code, words, names)  # noqa: S307  a tree of ours
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        NameError,
        TypeError,
        ValueError,
    ) as error:
        message = f"{line}: {type(error).__name__}: {error}"
        raise CannotRunError(message) from None
