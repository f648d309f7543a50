"""Small classes for the tests: reports of adapters in this process, and hostile names."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np

from nnspec.conformance.reports import classes
from nnspec.conformance.reports.classes import Class, Entry
from nnspec.conformance.run import plan, report, run
from nnspec.conformance.run.libraries import Unjudged
from nnspec.conformance.run.marks import Rule
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded

Namespace = SimpleNamespace

# A name that a terminal, a page, a spreadsheet, Markdown and a log would take for a command.
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> | \x1b[31m](x) ::error::\u202e`*\n- x"


def certified(*only: str, dtype: str = "float64", **attributes: Any) -> dict[str, Any]:
    """Return the report of an adapter with these attributes, in one dtype."""
    source = InProcess(SimpleNamespace(**{"name": "it", **attributes}))
    chosen = {"dtypes": (dtype,), "only": only}
    planned = plan.plan(source.description, **chosen)
    return report.document(run.run(planned, source, selection=chosen))


def raising(x: Any) -> Any:
    message = "no such thing \x1b[31m <b>"
    raise ValueError(message)


@contextmanager
def _calm() -> Iterator[None]:
    with np.errstate(all="ignore"):
        yield


def small() -> Class:
    """Return a class of files: right, wrong in two ways, raising, unloaded, and with a bad name."""
    right = {name: rounded(name) for name in ("relu", "tanh")}
    made = {
        "right": right,
        "absolute": {**right, "relu": np.abs},
        "also absolute": {**right, "relu": np.abs},
        "negative": {**right, "tanh": np.negative},
        "raising": {**right, "tanh": raising},
        "incomplete": {"relu": right["relu"]},
        HOSTILE: {**right, "relu": np.abs},
    }
    with _calm():
        entries = [
            Entry(name, certified("relu", "tanh", **operations))
            for name, operations in made.items()
        ]
    entries.append(Entry(f"{HOSTILE}2", Unjudged(f"cannot be imported: {HOSTILE}")))
    return classes.class_of(entries, Rule({"tanh": 3.0}, 0.25), ["relu", "tanh"])
