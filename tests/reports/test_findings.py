"""A fault is told once: its diagnosis first, its smallest case, and in a line what follows."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.programs.behaviors import behaviors
from nnspec.conformance.programs.evaluation import implementation
from nnspec.conformance.reports import failures, html, junit, markdown
from nnspec.conformance.reports.findings import findings, formula, segments, share, weight
from nnspec.conformance.run import plan
from nnspec.conformance.run import run as running
from nnspec.conformance.run.record import Record
from nnspec.conformance.sources.in_process import InProcess

ADAM = ("adam/accuracy", "adaptive/form", "adaptive/empty", "adaptive/trajectory")


def run(*only: str, dtypes: tuple[str, ...] = ("float64",), **operations: Any) -> Record:
    it = SimpleNamespace(**{"name": "it", "version": "1", "dtypes": dtypes, **operations})
    source = InProcess(it)
    return running.run(plan.plan(source.description, only=only), source)


def edited(operation: str, name: str) -> Callable[..., Any]:
    different = behaviors(operation).different
    return implementation(next(each.edit.program for each in different if each.edit.name == name))


def of_failed(record: Record) -> list[Any]:
    return findings([each for each in record.results if each.failed], record.diagnoses)


def text(record: Record) -> str:
    return failures.text([each for each in record.results if each.failed], record.diagnoses)


@pytest.fixture(scope="module")
def magnitude() -> Record:
    return run(*ADAM, adam=edited("adam", "adam: g² → |g|"))


def test_the_diagnosis_the_edit_and_the_share_are_the_first_three_lines(magnitude: Record) -> None:
    lines = text(magnitude).splitlines()
    failed = sum(each.failed for each in magnitude.results)
    assert lines[0] == "✗ adam  behaves as if: adam: g² → |g|"
    assert lines[1].strip() == "with v ← β₂·v + (1 − β₂)·|g| instead of g²"
    assert lines[2].strip() == f"({failed} of {failed} failing cases, in float64)"
    assert lines[3] == "  fix: v ← β₂·v + (1 − β₂)·g²"
    assert lines[4].startswith("  MUST adam/accuracy  A step is not ")
    assert lines[-1].startswith("  also breaks adaptive/form, adaptive/trajectory … (3 clauses, ")
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 15


def test_the_edited_parts_of_the_sentence_are_marked(magnitude: Record) -> None:
    (diagnosis,) = magnitude.diagnoses
    assert [each.text for each in segments(diagnosis) if each.marked] == ["|g|", "g²"]
    assert [line for line, changed in formula(diagnosis) if changed] == ["v ← β₂·v + (1 − β₂)·g²"]
    page = html.text(magnitude)
    assert "(1 − β₂)·<mark>|g|</mark> instead of <mark>g²</mark>" in page
    assert "<mark>v ← β₂·v + (1 − β₂)·g²</mark>" in page
    assert page.count("✗ MUST</span> adam behaves as if: ") == 1


def test_the_first_example_is_the_smallest_and_holds_the_gradients(magnitude: Record) -> None:
    (finding,) = of_failed(magnitude)
    accuracy = [
        each for each in magnitude.results if each.failed and each.clause == "adam/accuracy"
    ]
    assert finding.smallest.size.bit_length() == min(each.size.bit_length() for each in accuracy)
    gradients = finding.smallest.details["input"]["gradient"]
    assert np.asarray(gradients, dtype=float).size > 0


def test_must_comes_before_should_and_accuracy_before_the_rest(magnitude: Record) -> None:
    failed = sorted((each for each in magnitude.results if each.failed), key=weight)
    assert failed[0].clause == "adam/accuracy"
    assert [each.level for each in failed] == sorted(each.level for each in failed)


def test_every_report_tells_it_once(magnitude: Record) -> None:
    assert markdown.text(magnitude).count("behaves as if: adam: g² → |g|") == 1
    told = junit.text(magnitude)
    assert told.count("with v ←") == 1
    tests = {(each.clause, each.dtype) for each in magnitude.results if each.failed}
    assert told.count("; see adam/accuracy[") == len(tests) - 1


def test_nothing_but_nan_is_told_as_nothing_but_nan() -> None:
    def adam(gradient: Any, params: Any, steps: int, **_: Any) -> list[Any]:
        given = [gradient(params) for _ in range(steps)]
        return [[np.full_like(each, np.nan) for each in params] for _ in given]

    record = run(*ADAM, adam=adam)
    (finding,) = of_failed(Record(record.header, record.results))
    assert finding.headline == "answers NaN from the first step on"
    lines = text(Record(record.header, record.results)).splitlines()
    assert lines[0] == "✗ adam  answers NaN from the first step on"
    assert not any("behaves as if" in line for line in lines)


def test_without_a_diagnosis_the_operation_is_told_once_with_a_case_of_accuracy(
    magnitude: Record,
) -> None:
    undiagnosed = Record(magnitude.header, magnitude.results)
    (finding,) = of_failed(undiagnosed)
    assert finding.smallest.clause == "adam/accuracy"
    assert len(finding.results) == sum(each.failed for each in magnitude.results)
    lines = text(undiagnosed).splitlines()
    assert lines[0].startswith("✗ MUST adam/accuracy  A step is not ")
    assert sum("also" in line for line in lines) == 1


def test_a_failure_that_the_diagnosis_leaves_out_is_told_beside_it(magnitude: Record) -> None:
    (diagnosis,) = magnitude.diagnoses
    results = [
        SimpleNamespace(**{**vars(each), "diagnosis": ()}, answered=True)
        if each.clause == "adaptive/empty"
        else each
        for each in magnitude.results
        if each.failed
    ]
    (told,) = findings(results, [diagnosis])
    assert told.smallest.clause == "adam/accuracy"
    assert [group[0].clause for group in told.beside] == ["adaptive/empty"]


def test_the_share_names_the_dtypes(magnitude: Record) -> None:
    (diagnosis,) = magnitude.diagnoses
    wide = SimpleNamespace(dtypes=("float64", "float32", "float16"), share="3 of 4 failing cases")
    assert share(diagnosis).endswith(" failing cases, in float64")
    assert share(wide) == "3 of 4 failing cases, in float64, float32 and float16"
