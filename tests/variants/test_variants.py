"""The page on variants shows what the files in spec/measured hold, and these have their form."""

import json
import re
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from nnspec import reference, spec
from nnspec.conformance.run import report
from nnspec.conformance.terms.operations import page_of
from nnspec.spec import clauses
from tests.variants import defaults, measured, page
from tests.variants.families import FAMILIES
from tests.variants.offers import OFFERS

FILES = measured.stored()
SCHEMA = json.loads((measured.FOLDER / "measured.schema.json").read_text(encoding="utf-8"))


def test_the_page_shows_every_table_of_the_files() -> None:
    again = "python -m tests.variants.page --write"
    assert page.shown() == page.tables(), again


def test_every_file_is_that_of_a_library() -> None:
    assert {each.stem for each in measured.FOLDER.glob("*.json")} == {*FILES, "measured.schema"}


@pytest.mark.parametrize("library", FILES)
def test_a_file_has_the_form_of_the_schema(library: str) -> None:
    file = FILES[library]
    jsonschema.validate(file, SCHEMA)
    assert file["library"] == library
    date.fromisoformat(file["measured"])
    assert {*file["offers"]} <= {*file["verdicts"]}, "a function is named that was not judged"


@pytest.mark.parametrize("library", FILES)
def test_a_file_names_operations_clauses_and_parameters_that_there_are(library: str) -> None:
    for operation, formats in FILES[library]["verdicts"].items():
        assert operation in reference.__all__
        for verdict in formats.values():
            assert {*verdict.get("must", ()), *verdict.get("should", ())} <= {*clauses()}
    known = {*re.findall(r"\w+", " ".join(map(repr, parameters())))}
    for offer in FILES[library]["offers"].values():
        assert {*offer["parameters"]} <= known | {"weight_decay"}


def parameters() -> list[str]:
    """Return the names of the parameters of every operation."""
    return [
        name
        for operation in reference.__all__
        for name in getattr(reference, operation).__annotations__
    ]


def test_the_defaults_of_scikit_learn_are_those_of_the_file() -> None:
    if find_spec("sklearn") is None:
        pytest.skip("scikit-learn is not installed")
    assert defaults.offered("sklearn") == FILES["sklearn"]["offers"]


def test_a_report_is_compared_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file = {"arithmetic": "here", "offers": {}, "verdicts": {"relu": {"float32": {}}}}
    monkeypatch.setattr(measured, "read", lambda _: file)
    monkeypatch.setattr(measured, "offered", lambda _: {})
    result: dict[str, Any] = {"operation": "relu", "dtype": "float32", "clause": "relu/accuracy"}
    result |= {"level": "MUST", "outcome": "conforms"}
    document: dict[str, Any] = {"header": {"machine": {"arithmetic": "here"}}, "results": [result]}
    assert measured.departures("torch", document) == []
    result["outcome"] = "breaks"
    assert len(measured.departures("torch", document)) == 1
    result["level"] = "SHOULD"
    assert len(measured.departures("torch", document)) == 1
    assert measured.departures("torch", document, sample=True) == []
    document["header"]["machine"]["arithmetic"] = "elsewhere"
    assert measured.departures("torch", document) == []
    result["outcome"] = "absent"
    assert measured.departures("torch", document) == []
    result |= {"outcome": "conforms", "operation": "tanh"}
    assert len(measured.departures("torch", document)) == 2
    result["operation"] = "relu"
    monkeypatch.setattr(measured, "offered", lambda _: {"relu": {"function": "f"}})
    assert len(measured.departures("torch", document)) == 1


def test_a_report_that_is_incomplete_or_timed_out_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    result = {"outcome": "conforms", "clause": "relu/accuracy"}
    document: dict[str, Any] = {"header": {"planned": 1}, "results": [result]}
    monkeypatch.setattr(report, "parsed", lambda _: document)
    assert measured.complete(tmp_path) is document
    result["outcome"] = "times out"
    with pytest.raises(ValueError, match="relu/accuracy timed out"):
        measured.complete(tmp_path)
    document["header"]["planned"] = 2
    with pytest.raises(ValueError, match="is incomplete"):
        measured.complete(tmp_path)


def test_a_family_holds_operations_of_one_page() -> None:
    for family in FAMILIES.values():
        assert len({page_of(operation) for operation in family.operations}) == 1
        assert all(len(words) == len(family.headings) for words in family.operations.values())


def test_every_offer_of_a_family_can_be_read() -> None:
    families = {operation for family in FAMILIES.values() for operation in family.operations}
    single = {"gradient_descent", "normal", "batch_norm_eval"}
    assert {operation for offers in OFFERS.values() for operation in offers} <= families | single


def test_every_operation_has_its_history_in_a_line() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    table = text.partition("## Where each formula comes from")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE)
    told = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert len(told) == len({*told})
    assert {*told} == {name for name in reference.__all__ if not name.endswith("_vjp")}


def test_the_first_step_of_the_uncorrected_form_is_as_long_as_the_page_says() -> None:
    given = {"learning_rate": 1.0, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    slope = [np.array([1e-6])]
    (reached,) = next(reference.adam_uncorrected(lambda _: slope, [np.zeros(1)], 1, **given))
    text = (spec.FOLDER / "variants.md").read_text(encoding="utf-8")
    assert f"is {-reached.item():.3f} rates long" in text
