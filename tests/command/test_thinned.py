"""A certificate holds the numbers that decide of an answer of many; verify counts the others."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnspec.conformance.adapters import loopback
from nnspec.conformance.command import verify as verifying
from nnspec.conformance.command.verify import Verification, verify
from nnspec.conformance.judge.checks import Planned
from nnspec.conformance.reports import files
from nnspec.conformance.run import run
from nnspec.conformance.run.plan import checks
from nnspec.conformance.run.record import Record
from nnspec.conformance.sources import recorded
from nnspec.conformance.sources.in_process import InProcess
from nnspec.conformance.sources.messages import array_of, encode
from nnspec.conformance.terms.callbacks import scripted
from nnspec.conformance.terms.cases import Case
from nnspec.conformance.terms.formats import cast
from nnspec.spec import clauses
from tests.command.certificates import forge, forge_answers

SIZE = 300_000
NUMBERS = cast(4 * np.cos(np.arange(SIZE)), "float32")


def planned(case: Case) -> Planned:
    clause = f"{case.operation}/accuracy"
    return Planned(clauses()[clause], checks()[clause], case.operation, "float32", case)


def cases() -> list[Planned]:
    gradients = scripted([[NUMBERS.astype(float)], [NUMBERS[::-1].astype(float)]], "float32")
    one = np.ones(3, np.float32)
    x = NUMBERS.reshape(-1, 3)
    normalized = {"momentum": 0.5, "epsilon": 2.0**-10}
    found = [
        Case("many", "tanh", (NUMBERS,)),
        Case("many", "batch_norm_train", (x, one, one, one, one), normalized),
        Case(
            "many", "nesterov", (gradients, [NUMBERS], 2), {"learning_rate": 0.5, "momentum": 0.5}
        ),
    ]
    return [planned(each) for each in found]


def off(places: Any, ulps: int) -> Callable[..., Any]:
    """Return tanh of the reference, a few ulps off at some places."""

    def tanh(x: Any) -> Any:
        answer = np.array(loopback.tanh(x))
        answer[places] = np.float32(answer[places] * (1 + ulps * 2.0**-23))
        return answer

    return tanh


def certified(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 0, **operations: Any
) -> tuple[Record, list[dict[str, Any]]]:
    adapter = SimpleNamespace(name="it", version="1", dtypes=("float32",), **operations)
    source = InProcess(adapter)
    asked = [each for each in cases() if each.operation in operations]
    monkeypatch.setattr(verifying, "plan", lambda *_, **__: asked)
    with TemporaryFile() as answers:
        selection: dict[str, Any] = {"dtypes": [], "only": [], "seed": seed}
        record = run.run(asked, source, answers, selection=selection)
        files.write(record, folder)
        answers.seek(0)
        (folder / recorded.FILE).write_bytes(answers.read())
    return record, lines_of(folder)


def lines_of(folder: Path) -> list[dict[str, Any]]:
    packed = gzip.decompress((folder / recorded.FILE).read_bytes())
    return [json.loads(line) for line in packed.splitlines()]


RIGHT = {name: getattr(loopback, name) for name in ("tanh", "batch_norm_train", "nesterov")}


def test_right_answers_are_held_in_part_and_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, lines = certified(tmp_path, monkeypatch, **RIGHT)
    assert {each.outcome for each in record.results} == {"conforms"}
    # The first call of each operation is the one that its shape is taken from.
    thin = [line["reply"]["thinned"] for line in lines[1:] if "thinned" in line.get("reply", {})]
    assert len(thin) == 3
    held = sum(array_of(each["numbers"]).size for each in thin)
    assert 3 * 256 <= held < 12_000
    found = verify(tmp_path)
    assert found.inconsistencies == ()
    assert found.unjudged == 4 * SIZE + 6 - held
    assert 0 < found.unjudged < found.answered


def test_the_seed_decides_the_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    for seed in (0, 7):
        folder = tmp_path / str(seed)
        folder.mkdir()
        _, lines = certified(folder, monkeypatch, seed=seed, tanh=off([], 0))
        (thin,) = (each["reply"]["thinned"] for each in lines[1:] if "thinned" in each["reply"])
        held.append({*array_of(thin["columns"]).tolist()})
        assert verify(folder).inconsistencies == ()
    # The worst numbers are held whatever the seed.
    assert len(held[0] & held[1]) < 100 < len(held[0] - held[1])


def test_the_verdict_says_what_was_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    certified(tmp_path, monkeypatch, tanh=off([], 0))
    assert verifying.main(SimpleNamespace(folder=tmp_path, format="text", output=None)) == 0
    said = capsys.readouterr().out
    assert "\n- 29" in said
    assert "of 600,000 answered numbers" in said


def test_a_wrong_answer_of_many_numbers_shows_its_worst_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, lines = certified(tmp_path, monkeypatch, tanh=off(np.arange(7, SIZE, 1_000), 20))
    (result,) = record.results
    assert result.outcome == "breaks"
    assert any("thinned" in line.get("reply", {}) for line in lines)
    assert verify(tmp_path).inconsistencies == ()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_number_that_is_none_is_held(
    bad: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nesterov(*given: Any, **parameters: Any) -> Any:
        steps = list(loopback.nesterov(*given, **parameters))
        steps[1] = [np.where(np.arange(SIZE) % 90_001 == 1, np.float32(bad), steps[1][0])]
        return steps

    def tanh(x: Any) -> Any:
        return np.where(np.arange(SIZE) % 90_001 == 1, np.float32(bad), loopback.tanh(x))

    record, _ = certified(tmp_path, monkeypatch, tanh=tanh, nesterov=nesterov)
    assert [each.outcome for each in record.results] == ["breaks", "breaks"]
    found = verify(tmp_path)
    assert found.inconsistencies == ()
    assert found.unjudged > 0


def test_the_largest_share_of_many_wrong_steps_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nesterov(*given: Any, **parameters: Any) -> Any:
        steps = list(loopback.nesterov(*given, **parameters))
        return [[each * np.float32(1.25) for each in step] for step in steps]

    record, _ = certified(tmp_path, monkeypatch, nesterov=nesterov)
    assert [each.outcome for each in record.results] == ["breaks"]
    assert verify(tmp_path).inconsistencies == ()


def test_a_wrong_answer_is_held_whole_up_to_a_megabyte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = cases()[0].case.changed(arguments=(NUMBERS[:200_000],))
    monkeypatch.setattr("tests.command.test_thinned.cases", lambda: [planned(few)])
    record, lines = certified(tmp_path, monkeypatch, tanh=off([77_777], 20))
    assert record.results[0].outcome == "breaks"
    assert not any("thinned" in line.get("reply", {}) for line in lines)
    found = verify(tmp_path)
    assert (found.inconsistencies, found.unjudged) == ((), 0)


def test_numbers_near_their_bound_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = np.arange(5, SIZE, 3_000)
    _, lines = certified(tmp_path, monkeypatch, tanh=off(places, 4))
    (thin,) = (line["reply"]["thinned"] for line in lines[1:] if "thinned" in line.get("reply", {}))
    assert set(places) <= set(array_of(thin["columns"]))


def changed(folder: Path, change: Callable[[dict[str, Any]], Any]) -> Verification:
    lines = lines_of(folder)
    for line in lines[1:]:
        if "thinned" in line.get("reply", {}):
            change(line["reply"]["thinned"])
    text = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    (folder / recorded.FILE).write_bytes(gzip.compress(text))
    return verify(folder)


def another_number(thin: dict[str, Any]) -> None:
    numbers = array_of(thin["numbers"])
    numbers[3] += np.float32(0.5)
    thin["numbers"] = encode(numbers)


def without_its_sample(thin: dict[str, Any]) -> None:
    columns, numbers = array_of(thin["columns"]), array_of(thin["numbers"])
    thin["columns"], thin["numbers"] = encode(columns[:9]), encode(numbers[:9])


def out_of_place(thin: dict[str, Any]) -> None:
    thin["columns"] = encode(array_of(thin["columns"]) + SIZE)


def test_the_sample_of_another_seed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certified(tmp_path, monkeypatch, tanh=off([], 0))
    forge(tmp_path, lambda document: document["header"].update(seed=1))
    forge_answers(tmp_path, lambda lines: lines[0].update(seed=1))
    said = verify(tmp_path).inconsistencies
    assert any("without a number of its sample" in each for each in said)


FORGERIES = {
    another_number: "outcome is 'conforms'",
    without_its_sample: "without a number of its sample",
    out_of_place: "places that an answer does not have",
    lambda thin: thin.update(shapes=[7]): "other shapes",
    lambda thin: thin.update(width=0): "places that an answer does not have",
    lambda thin: thin.update(numbers={"dtype": "int64", "shape": [0], "data": ""}): "another dtype",
    lambda thin: thin.pop("columns"): "where an object with dtype, shape and data was needed",
    lambda thin: thin.update(asked=[["gradient", 3]]): "other questions",
    lambda thin: thin.update(asked=[3]): "numbers that cannot be read",
}


@pytest.mark.parametrize(("change", "says"), FORGERIES.items())
def test_a_forged_part_is_told(
    change: Any, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certified(tmp_path, monkeypatch, tanh=off([1_000], 2))
    assert any(says in each for each in changed(tmp_path, change).inconsistencies)


def weights(operation: str = "normal") -> list[Planned]:
    """Return a case of many random weights and one of few."""
    clause, parameters = f"{operation}/accuracy", {"std": 0.5, "seed": 7, "dtype": "float32"}
    shapes = {"many": (100, 100), "few": (10, 10)}
    listed = [Case(name, operation, (shape,), parameters) for name, shape in shapes.items()]
    return [Planned(clauses()[clause], checks()[clause], operation, "float32", x) for x in listed]


def test_many_random_weights_of_a_conforming_case_are_summed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.command.test_thinned.cases", weights)
    record, lines = certified(tmp_path, monkeypatch, normal=loopback.normal)
    assert {each.outcome for each in record.results} == {"conforms"}
    (told,) = (each["reply"]["unjudged"] for each in lines[1:] if "unjudged" in each["reply"])
    assert (told["case"], told["calls"], told["numbers"]) == (
        "normal/accuracy[many,float32]",
        1,
        10_000,
    )
    found = verify(tmp_path)
    assert (found.inconsistencies, found.unjudged) == ((), 10_000)


def test_many_random_weights_of_a_failing_case_are_held_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.command.test_thinned.cases", weights)
    wrong = {"normal": lambda shape, **given: 2 * loopback.normal(shape, **given)}
    record, lines = certified(tmp_path, monkeypatch, **wrong)
    assert {each.outcome for each in record.results} == {"breaks"}
    assert not any("unjudged" in line.get("reply", {}) for line in lines)
    found = verify(tmp_path)
    assert (found.inconsistencies, found.unjudged) == ((), 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"case": "normal/mean[many,float32]"}, "a case that is not judged by statistics"),
        ({"compared": None}, "a case without its measurements"),
        ({"worst_ratio": 0.25}, "worst_ratio"),
    ],
)
def test_a_summary_of_another_case_or_other_measurements_is_told(
    change: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.command.test_thinned.cases", weights)
    certified(tmp_path, monkeypatch, normal=loopback.normal)
    lines = lines_of(tmp_path)
    for line in lines[1:]:
        if "unjudged" in line["reply"]:
            line["reply"]["unjudged"] |= change
    text = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    (tmp_path / recorded.FILE).write_bytes(gzip.compress(text))
    assert any(said in each for each in verify(tmp_path).inconsistencies)


def test_no_line_sums_up_a_case_that_has_a_true_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certified(tmp_path, monkeypatch, tanh=off([7], 20))
    lines = lines_of(tmp_path)
    measured = {"compared": SIZE, "worst_ulp": 1.0, "worst_ratio": 0.5}
    told = {"case": "tanh/accuracy[many,float32]", "calls": 1, "numbers": SIZE, **measured}
    lines[-1]["reply"] = {"unjudged": {**told, "sha256": "0" * 64}}
    text = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    (tmp_path / recorded.FILE).write_bytes(gzip.compress(text))
    assert any("not judged by statistics" in x for x in verify(tmp_path).inconsistencies)
