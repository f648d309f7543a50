"""A drawn case that fails has a smaller one beside it, and the plan's own results stay."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from nnspec import reference
from nnspec.conformance.command.cli import main
from nnspec.conformance.command.verify import verify
from nnspec.conformance.pages import families
from nnspec.conformance.reports import html, markdown, shrunk
from nnspec.conformance.run import plan
from nnspec.conformance.run import report as report_json
from nnspec.conformance.run.record import Record, Smaller
from nnspec.conformance.run.run import run
from nnspec.conformance.search import smaller
from nnspec.conformance.sources.description import Source
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.terms.callbacks import live
from nnspec.conformance.terms.formats import NAMES
from nnspec.conformance.terms.mistakes import rounded
from nnspec.conformance.terms.nested import leaves
from nnspec.conformance.terms.operations import page_of
from nnspec.conformance.terms.outcomes import Died
from tests.run.runs import adapter
from tests.search.pasted import pasted

FRESH, SIZES = "activations/fresh", "activations/sizes"


def shrunk_by(source: Source, *only: str, seed: int = 0) -> Record:
    planned = plan.plan(source.description, only=only, seed=seed)
    return smaller.smaller(planned, source, run(planned, source), seed=seed)


def library(**operations: Any) -> InProcess:
    return InProcess(adapter(dtypes=("float32",), **operations))


def of_a_hole(x: Any) -> Any:
    y = np.maximum(x, 0)
    return np.where((x > 0.3) & (x < 0.45), y * np.float32(1.01), y)


def long_rows(most: int) -> Any:
    """Return a softmax that loses the last element of rows beyond a length."""

    def softmax(x: Any, *, axis: int) -> Any:
        y = rounded("softmax")(x, axis=axis).copy()
        if x.shape[axis] > most:
            np.moveaxis(y, axis, -1)[..., -1] = 0
        return y

    return softmax


def test_a_number_that_fails_is_found_among_thousands() -> None:
    record = shrunk_by(library(relu=of_a_hole), FRESH, seed=3)
    failed = [each for each in record.results if each.failed]
    (found,) = record.smaller
    assert found.shrunk in {each.id for each in failed}
    assert (found.seed, found.numbers, found.lengths, found.repeated) == (3, 1, {}, True)
    assert found.before > found.numbers
    assert found.judged <= smaller.LIMIT
    (x,) = pasted(found.lines, "relu").arguments
    assert x.tolist() == [np.float32(0.4)]
    assert found.result.details["truth"] == pytest.approx(0.4)
    assert found.result.rerun == failed[0].rerun


@pytest.mark.parametrize("most", [2, 300])
def test_the_length_is_found_at_which_answers_begin_to_be_wrong(most: int) -> None:
    record = shrunk_by(library(softmax=long_rows(most)), SIZES)
    (found,) = record.smaller
    assert found.lengths == {"classes": most + 1}
    assert found.seed is None
    assert found.numbers == most + 1
    assert found.judged <= smaller.LIMIT


def test_the_results_of_the_plan_stay_as_they_are() -> None:
    source = library(relu=of_a_hole)
    planned = plan.plan(source.description, only=[FRESH], seed=3)
    record = run(planned, source)
    after = smaller.smaller(planned, source, record, seed=3)
    assert dataclasses.replace(after, smaller=()) == record
    assert after.status == record.status == 1


def test_the_same_seed_finds_the_same() -> None:
    first, second = (
        shrunk_by(library(relu=of_a_hole, softmax=long_rows(40)), FRESH, SIZES, seed=3).smaller
        for _ in range(2)
    )
    assert len(first) == 2
    assert report_json.finite(first) == report_json.finite(second)


def test_nothing_is_shrunk_where_a_small_named_input_fails() -> None:
    record = shrunk_by(library(relu=lambda x: x), FRESH, "relu/accuracy")
    assert record.status == 1
    assert record.smaller == ()


def test_nothing_is_shrunk_where_the_adapter_is_to_blame() -> None:
    def relu() -> None:
        """Take no argument."""

    record = shrunk_by(library(relu=relu), FRESH)
    assert record.header["smoke"]
    assert record.status == 1
    assert record.smaller == ()


def test_the_draw_of_the_seed_goes_before_fixed_draws() -> None:
    record = shrunk_by(library(relu=of_a_hole), FRESH, SIZES, seed=3)
    assert [each.result.clause for each in record.smaller] == [FRESH]


def test_a_case_that_does_not_fail_again_stands_alone() -> None:
    spoiled = [1.0]
    source = library(relu=lambda x: np.maximum(x, 0) + np.float32(spoiled[0]))
    planned = plan.plan(source.description, only=[FRESH])
    record = run(planned, source)
    spoiled[0] = 0.0
    assert smaller.due(record)
    assert smaller.smaller(planned, source, record, seed=0) == record


class Dying:
    """A source whose process ends whenever it is asked for many numbers."""

    def __init__(self) -> None:
        self.description, self.deaths = library(relu=np.abs).description, 0

    def foresee(self, calls: Sequence[Any]) -> None:
        del calls

    def again(self, call: Any, *, times: int, calls: int) -> list[Any]:
        del times, calls
        return [self.call(*call)]

    def call(self, operation: str, arrays: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        if arrays[0].size > 33:
            self.deaths += 1
            raise Died("the process ended")
        return np.maximum(arrays[0], 0)


def test_patience_ends_after_three_deaths() -> None:
    source = Dying()
    planned = plan.plan(source.description, only=[SIZES])
    record = run(planned, source)
    before = source.deaths
    (found,) = smaller.smaller(planned, source, record, seed=0).smaller
    # The last one repeats the case. The third length that failed is 36, and 34 is not reached.
    assert source.deaths - before == 4
    assert found.result.outcome == "crashes"
    assert found.numbers == 36
    assert "crashes too" in shrunk.text([found])


# --- families -------------------------------------------------------------------------

DRAWN = [name for name in reference.__all__ if families.family(page_of(name)) is not None]


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize("operation", DRAWN)
def test_a_drawn_case_is_drawn_again_at_any_shorter_lengths(operation: str, dtype: str) -> None:
    of_page = families.family(page_of(operation))
    assert of_page is not None
    if dtype not in of_page.formats(operation):
        return
    (case,) = families.significands(of_page, operation, dtype)
    assert case.drawn is not None
    asked = of_page.asked(operation, dtype)
    assert set(case.drawn.lengths) == set(asked)
    again = families.redrawn(of_page, case, dtype, case.drawn.lengths)
    for one, other in zip(leaves(again.arguments), leaves(case.arguments), strict=True):
        assert np.array_equal(one, other)
    shortest = {name: each.shortest for name, each in asked.items()}
    for name, each in asked.items():
        for lengths in (shortest, shortest | {name: each.usual}, shortest | {name: 40}):
            if lengths[name] <= each.largest:
                small = families.redrawn(of_page, case, dtype, lengths)
                with np.errstate(all="ignore"):
                    rounded(operation)(*live(operation, small.arguments, dtype), **small.parameters)


# --- reports --------------------------------------------------------------------------

ADAPTER = '''
"""An adapter that is wrong between the fixed inputs, and for long rows."""
import numpy as np
name, version, dtypes = "holes <b>", "1", ("float32",)
def relu(x):
    y = np.maximum(x, 0)
    return np.where((x > 0.3) & (x < 0.45), y * np.float32(1.01), y)
'''


@pytest.fixture
def certified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[Path, str]:
    monkeypatch.chdir(tmp_path)
    Path("holes.py").write_text(ADAPTER, encoding="utf-8")
    command = ["certify", "./holes.py", "--only", FRESH, "--seed", "3", "--report", "report"]
    assert main(command) == 1
    return tmp_path / "report", capsys.readouterr().out


def test_every_report_shows_the_smaller_case(certified: tuple[Path, str]) -> None:
    folder, said = certified
    assert f"✗ smaller MUST {FRESH} (relu) in float32" in said
    assert "of seed 3 has" in " ".join(said.split())
    assert 'yield filled(operation, "smaller", [0.4], dtype)' in said
    document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    schema = Path(report_json.__file__).parent / "report.schema.json"
    jsonschema.validate(document, json.loads(schema.read_text(encoding="utf-8")))
    record = report_json.record(document)
    assert report_json.document(record) == document
    (found,) = record.smaller
    assert isinstance(found, Smaller)
    for text in (html.text(record), markdown.text(record)):
        assert "Smaller cases that fail too" in text
        assert shrunk.sentence(found) in " ".join(text.split())
        assert "holes <b>" not in text


def test_jobs_find_the_same_as_one_process(certified: tuple[Path, str]) -> None:
    folder, _ = certified
    only = ["--only", FRESH, "--seed", "3", "--jobs", "2"]
    assert main(["certify", "./holes.py", *only, "--report", "shared"]) == 1
    one, other = (
        json.loads((path / "report.json").read_text(encoding="utf-8"))["smaller"]
        for path in (folder, Path("shared"))
    )
    assert one == other


def test_a_certificate_with_a_smaller_case_is_verified(
    certified: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = certified
    assert verify(folder).inconsistencies == ()
    assert main(["verify", str(folder)]) == 0
    assert "smaller: the smaller cases that fail too" in capsys.readouterr().out
