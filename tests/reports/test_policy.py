"""A policy engine reads the in-toto statement: the policy of certificate.md, run by an interpreter
of Rego."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec import spec
from nnspec.conformance.reports import intoto
from nnspec.conformance.run import plan
from nnspec.conformance.run import run as running
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.mistakes import rounded

regopy = pytest.importorskip("regopy")

PAGE = Path(__file__).parents[2] / "conformance/run/certificate.md"
DIGEST, OTHER = "a" * 64, "b" * 64
EXPECTED = {
    "accepted": ["PASSED"],
    "subject": DIGEST,
    "specification": spec.digest(),
    "clauses": ["relu/accuracy", "relu/nan"],
}


def statement(*only: str, **operations: Any) -> dict[str, Any]:
    adapter = SimpleNamespace(name="it", version="1", dtypes=("float32",), **operations)
    source = InProcess(adapter)
    record = running.run(plan.plan(source.description, only=only), source)
    record.header["adapter"]["digest"] = DIGEST
    return json.loads(intoto.text(record))


def denied(statement: dict[str, Any], **expected: Any) -> list[str]:
    """Return why the policy does not let a statement in."""
    (policy,) = re.findall(r"```rego\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    engine = regopy.Interpreter()
    engine.add_module("nnspec.rego", policy)
    engine.add_data({**EXPECTED, **expected})
    engine.set_input(statement)
    return sorted(engine.query("data.nnspec.deny").results[0].expressions[0])


def test_a_library_that_conforms_is_let_in() -> None:
    assert denied(statement("relu/accuracy", "relu/nan", relu=rounded("relu"))) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"subject": OTHER}, "it is about another file"),
        ({"specification": OTHER}, "it was judged by another specification"),
        ({"clauses": ["softmax/accuracy"]}, "softmax/accuracy is not passed"),
        ({"accepted": []}, "the result is PASSED"),
    ],
)
def test_a_statement_that_says_less_than_was_expected_is_denied(
    changed: dict[str, Any], said: str
) -> None:
    passing = statement("relu/accuracy", "relu/nan", relu=rounded("relu"))
    assert denied(passing, **changed) == [said]


def test_a_library_that_fails_a_clause_is_denied() -> None:
    leaking = statement("relu/accuracy", relu=lambda x: np.where(x < 0, x / 8, x))
    assert denied(leaking, clauses=["relu/accuracy"]) == [
        "relu/accuracy is not passed",
        "the result is FAILED",
    ]


def test_a_part_is_denied_unless_warnings_are_accepted() -> None:
    asked = statement("relu/accuracy", relu=rounded("relu"))
    assert "relu/nan is not passed" in denied(asked)
    assert denied(asked, clauses=["relu/accuracy"], accepted=["PASSED", "WARNED"]) == []


def test_another_kind_of_statement_is_denied() -> None:
    other = statement("relu/accuracy", "relu/nan", relu=rounded("relu"))
    other["predicateType"] = "https://slsa.dev/provenance/v1"
    assert denied(other) == ["it is no test result"]
