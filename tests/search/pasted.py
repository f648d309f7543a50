"""Runs lines that a report shows for pasting, as they would run in a set of inputs of their
operation's page."""

import textwrap
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.operations import page_of


def yielded(lines: str, page: str, operation: str, dtype: str) -> Iterator[Case]:
    """Return the cases that the lines yield for an operation and a dtype in the inputs of a page.

    The lines know the names of every module of the page's inputs: an import is all they may need.
    """
    inputs = import_module(f"nnspec.conformance.pages.{page}.inputs")
    modules = [
        value
        for value in vars(inputs).values()
        if isinstance(value, ModuleType) and value.__name__.startswith(f"{inputs.__name__}.")
    ]
    names = {name: value for module in (*modules, inputs) for name, value in vars(module).items()}
    exec(f"def pasted(operation, dtype):\n{textwrap.indent(lines, '    ')}\n", names)  # noqa: S102  what a reader is told to paste
    found: Iterator[Case] = names["pasted"](operation, dtype)
    return found


def pasted(lines: str, operation: str, dtype: str = "float32") -> Case:
    """Return the case that lines yield where they are pasted into a set of inputs of the
    operation's page."""
    return next(yielded(lines, page_of(operation), operation, dtype))
