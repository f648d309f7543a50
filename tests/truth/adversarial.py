"""Inputs made to find the worst error of a function: bit patterns and exact arithmetic, so that
every machine sees the same ones."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from nnspec.conformance.terms.operations import page_of


def inputs(operation: str) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield the arguments and parameters of the calls that an operation is measured with."""
    yield from import_module(f"tests.pages.{page_of(operation)}.adversarial").inputs(operation)
