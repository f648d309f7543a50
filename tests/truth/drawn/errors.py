"""Judges the reference on the second set: the worst error of each function, its share of the bound
that the docstring states, and every exception."""

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from typing import Any

import numpy as np

from nnspec.conformance.bounds.truth import true_answer
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.nested import flat
from nnspec.conformance.terms.operations import page_of
from tests.truth.measure import Worst, judged
from tests.truth.oracle import truth

Call = tuple[list[Any], dict[str, Any]]

# So many answers of a function are a sample, and the whole.
SAMPLE, WHOLE = 500, 10_000

# Pages whose operations are called alike.
_MODULES = {"adaptive": "methods", "descent": "methods", "sampling": "methods"}


@dataclass(frozen=True)
class Seen:
    """What was seen of a function: the number of answers, the calls with the worst errors, and the
    exceptions with their messages."""

    operation: str
    answers: int
    ulp: Worst
    share: Worst
    raised: Counter[str]


def drawn(operation: str) -> Iterator[Call]:
    """Yield calls without end; each has a true answer, and no call may raise an exception."""
    page = page_of(operation)
    module = import_module(f"tests.truth.drawn.{_MODULES.get(page, page)}")
    for turn in count():
        yield from module.calls(operation, turn)


def seen(operation: str, answers: int) -> Seen:
    """Judge the first calls of an operation, until they hold so many answers."""
    found: list[Worst] = []
    raised: Counter[str] = Counter()
    total = 0
    for arguments, parameters in drawn(operation):
        if total >= answers:
            break
        try:
            with np.errstate(all="raise"), warnings.catch_warnings():
                warnings.simplefilter("error")
                answer = flat(true_answer(Case("", operation, tuple(arguments), parameters)))
        except Exception as error:  # noqa: BLE001  every exception is a finding
            raised[f"{type(error).__name__}: {error}"] += 1
            total += 1
            continue
        true = truth(operation, arguments, parameters)
        with np.errstate(all="ignore"):
            found.append(judged(operation, (arguments, parameters), true, answer))
        total += answer.size
    return Seen(
        operation,
        total,
        max(found, key=lambda each: each.ulp),
        max(found, key=lambda each: each.share),
        raised,
    )
