"""An answer is held in part, and a case summed up, only where the suite would do so itself."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.adapters import loopback
from nnspec.conformance.command.verify import verify
from nnspec.conformance.sources.messages import array_of
from nnspec.conformance.sources.recorded import FILE
from nnspec.conformance.sources.thinned import Kept, key_of_sample, thinned
from tests.command.certificates import Lines, adapter, forge, in_process, report
from tests.command.forgers import (
    Forger,
    in_both,
    of_answers,
    remade,
    replies,
    said,
)

pytestmark = pytest.mark.proof


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a certificate of answers of many numbers and of random weights, which conforms."""
    folder = tmp_path_factory.mktemp("large")
    only = ("activations/lengths", "relu/accuracy", "normal/accuracy", "activations/fresh")
    in_process(folder, adapter(relu=loopback.relu, normal=loopback.normal), *only)
    return folder


def in_part(operation: str) -> Callable[[Lines], None]:
    """Hold of an answer its sample alone, whatever the others are."""

    def change(lines: Lines) -> None:
        # The calls of the smoke step come first, and some of them are asked again.
        line = next(x for x in reversed(replies(lines, operation)) if "answer" in x["reply"])
        answer = array_of(line["reply"]["answer"])
        kept = Kept(np.zeros(0, np.int64), answer.size, wrong=False)
        drawn = key_of_sample(lines[0]["seed"], line["request"])
        line["reply"] = {"thinned": thinned(answer, [], drawn, kept)}

    return change


def summed(lines: Lines) -> dict[str, Any]:
    return next(line for line in lines[1:] if "unjudged" in line.get("reply", {}))


def a_sum(**changes: Any) -> Forger:
    return of_answers(lambda lines: summed(lines)["reply"]["unjudged"].update(changes))


def sums_up(case: str, numbers: int = 10**6) -> Callable[[Lines], None]:
    """Let one line stand for the calls of a failing case of weights: all since the smoke step."""

    def change(lines: Lines) -> None:
        told = {"case": case, "calls": 1, "numbers": numbers, "compared": 3}
        line = replies(lines, "normal")[-1]
        line["reply"] = {
            "unjudged": {**told, "worst_ulp": 0.0, "worst_ratio": 0.5, "sha256": "0" * 64}
        }

    return change


PARTS: dict[str, tuple[Forger, str]] = {
    "a part of few numbers": (of_answers(in_part("relu")), "few numbers that is recorded in part"),
    "a sum of other calls": (a_sum(calls=99), "sums up other calls than the case has"),
    "a sum of no calls": (a_sum(calls=0), "sums up other calls than the case has"),
    "a sum of few numbers": (a_sum(numbers=1), "sums up other calls than the case has"),
    "a sum of fewer comparisons": (a_sum(compared=0), "sums up other calls than the case has"),
    "a sum of another case": (a_sum(case="normal/mean[few,float32]"), "is not judged by"),
    "a sum of other questions": (
        of_answers(lambda lines: summed(lines).update(request="0" * 64)),
        "sums up other calls than the case has",
    ),
    "a sum of few weights": (
        of_answers(sums_up("normal/accuracy[example,float32]")),
        "sums up|end after|asked",
    ),
    "a note in a sum's reply": (
        of_answers(lambda lines: summed(lines)["reply"].update(note=1)),
        "an operation, a request and a reply were needed",
    ),
    "another seed, in both files": (in_both("", seed=5), "than is to be asked|of its sample"),
}


@pytest.mark.parametrize("name", PARTS)
def test_what_is_forged_in_parts_and_sums_is_told(name: str, large: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(large, tmp_path / "large"))
    assert verify(folder).inconsistencies == ()
    forger, says = PARTS[name]
    forger(folder)
    found = verify(folder).inconsistencies
    assert said(says, "\n".join(found)), found


def test_an_answer_that_is_judged_whole_is_not_taken_in_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_process(tmp_path, adapter(relu=loopback.relu), "relu/accuracy")
    monkeypatch.setattr("nnspec.conformance.sources.thinned.MANY", 0)
    of_answers(in_part("relu"))(tmp_path)
    found = verify(tmp_path).inconsistencies
    assert said("is recorded in part, and each of its numbers is judged", "\n".join(found)), found


def test_weights_whose_sum_is_forged_are_named(large: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(large, tmp_path / "large"))
    a_sum(worst_ratio=0.125)(folder)
    remade(folder)
    found = verify(folder)
    assert found.inconsistencies == ()
    assert any("cases of random weights" in each for each in found.unchecked())
    forge(folder, lambda document: None)
    assert report(folder)["summary"]["complete"] is False
    assert (folder / FILE).is_file()
