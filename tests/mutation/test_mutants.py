"""What a mutant is, how its tests are chosen, and how a sample of mutants is scored."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutation import __main__ as command
from tests.mutation import scoring
from tests.mutation.cover import Cover, read, written
from tests.mutation.mutants import ROOMS, ROOT, Mutant, mutants_in, mutants_of, same_code, sample
from tests.mutation.worker import KILLED, SURVIVED, TIMED_OUT

SOURCE = b'''"""A module."""
from typing import Any

NAME = "name"


def f(x: Any, *, wide: bool = False) -> bool:
    """Say something."""
    if x is None or not wide:
        raise ValueError(f"words {x + 1}")
    for each in x:
        if each > 0.5:
            break
    print("a sentence, no name")
    return min(x, key=abs) == -1
'''


def changes(source: bytes) -> set[tuple[str, str]]:
    return {(each.old, each.put) for each in mutants_in("f.py", source)}


def test_each_kind_of_edit_is_made() -> None:
    assert changes(SOURCE) >= {
        ('"name"', "'name?'"),
        ("False", "True"),
        ("x is None", "(x is not None)"),
        ("not wide", "(wide)"),
        ("x is None or not wide", "(x is None and (not wide))"),
        ("x is None or not wide", "(x is None)"),
        ("x is None or not wide", "(not wide)"),
        ("each > 0.5", "(each >= 0.5)"),
        ("each > 0.5", "(not each > 0.5)"),
        ("0.5", "1.0"),
        ("break", "continue"),
        ('raise ValueError(f"words {x + 1}")', "pass"),
        ('print("a sentence, no name")', "pass"),
        ("min(x, key=abs) == -1", "(min(x, key=abs) != -1)"),
        ("min(x, key=abs)", "(max(x, key=abs))"),
        ("min(x, key=abs)", "(min(x))"),
        ("-1", "(1)"),
        ("1", "2"),
        ("return min(x, key=abs) == -1", "return None"),
    }


def test_words_annotations_and_docstrings_stay_as_they_are() -> None:
    touched = {old for old, _ in changes(SOURCE)}
    assert not touched & {"x + 1", '"a sentence, no name"', '"""Say something."""', "Any", "bool"}


@pytest.mark.parametrize("room", ROOMS)
def test_every_mutant_of_a_room_is_a_module_of_python(room: str) -> None:
    for each in mutants_of(room)[::20]:
        ast.parse(each.applied((ROOT / each.path).read_bytes()))


def test_a_sample_is_drawn_by_its_seed_without_mutants_that_compile_alike() -> None:
    drawn = sample("verify", 20, 0)
    assert drawn == sample("verify", 20, 0) != sample("verify", 20, 1)
    assert len(drawn) == 20
    assert not any(map(same_code, drawn))
    assert {each.path for each in drawn} <= {*ROOMS["verify"]}


def mutant_in(line: int, old: str = "1") -> Mutant:
    return Mutant("f.py", line, "", old, "2", 0, 1)


def test_the_tests_of_a_mutant_run_its_lines_the_fastest_first(tmp_path: Path) -> None:
    source = "NAME = 1\n\n\ndef f():\n    x = (\n        1\n    )\n    return NAME, x\n\n\nB = 2\n"
    seconds = {"slow": 2.0, "fast": 0.5, "other": 0.9}
    cover = Cover(seconds, {"f.py": {5: ["slow", "fast"], 8: ["other"]}})
    written(cover, tmp_path / "cover.json")
    for each in (cover, read(tmp_path / "cover.json")):
        assert each.tests_about(mutant_in(5), source) == ["fast", "slow"]
        assert each.tests_about(mutant_in(8), source) == ["other"]
        assert each.tests_about(mutant_in(5, "a\nb\nc\nd"), source) == ["fast", "other", "slow"]
        # A line within a statement; a name that a line uses; a name that no line uses.
        assert each.tests_about(mutant_in(6), source) == ["fast", "slow"]
        assert each.tests_about(mutant_in(1), source) == ["other", "fast", "slow"]
        assert each.tests_about(mutant_in(11), source) == ["fast", "other", "slow"]
        assert each.tests_about(replace(mutant_in(8), path="g.py"), source) == []


@pytest.mark.parametrize(
    ("killed", "tried", "low", "high"),
    # By the closed form, with 30 digits.
    [(0, 10, 0.0, 0.2775), (9, 10, 0.5958, 0.9821), (150, 150, 0.9750, 1.0), (0, 0, 0.0, 1.0)],
)
def test_the_interval_of_a_share_is_that_of_wilson(
    killed: int, tried: int, low: float, high: float
) -> None:
    assert scoring.wilson(killed, tried) == pytest.approx((low, high), abs=1e-4)


def test_a_score_counts_time_outs_as_killed_and_equivalent_mutants_not_at_all() -> None:
    mutant = Mutant("f.py", 1, "f", "1", "2", 0, 1)
    ended = [KILLED, TIMED_OUT, SURVIVED, scoring.EQUIVALENT]
    found = scoring.score("r", [scoring.Trial(mutant, each, "", 0, 1, 0) for each in ended])
    assert (found.tried, found.killed, found.timed_out, found.equivalent) == (3, 2, 1, 1)
    assert [each.outcome for each in found.survivors] == [SURVIVED]
    assert str(found).startswith("r: 2 of 3 mutants killed (66.7%; 95 %: 20.8% to 93.9%)")


def test_what_is_explained_is_a_mutant_that_there_is() -> None:
    known = {each.name for room in ROOMS for each in mutants_of(room)}
    assert scoring.explained().keys() <= known
    assert all(len(reason) > 20 for reason in scoring.explained().values())


@pytest.mark.proof
@pytest.mark.no_cover
def test_a_sample_of_mutants_is_killed_in_a_copy_of_the_tree() -> None:
    path = "conformance/judge/errors.py"
    lines = {path: {line: ["tests/judge/test_trial.py"] for line in range(1, 138)}}
    cover = Cover({"tests/judge/test_trial.py": 5.0}, lines)
    before = (ROOT / path).read_bytes()
    drawn = [
        each
        for each in mutants_in(path, before)
        if (each.where, each.put) in {("compare", "(~(error < allowed))"), ("same", "return None")}
    ]
    found = scoring.tried(drawn, cover, 1, 30.0, lambda _: None)
    assert [each.outcome for each in found] == [KILLED] * len(drawn)
    assert drawn
    assert (ROOT / path).read_bytes() == before


@pytest.mark.study
@pytest.mark.no_cover
def test_nine_of_ten_mutants_of_each_room_are_killed() -> None:
    assert command.main([]) == 0
