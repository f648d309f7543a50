"""Whatever stands in a report or among recorded answers, a command ends with a status of its own.

It is 0 or 1 where the file can be judged, 2 where it is refused in words.
"""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnspec.conformance.adapters import loopback
from nnspec.conformance.run import plan
from nnspec.conformance.sources.recorded import FILE
from tests.command.certificates import adapter, in_process, overflows
from tests.fuzzing.strategies import budget, changed, cut, lines_edited, written
from tests.fuzzing.tally import status_of, tallied

LINES = {
    "meta": {"format": 3},
    "files": {
        name: {
            "summary": {
                "covered_lines": 3,
                "num_statements": 4,
                "covered_branches": 1,
                "num_branches": 2,
            }
        }
        for name in ("one.py", "two.py")
    },
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate with cases that conform and break, and with a callback."""
    folder = tmp_path_factory.mktemp("small")
    it = adapter(softmax=overflows, gradient_descent=loopback.gradient_descent)
    in_process(folder, it, "softmax/range", "gradient_descent/accuracy")
    return folder


def edited(whole: Any) -> st.SearchStrategy[bytes]:
    """Return a file of JSON of which parts are changed, or some bytes."""
    return st.one_of(changed(whole).map(written), changed(whole).map(written), cut(written(whole)))


@st.composite
def answers_edited(draw: st.DrawFn, lines: list[Any]) -> bytes:
    """Return recorded answers of which one line is changed, missing or in another place."""
    packed = gzip.compress(draw(lines_edited(lines, lambda place: [0, place])), 1)
    return draw(cut(packed)) if draw(st.integers(0, 9)) == 0 else packed


def fuzzed(
    title: str, examples: int, strategy: st.SearchStrategy[bytes], attempt: Callable[[bytes], str]
) -> None:
    """Try so many examples, and see that some of them do not end with status 0."""
    with tallied(title) as tally:

        @budget(examples)
        @given(strategy)
        def tried(data: bytes) -> None:
            tally.of(lambda: attempt(data))

        tried()
    assert tally.ended.keys() - {"with status 0"}


def test_verify_ends_with_a_status_whatever_a_report_holds(small: Path) -> None:
    file = small / "report.json"
    before = file.read_bytes()

    def attempt(data: bytes) -> str:
        file.write_bytes(data)
        return status_of(["verify", str(small)])

    try:
        fuzzed("verify, report", 60, edited(json.loads(before)), attempt)
    finally:
        file.write_bytes(before)


def test_verify_ends_with_a_status_whatever_the_answers_hold(small: Path) -> None:
    file = small / FILE
    before = file.read_bytes()
    lines = [json.loads(line) for line in gzip.decompress(before).splitlines()]

    def attempt(data: bytes) -> str:
        file.write_bytes(data)
        return status_of(["verify", str(small)])

    try:
        fuzzed("verify, answers", 60, answers_edited(lines), attempt)
    finally:
        file.write_bytes(before)


def test_compare_ends_with_a_status_whatever_a_report_holds(small: Path, tmp_path: Path) -> None:
    whole = json.loads((small / "report.json").read_bytes())

    def attempt(data: bytes) -> str:
        (tmp_path / "it.json").write_bytes(data)
        return status_of(["compare", str(tmp_path / "it.json"), str(small)])

    fuzzed("compare", 100, edited(whole), attempt)


def test_coverage_ends_with_a_status_whatever_a_report_holds(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = json.loads((small / "report.json").read_bytes())
    # Of the specification, the operations of the report alone: the plan is made for every example.
    monkeypatch.setattr(plan, "EVERYTHING", in_short())

    def attempt(data: bytes) -> str:
        (tmp_path / "it.json").write_bytes(data)
        return status_of(["coverage", str(tmp_path / "it.json")])

    fuzzed("coverage", 60, edited(whole), attempt)


def test_coverage_ends_with_a_status_whatever_a_report_of_lines_holds(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "EVERYTHING", in_short())

    def attempt(data: bytes) -> str:
        (tmp_path / "lines.json").write_bytes(data)
        return status_of(["coverage", str(small), "--lines", str(tmp_path / "lines.json")])

    fuzzed("coverage, lines", 60, edited(LINES), attempt)


def in_short() -> Any:
    """Return an adapter with a few operations in one format."""
    return replace(plan.EVERYTHING, operations=("step",), dtypes=("float32",))
