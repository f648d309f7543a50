"""The lines that a search shows make the case that failed, where they are pasted."""

import dataclasses
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.judge import judge
from nnspec.conformance.pages.layouts import rearranged
from nnspec.conformance.run import plan
from nnspec.conformance.search import domains, paste
from nnspec.conformance.terms.callbacks import Callback
from nnspec.conformance.terms.operations import OPERATIONS, page_of
from nnspec.spec import clauses
from tests.search.hidden import HIDDEN, found_in_hiding
from tests.search.pasted import pasted, yielded
from tests.search.searches import SEARCHED, adapter, drawn


def said(value: Any) -> Any:
    """Return an argument as what can be compared."""
    if isinstance(value, Callback):
        script = list(value.script) or [value.answer(0, None, index) for index in range(1)]
        return said(script), value.shapes
    if isinstance(value, (list, tuple)):
        return [said(each) for each in value]
    return (
        (value.dtype.name, value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value
    )


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("operation", SEARCHED)
def test_lines_make_the_case_again(operation: str) -> None:
    for dtype in ("float64", "float32", "bfloat16") if OPERATIONS[operation].has_dtype else ("",):
        for case in drawn(operation, dtype or "float64", 3, seed=1):
            lines = paste.lines(case, dtype or None)
            again = pasted(lines, operation, dtype)
            assert (said(again.arguments), dict(again.parameters)) == (
                said(case.arguments),
                dict(case.parameters),
            )
            page = page_of(operation)
            assert list(yielded(lines, page, "another", dtype)) == []
            if f"{page}/layouts" in clauses():
                places = list(
                    yielded(
                        paste.lines(case, dtype or None, rearranged=True), page, operation, dtype
                    )
                )
                assert [each.name for each in places] == [each.name for each in rearranged(case)]


@pytest.mark.proof
@pytest.mark.no_cover
@pytest.mark.parametrize("operation", HIDDEN)
def test_pasted_lines_fail_alike(operation: str) -> None:
    source, finding = adapter(**{operation: HIDDEN[operation][0]}), found_in_hiding(operation)
    planned = plan.plan(source.description, only=[f"{operation}/accuracy"])[0]
    again = judge.judge(dataclasses.replace(planned, case=pasted(finding.lines, operation)), source)
    assert (again.outcome, again.details) == (finding.result.outcome, finding.result.details)


@pytest.mark.parametrize("operation", SEARCHED)
def test_the_place_for_the_lines_exists(operation: str) -> None:
    for name in domains.searched(operation):
        function, _, file = paste.where_to_paste(clauses()[name]).partition("() in ")
        module = import_module(f"nnspec.{file.removesuffix('.py').replace('/', '.')}")
        assert callable(getattr(module, function))


def test_a_literal_is_the_shortest() -> None:
    assert paste.literal(float(np.float32(0.1)), "float32") == "0.1"
    assert paste.literal(float(np.float32(0.1)), "float64") == "0.10000000149011612"
    assert paste.literal(-3.0, "float16") == "-3.0"
