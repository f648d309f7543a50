"""Writes spec/vectors/<page>.json: `python -m tests.truth.write_vectors [page …]` has the oracle
answer stored inputs.

The inputs are integers and powers of two, most of them numbers of float16 and bfloat16 too, and
they are stored: who reads the file
computes nothing but their own answers.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec import reference, spec
from nnspec.conformance.pages.vectors import stored as restored
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.operations import arguments_of, page_of, parameters_of
from tests.truth.oracle import truths

Vector = dict[str, Any]


def path(page: str) -> Path:
    """Return the file of a page."""
    return spec.FOLDER / "vectors" / f"{page}.json"


def pages() -> tuple[str, ...]:
    """Return the pages with operations whose truth is a number."""
    return tuple(
        dict.fromkeys(
            page_of(operation)
            for operation in reference.__all__
            if "seed" not in parameters_of(operation)
        )
    )


def vectors(page: str) -> Iterator[Vector]:
    """Yield every vector of a page with its truth, operation by operation."""
    chosen = import_module(f"tests.pages.{page}.stored")
    for operation in reference.__all__:
        if page_of(operation) == page and "seed" not in parameters_of(operation):
            for name, arguments, parameters in chosen.vectors(operation):
                yield vector(operation, name, arguments, parameters)


def vector(
    operation: str, name: str, arguments: Sequence[Any], parameters: dict[str, Any]
) -> Vector:
    """Return one vector: a call and its true answer, numbers as hexadecimal text."""
    hi, lo = truths(operation, arguments, parameters)
    return {
        "operation": operation,
        "name": name,
        "parameters": parameters,
        "arguments": {
            key: _written(value)
            for key, value in zip(arguments_of(operation), arguments, strict=True)
        },
        "truth": _pair(hi, lo),
    }


def again(stored: Vector) -> Vector:
    """Return a stored vector with its truth computed anew from the inputs that it stores."""
    return vector(
        stored["operation"],
        stored["name"],
        [restored(value) for value in stored["arguments"].values()],
        read(stored["parameters"]),
    )


def read(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return stored parameters with tuples where JSON has lists."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in parameters.items()
    }


def text(page: str, found: Sequence[Vector]) -> str:
    """Return the file's text, one vector a line, ordered by operation."""
    ordered = sorted(found, key=lambda each: str(each["operation"]))
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in ordered)
    head = f'"edition":{json.dumps(spec.EDITION)},"page":{json.dumps(page)}'
    return f'{{{head},"vectors":[\n{lines}\n]}}\n'


def _written(value: Any) -> Any:
    if isinstance(value, Callback):
        return {"answers": _written(list(value.script))}
    if isinstance(value, np.ndarray):
        integers = {"dtype": "int64", "shape": list(value.shape), "data": value.ravel().tolist()}
        return (
            integers
            if value.dtype.kind == "i"
            else {"shape": list(value.shape), "data": _hexadecimal(value)}
        )
    return [_written(item) for item in value] if isinstance(value, (list, tuple)) else value


def _pair(hi: Any, lo: Any) -> Any:
    if isinstance(hi, list):
        return [_pair(*each) for each in zip(hi, lo, strict=True)]
    return {"shape": list(hi.shape), "hi": _hexadecimal(hi), "lo": _hexadecimal(lo)}


def _hexadecimal(array: NDArray[np.float64]) -> list[str]:
    return [value.hex() for value in array.astype(np.float64).ravel().tolist()]


if __name__ == "__main__":
    for page in sys.argv[1:] or pages():
        path(page).write_text(text(page, list(vectors(page))), encoding="utf-8", newline="\n")
